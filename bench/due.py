"""When an alert is due, by a loop of our own: it looks back over all good readings, and knows no detector. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chevet.rules import Rule
from chevet.severities import Severity, Side
from chevet.vitals import Limit

Good = tuple[int, float]
"""A good reading that was delivered: milliseconds, value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The first good reading at which a rule is fulfilled, and the most severe step that it then reaches."""

    at: int
    severity: Severity


def due(rule: Rule, readings: Sequence[Good], first: int, last: int) -> Due | None:
    """What is due within the places `first` to `last` of `readings`; those before it were calm."""
    at, reached = 0, None
    for place in range(first, last + 1):
        severity = _severity(rule, readings[first : place + 1])
        if severity is None:
            continue
        at = at or readings[place][0]
        if reached is None or severity.rank < reached.rank:
            reached = severity
    return None if reached is None else Due(at=at, severity=reached)


def beyond(rule: Rule, value: float) -> bool:
    """Whether `value` breaks any limit of the rule."""
    return any(_breaks(limit, value) for limit in rule.steps)


def _severity(rule: Rule, readings: Sequence[Good]) -> Severity | None:
    extreme = rule.bypass
    if extreme is not None:
        sign = 1 if extreme.side is Side.HIGH else -1
        span = _span(readings, lambda value: (value - extreme.value) * sign >= 0)
        if _lasts(span, extreme.lasting, extreme.at_least):
            return rule.steps[0].severity
    for limit in rule.steps:
        if _lasts(_span(readings, _breaking(limit)), limit.lasting, limit.at_least):
            return limit.severity
    return None


def _span(readings: Sequence[Good], holds: Callable[[float], bool]) -> list[int]:
    """The times of the newest readings without interruption for which `holds`, newest first."""
    times = []
    for at, value in reversed(readings):
        if not holds(value):
            break
        times.append(at)
    return times


def _lasts(times: list[int], seconds: int, at_least: int) -> bool:
    return len(times) >= at_least and times[0] - times[-1] >= seconds * 1000


def _breaking(limit: Limit) -> Callable[[float], bool]:
    return lambda value: _breaks(limit, value)


def _breaks(limit: Limit, value: float) -> bool:
    if limit.side is Side.LOW:
        return value <= limit.value if limit.inclusive else value < limit.value
    return value >= limit.value if limit.inclusive else value > limit.value
