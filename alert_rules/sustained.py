"""Vitals beyond their limits for as long as the catalogue says, seen in the windows: the gateway's rules once more.

They speak for wards and homes without detection of their own, and join what a gateway detected by the label `rule`.
Range functions only, so that what arrives late counts. Each patient's own limit, the catalogue's beneath it.
"""

from __future__ import annotations

from dataclasses import dataclass

from alert_rules.limits import in_force
from alert_rules.rows import Alert, Group
from alert_rules.sentences import beyond_a_limit
from chevet import metrics, promql
from chevet.rules import RULES, Rule
from chevet.severities import Kind, Side
from chevet.vitals import Limit

RANGE, WINDOWS = 300, 4
"""Of vitals with windows: so many of five windows lie beyond the limit."""
SERIES = (metrics.GATEWAY, metrics.DEVICE, metrics.PATIENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The seconds that are looked back over, and how many values must lie in them."""

    seconds: int
    at_least: int


def stretch(rule: Rule, limit: Limit) -> Stretch:
    """Over what a limit is held, by its vital's own pace."""
    row = rule.row
    if row.window:
        return Stretch(seconds=max(RANGE, limit.lasting + 2 * row.window), at_least=WINDOWS)
    if rule.clears.next_reading:  # measured now and then: what was said last holds until it is stale
        return Stretch(seconds=row.stale_after or 0, at_least=1)
    interval = row.interval or RANGE
    seconds = max(limit.lasting, interval) + interval
    return Stretch(seconds=seconds, at_least=max(limit.at_least, limit.lasting // interval))


def expression(rule: Rule, limit: Limit) -> str:
    """The value nearest to calm in the stretch of each series, where even that lies beyond its patient's limit."""
    held, mean = stretch(rule, limit), rule.row.metric
    calmest = "max_over_time" if rule.side is Side.LOW else "min_over_time"
    if held.at_least == 1:
        calmest = "last_over_time"
    values = promql.by("max", SERIES, promql.over(calmest, mean, held.seconds))
    default = promql.constant(limit.value, promql.over("last_over_time", mean, held.seconds))
    limits = in_force(rule, limit, default)
    counted = promql.by("sum", SERIES, promql.over("count_over_time", mean, held.seconds))
    return promql.and_at_least(promql.compared(values, limit.operator, limits), counted, held.at_least, SERIES)


def _alert(rule: Rule, limit: Limit) -> Alert:
    name = f"Chevet{camel(rule.vital)}{camel(rule.side)}{camel(limit.severity)}"
    held = stretch(rule, limit)
    summary, description = beyond_a_limit(rule, limit, 0 if held.at_least == 1 else held.seconds // 60)
    return Alert(
        name=name,
        rule=rule.key,
        expression=expression(rule, limit),
        severity=limit.severity,
        kind=Kind.CLINICAL,
        summary=summary,
        description=description,
        dashboard="chevet-patient",
    )


def camel(text: str) -> str:
    """As names of alerts are written."""
    return "".join(word.capitalize() for word in text.split("_"))


# A fall is an event and the gateway's alone: nothing of it can be seen in windows.
GROUP = Group(
    name="chevet-sustained",
    every=30,  # windows come each minute
    rules=tuple(_alert(rule, limit) for rule in RULES if rule.row.interval for limit in rule.steps),
)
