"""The only place that spells PromQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

STEP, RATE, SHOWN = "$__interval", "$__rate_interval", "$__range"
"""Grafana fills them in: a graph's step, what a rate needs at least, and the time that is shown."""

_NO_NAME = re.compile(
    r'"[^"]*"|\{[^}]*\}|\[[^]]*\]|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)|\$\w+'
)
_IDENTIFIER = re.compile(r"(?<![\w:.])[A-Za-z_:][\w:]*(?![\w:]|\s*\()")
_WORDS = frozenset({"and", "or", "unless", "bool", "offset", "group_left", "group_right", "inf", "Inf", "nan", "NaN"})


def selector(metric: str, labels: Mapping[str, str] | None = None) -> str:
    """`metric{label="value",…}`, its labels sorted. Raises ValueError for a value that would need quoting."""
    return _selected(metric, "=", labels or {})


def matching(metric: str, patterns: Mapping[str, str]) -> str:
    """`metric{label=~"pattern",…}`: those whose labels match as a whole. Raises ValueError as `selector` does."""
    return _selected(metric, "=~", patterns)


def _selected(metric: str, sign: str, labels: Mapping[str, str]) -> str:
    return f"{metric}{all_of((name, sign, value) for name, value in sorted(labels.items()))}" if labels else metric


def all_of(matchers: Iterable[tuple[str, str, str]]) -> str:
    """`{label="value",…}` of labels, signs and values, in their order. Raises ValueError as `selector` does."""
    return f"{{{','.join(_matcher(*one) for one in matchers)}}}"


def _matcher(name: str, sign: str, value: str) -> str:
    if not value.isprintable() or set(value) & set('"\\'):
        raise ValueError(f"label: expected a value without quotes or backslashes, got {value!r}")
    return f'{name}{sign}"{value}"'


def bounded(expression: str, operator: str, bound: float) -> str:
    """Those of `expression` that stand so to a number."""
    return f"({expression}) {operator} {bound:g}"


def grown(counter: str, seconds: int) -> str:
    """By how much each series of `counter` grew, one that began within `seconds` by all that it says.

    `increase` alone knows nothing of the first failure ever counted: before it there was no series to compare with. A
    series that was away for less than a day has not begun; an hourly look tells, for a day of samples would cost.
    """
    then = earlier(counter, seconds)
    known = f"({then} or {sampled('last_over_time', then, 86_400, 3600)})"
    return f"({counter} unless {known}) or {over('increase', counter, seconds)}"


def earlier(selected: str, seconds: int) -> str:
    """What `selected` was so many seconds ago."""
    return f"{selected} offset {seconds}s"


def labelled(expression: str, label: str, value: str) -> str:
    """`expression` with one more label, so that it can stand beside others with labels like its own."""
    return f'label_replace({expression}, "{label}", "{value}", "", "")'


def within(selected: str, seconds: int) -> str:
    """`selected[seconds]`: its samples themselves."""
    return f"{selected}[{seconds}s]"


def over(function: str, selected: str, seconds: int) -> str:
    """`function(selected[seconds])`, such as count_over_time over a range."""
    return f"{function}({within(selected, seconds)})"


def total(expression: str) -> str:
    """The sum over all series."""
    return f"sum({expression})"


def by(function: str, labels: tuple[str, ...], expression: str) -> str:
    """`function by (labels) (expression)`, such as the maximum of each patient."""
    return f"{function} by ({', '.join(labels)}) ({expression})"


def latest_or(recorded: str, otherwise: str, seconds: int) -> str:
    """The newest value of `recorded` within `seconds` for each patient, and `otherwise` for those who have none."""
    return f"({by('max', ('patient',), over('last_over_time', recorded, seconds))} or {otherwise})"


def constant(value: float, of: str) -> str:
    """`value` for each patient whom `of` knows."""
    return f"{by('group', ('patient',), of)} * {value:g}"


def compared(left: str, operator: str, right: str) -> str:
    """Those of `left` that stand so to the value of their patient in `right`."""
    return f"{left} {operator} on (patient) group_left () {right}"


def and_at_least(expression: str, counted: str, least: int, labels: tuple[str, ...]) -> str:
    """Those of `expression` for which `counted`, by the same labels, is at least `least`."""
    return f"({expression}) and on ({', '.join(labels)}) {counted} >= {least}"


def joined(left: str, operator: str, right: str, labels: tuple[str, ...]) -> str:
    """`left` and, or unless there is a `right` with the same labels."""
    return f"({left}) {operator} on ({', '.join(labels)}) ({right})"


def over_step(function: str, selected: str) -> str:
    """`function` over each step of a graph, as wide as Grafana makes it."""
    return f"{function}({selected}[{STEP}])"


def sampled(function: str, expression: str, seconds: int, every: int, *parameters: float) -> str:
    """`function` over the values that `expression` had each `every` seconds for `seconds`; quantiles come first."""
    before = "".join(f"{parameter:g}, " for parameter in parameters)
    return f"{function}({before}({expression})[{seconds}s:{every}s])"


def age(labels: tuple[str, ...], selected: str, seconds: int, every: int) -> str:
    """Seconds since the newest sample by `labels`, where one came within `seconds`; `every` is at most five minutes."""
    return f"time() - {by('max', labels, sampled('max_over_time', f'timestamp({selected})', seconds, every))}"


def ratio(part: str, whole: str) -> str:
    """`part` by `whole`."""
    return f"({part}) / ({whole})"


def either(*expressions: str) -> str:
    """All of the first, and of each other what has labels that none before it has."""
    return " or ".join(f"({expression})" for expression in expressions)


def whether(expression: str, operator: str, bound: float) -> str:
    """1 where `expression` stands so to `bound`, 0 where not."""
    return f"{expression} {operator} bool {bound:g}"


def most(count: int, expression: str) -> str:
    """The `count` highest."""
    return f"topk({count}, {expression})"


def by_hour(expression: str, ahead: str) -> str:
    """`expression` with the label `hour`, of the clock that is `ahead` hours ahead of UTC."""
    return f'({expression}) * on () group_left (hour) count_values("hour", hour(vector(time() + 3600 * {ahead})))'


def bucket_quantile(share: float, buckets: str) -> str:
    """The value that `share` of what a histogram counted does not exceed; `buckets` has the label le."""
    return f"histogram_quantile({share:g}, {buckets})"


def names(expression: str) -> frozenset[str]:
    """The metrics that `expression` names. Good enough for what is spelled here: a test holds it to a parser."""
    bare = _NO_NAME.sub(" ", expression)
    return frozenset(found for found in _IDENTIFIER.findall(bare) if found not in _WORDS)


def label_values(series: str, label: str) -> str:
    """Grafana's own question, which no Prometheus understands: the values of a label of `series`."""
    return f"label_values({series}, {label})"


def summed(*expressions: str) -> str:
    """The sum of expressions that have the same labels."""
    return " + ".join(f"({expression})" for expression in expressions)


def product(*expressions: str) -> str:
    """The product of expressions that have the same labels."""
    return " * ".join(f"({expression})" for expression in expressions)


def no_more(expression: str, most: float) -> str:
    """What lies above `most` as `most`."""
    return f"clamp_max({expression}, {most:g})"


def no_less(expression: str, least: float) -> str:
    """What lies below `least` as `least`."""
    return f"clamp_min({expression}, {least:g})"


def fresh(selected: str, seconds: int) -> str:
    """Those samples that are younger than `seconds`: asked each `seconds`, every sample is seen once."""
    return f"({selected}) and (time() - timestamp({selected}) < {seconds})"


def counted(value: float, selected: str, labels: tuple[str, ...]) -> str:
    """`value` for each of `labels` that `selected` has."""
    return f"{by('group', labels, selected)} * {value:g}"


def begun(selected: str, seconds: int) -> str:
    """How often within `seconds` each series began that was not there a minute before."""
    return f"count_over_time(({selected} unless {selected} offset 60s)[{seconds}s:60s])"


def last_seen(selected: str, seconds: int, every: int, labels: tuple[str, ...]) -> str:
    """When within `seconds` the newest sample by `labels` was still seen, of the multiples of `every`.

    Seconds since 1970; `every` is at most the five minutes for which a sample is seen. `timestamp` would say at once of
    when the sample is, but opens each series anew for each look.
    """
    return by("max", labels, sampled("max_over_time", f"0 * {selected} + time()", seconds, every))


def samples(names: Iterable[str], labels: Mapping[str, str], seconds: int, until: float | None = None) -> str:
    """Every sample of `seconds` of the metrics called one of `names`; until now, or `until` in seconds since 1970."""
    own = [(name, "=", value) for name, value in sorted(labels.items())]
    ended = "" if until is None else f" @ {until:.3f}"
    return f"{all_of([('__name__', '=~', '|'.join(sorted(names))), *own])}[{seconds}s]{ended}"


def least(count: int, expression: str) -> str:
    """The `count` lowest."""
    return f"bottomk({count}, {expression})"


def per_second(counter: str) -> str:
    """How fast a counter grows, over four of Grafana's steps but no less than it can tell."""
    return f"rate({counter}[{RATE}])"


def stretch(function: str, selected: str, seconds: int, *parameters: float, ago: int = 0) -> str:
    """`function` over the `seconds` that ended `ago` seconds ago; quantiles come first."""
    before = "".join(f"{parameter:g}, " for parameter in parameters)
    return f"{function}({before}{_ended(selected, seconds, ago)})"


def _ended(selected: str, seconds: int, ago: int = 0) -> str:
    """What lies exactly at the beginning is left out: some Prometheus would count it and some would not."""
    return f"{selected}[{1000 * seconds - 1}ms]" + (f" offset {ago}s" if ago else "")


def in_slots(function: str, expression: str, seconds: int, every: int, *, ago: int = 0) -> str:
    """`function` over what `expression` was at each multiple of `every`, in the `seconds` until `ago` seconds ago."""
    ended = f" offset {ago}s" if ago else ""
    return f"{function}(({expression})[{1000 * seconds - 1}ms:{every}s]{ended})"


def on_days(days: Iterable[int], of: Callable[[int], str]) -> str:
    """What `of` spells for each so many days ago, beside one another by the label `day`."""
    return either(*(labelled(of(day), "day", str(day)) for day in days))


def quantile(share: float, labels: tuple[str, ...], expression: str) -> str:
    """The value that `share` of the series of the same `labels` do not exceed, between two of them a part of both."""
    return f"quantile by ({', '.join(labels)}) ({share:g}, {expression})"


def renamed(expression: str, label: str, name: str) -> str:
    """`expression` with what `label` says said once more by `name`: an alert has an `alertname` of its own."""
    return f'label_replace({expression}, "{name}", "$1", "{label}", "(.+)")'


def between_hours(expression: str, begins: int, ends: int, ahead: str, before: int = 0) -> str:
    """`expression` from hour to hour, over midnight, of the clock that is `ahead` hours ahead of UTC.

    `before` is how many seconds ago that began of which is spoken.
    """
    hour = f"hour(vector(time() - {before} + 3600 * {ahead}))"
    return f"({expression}) and on () ({hour} >= {begins} or {hour} < {ends})"


def seconds_to(limit: str, selected: str, seconds: int, labels: tuple[str, ...], sign: str) -> str:
    """Until the line through the last `seconds` of each series reaches its patient's `limit`.

    `sign` is how a value inside stands to the limit: > where it falls towards it, and the line has to fall too.
    """
    line = by("max", labels, f"predict_linear({_ended(selected, seconds)}, 0)")
    left = bounded(f"{line} - on (patient) group_left () {limit}", sign, 0)
    slope = bounded(by("max", labels, stretch("deriv", selected, seconds)), "<" if sign == ">" else ">", 0)
    return f"({left}) / on ({', '.join(labels)}) (-1 * ({slope}))"
