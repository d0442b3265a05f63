"""What every dashboard shows of a vital: its lines with its limits, its value now, and how old that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from chevet import baseline, metrics, promql, recordings
from chevet.metrics import DEVICE, PATIENT
from chevet.rules import Rule
from chevet.severities import Severity, Side
from chevet.trends import SEEN
from chevet.vitals import BY_KEY, Limit, Vital
from dashboards import colours, units
from dashboards.rows import Called, Panel, Query, Shape, Threshold, Variable, Words, same

OF_PATIENT = {PATIENT: "$patient"}
LIMIT_KNOWN = 86_400
JUST_ABOVE = 0.001
"""Grafana colours from a value on; what is beyond a limit only above it begins a thousandth later."""
SPARSE = "14d"
"""How far back a graph looks of what is measured once or twice a day: over a day it is a point or two."""
MOST_STEPS = 300
"""Seconds: a sample is seen for five minutes, so that one that is looked for less often can be missed."""

PATIENT_CHOICE = Variable(name=PATIENT, title=Words(en="Patient", fr="Patient"), series=metrics.EXPECTED_INTERVAL.name)
_SEVERITY = {
    Severity.HIGH: Words(en="limit, high severity", fr="limite, gravité haute"),
    Severity.MEDIUM: Words(en="limit, medium severity", fr="limite, gravité moyenne"),
}
_SIDE = {Side.LOW: Words(en="low", fr="basse"), Side.HIGH: Words(en="high", fr="haute")}


def title(vital: Vital) -> Words:
    """Its title, with a capital."""
    return Words(en=_capital(vital.title["en"]), fr=_capital(vital.title["fr"]))


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def step(vital: Vital) -> int:
    """The shortest step in which a graph of it says anything, in seconds."""
    return min(vital.window or vital.interval or MOST_STEPS, 900)


def lines(vital: Vital, description: Words, *, width: int = 12) -> Panel:
    """Means of each device within their extremes, single values as points; the patient's limits dashed.

    Behind them, where a baseline is kept, the band in which half of the days lay at that hour.
    """
    return Panel(
        title=title(vital),
        description=description,
        shape=Shape.LINES,
        queries=(*usual(vital), *measured(vital), *limits(vital)),
        unit=units.OF_UCUM[vital.unit],
        every=step(vital),
        points=not vital.window,
        width=width,
    )


def measured(vital: Vital) -> tuple[Query, ...]:
    """The values of each device, and the band between the lowest and the highest where there are windows."""
    function = "avg_over_time" if vital.window else "last_over_time"
    values = Query(
        expression=promql.by("max", (DEVICE,), promql.over_step(function, promql.selector(vital.metric, OF_PATIENT))),
        legend=same("{{device}}"),
    )
    if not vital.window:
        return (values,)
    return (_extreme(vital, metrics.LOW, "min"), _extreme(vital, metrics.HIGH, "max"), values)


_USUAL = (
    (recordings.BASELINE_LOWER, Words(en="usual, 25 %", fr="habituel, 25 %")),
    (recordings.BASELINE_UPPER, Words(en="usual, 75 %", fr="habituel, 75 %")),
)


def usual(vital: Vital) -> tuple[Query, ...]:
    """The quartiles of the same hour on the days before; nothing for a vital that has no baseline."""
    if vital.key not in baseline.VITALS:
        return ()
    return tuple(
        Query(
            expression=promql.by(
                "max",
                (PATIENT,),
                promql.over(
                    "last_over_time",
                    promql.selector(name, {metrics.VITAL: vital.key, **OF_PATIENT}),
                    recordings.BASELINE_HOLDS,
                ),
            ),
            legend=legend,
            colour=colours.SKY,
            fills_to=_USUAL[0][1] if name == recordings.BASELINE_UPPER else None,
        )
        for name, legend in _USUAL
    )


def named(vital: Vital) -> tuple[Query, ...]:
    """The values, worst of all devices, under the vital's own title: for a graph of several vitals."""
    newest = promql.over_step("last_over_time", promql.selector(vital.metric, OF_PATIENT))
    return (Query(expression=promql.by("max", (PATIENT,), newest), legend=title(vital)),)


_EXTREMES = {"min": Words(en="lowest", fr="plus basse"), "max": Words(en="highest", fr="plus haute")}


def _extreme(vital: Vital, suffix: str, function: str) -> Query:
    selected = promql.selector(vital.metric + suffix, OF_PATIENT)
    return Query(
        expression=promql.by(function, (PATIENT,), promql.over_step(f"{function}_over_time", selected)),
        legend=_EXTREMES[function],
        colour=colours.GREY,
        fills_to=_EXTREMES["min"] if function == "max" else None,
    )


def limits(vital: Vital) -> tuple[Query, ...]:
    """One line for each limit: the patient's own, the catalogue's where nobody prescribed one."""
    return tuple(_in_force(vital, limit) for limit in vital.limits)


def named_limits(vital: Vital) -> tuple[Query, ...]:
    """The same under the vital's own title: for a graph of several vitals."""
    named = title(vital)
    return tuple(
        replace(one, legend=Words(en=f"{named.en}: {one.legend.en}", fr=f"{named.fr} : {one.legend.fr}"))
        for one in limits(vital)
    )


def _in_force(vital: Vital, limit: Limit) -> Query:
    labels = {"vital": vital.key, "severity": limit.severity.value, "side": limit.side.value, **OF_PATIENT}
    known = promql.over("last_over_time", promql.selector(vital.metric, OF_PATIENT), LIMIT_KNOWN)
    named, side = _SEVERITY[limit.severity], _SIDE[limit.side]
    return Query(
        expression=promql.latest_or(
            promql.selector(metrics.LIMIT.name, labels), promql.constant(limit.value, known), LIMIT_KNOWN
        ),
        legend=Words(en=f"{side.en} {named.en}", fr=f"{named.fr}, {side.fr}"),
        colour=colours.OF_SEVERITY[limit.severity],
        dashed=True,
    )


def limit_of(rule: Rule) -> Called:
    """«Heart rate, high limit»: what `seconds_to` of it tells."""
    named, side = title(rule.row), _SIDE[rule.side]
    words = Words(en=f"{named.en}, {side.en} limit", fr=f"{named.fr}, limite {side.fr}")
    return Called(name=f"{rule.vital} · {rule.side.value}", words=words)


def seconds_to(rule: Rule) -> str:
    """Until the patient's line of the last hours meets the limit of this rule that comes first, by vital and side."""
    limit, metric = rule.steps[-1], promql.selector(rule.row.metric, OF_PATIENT)
    inside = ">" if rule.side is Side.LOW else "<"
    until = promql.seconds_to(_in_force(rule.row, limit).expression, metric, SEEN, (DEVICE, PATIENT), inside)
    told = promql.labelled(promql.by("min", (PATIENT,), until), metrics.VITAL, rule.vital)
    return promql.labelled(told, "side", rule.side.value)


def steps(vital: Vital) -> tuple[Threshold, ...]:
    """The catalogue's limits as steps of colour, from the lowest value up."""
    low = sorted((one for one in vital.limits if one.side is Side.LOW), key=lambda one: one.value)
    high = sorted((one for one in vital.limits if one.side is Side.HIGH), key=lambda one: one.value)
    inner = [colours.OF_SEVERITY[one.severity] for one in low] + [colours.CALM]
    ends = [one.value + (JUST_ABOVE if one.inclusive else 0) for one in low]
    rows = [Threshold(value=at, colour=colour) for at, colour in zip([None, *ends], inner, strict=True)]
    for one in high:
        from_here = one.value + (0 if one.inclusive else JUST_ABOVE)
        rows.append(Threshold(value=from_here, colour=colours.OF_SEVERITY[one.severity]))
    return tuple(rows)


def worst(vital: Vital) -> str:
    """Of several sensors, which value counts: the lowest where only low ones harm, else the highest."""
    return "min" if vital.limits and all(limit.side is Side.LOW for limit in vital.limits) else "max"


def now(vital: Vital, labels: Mapping[str, str], by: str = PATIENT) -> Query:
    """The newest good value while it is current; nothing beyond its `stale_after`."""
    newest = promql.over("last_over_time", promql.matching(vital.metric + metrics.LATEST, labels), _stale(vital))
    return Query(
        expression=promql.by(worst(vital), (by,), newest),
        legend=_of_each(title(vital), by),
        instant=True,
        unit=units.OF_UCUM[vital.unit],
        decimals=1 if vital.key == "body_temperature" else 0,
        thresholds=steps(vital) if vital.limits else (),
    )


def age(vital: Vital, labels: Mapping[str, str], by: str = PATIENT) -> Query:
    """How long ago the newest good value was measured, orange once it is no longer current."""
    stale = _stale(vital)
    newest = promql.matching(vital.metric + metrics.LATEST, labels)
    return Query(
        expression=promql.age((by,), newest, 4 * stale, min(stale // 10, MOST_STEPS)),
        legend=_of_each(Words(en=f"Age: {vital.title['en']}", fr=f"Âge : {vital.title['fr']}"), by),
        instant=True,
        unit=units.DURATION,
        decimals=0,
        thresholds=(
            Threshold(value=None, colour=colours.CALM),
            Threshold(value=stale, colour=colours.OF_SEVERITY[Severity.MEDIUM]),
        ),
    )


def even_silent(shown: Query, vital: Vital) -> Query:
    """`shown` by device, and no number for each device of which it is expected: a dash is seen, a gap is not."""
    expected = promql.selector(metrics.EXPECTED_INTERVAL.name, {metrics.VITAL: vital.key, **OF_PATIENT})
    unknown = promql.product(promql.by("max", (DEVICE,), expected), "NaN")
    return replace(shown, expression=promql.either(shown.expression, unknown))


def _of_each(words: Words, by: str) -> Words:
    if by == PATIENT:
        return words
    return Words(en=f"{words.en} · {{{{{by}}}}}", fr=f"{words.fr} · {{{{{by}}}}}")


def _stale(vital: Vital) -> int:
    if vital.stale_after is None:
        raise ValueError(f"{vital.key}: expected a vital that is measured at intervals")
    return vital.stale_after


SHOWN: tuple[Vital, ...] = tuple(
    BY_KEY[key]
    for key in (
        "oxygen_saturation",
        "heart_rate",
        "respiratory_rate",
        "body_temperature",
        "systolic_pressure",
        "diastolic_pressure",
        "glucose_sensor",
        "weight",
    )
)
"""In the order of the chart at the bedside."""
