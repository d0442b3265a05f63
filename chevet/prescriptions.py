"""Limits prescribed for one patient: what is in force when, beside the catalogue's, and what contradicts it. Pure.

A prescription is the sheet's own `PatientLimit`, which a rule takes in `rules.prescribed`: the gateway, the service and
Prometheus judge by the same. Times are milliseconds, hours those of the clock where the patient lives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from chevet.errors import BadSheet, expected
from chevet.rules import OF_VITAL, RULES, prescribed
from chevet.severities import Severity, Side
from chevet.sheet import PatientLimit

HOURS = range(24)
Step = tuple[str, Side, Severity]
"""What a prescription takes the place of: a vital, a side, a severity."""

DEFAULTS: Mapping[Step, float] = MappingProxyType(
    {(rule.vital, rule.side, step.severity): float(step.value) for rule in RULES for step in rule.steps}
)
"""Every limit of the catalogue, in the unit of the vital's metric."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One limit of a vital, prescribed or not."""

    side: Side
    severity: Severity
    value: float

    def __str__(self) -> str:
        """«the high limit on the low side, 88»."""
        return f"the {self.severity} limit on the {self.side} side, {self.value:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """From `at` on, at that hour of the day, `lower` would not lie below `upper`."""

    at: int
    hour: int
    lower: Rung
    upper: Rung


def step_of(limit: PatientLimit) -> Step:
    """What `limit` takes the place of."""
    return limit.vital, limit.side, limit.severity


def require_step(limit: PatientLimit) -> None:
    """Raises BadSheet where no rule of the catalogue would read such a limit."""
    sides = [rule.side.value for rule in OF_VITAL[limit.vital]]
    if not sides:
        raise BadSheet(expected("vital", "one that the catalogue has limits of", limit.vital), field="vital")
    if limit.side.value not in sides:
        wanted = f"{' or '.join(sides)} for {limit.vital}"
        raise BadSheet(expected("side", wanted, limit.side.value), field="side")
    severities = [severity.value for vital, side, severity in DEFAULTS if (vital, side) == (limit.vital, limit.side)]
    if limit.severity.value not in severities:
        wanted = f"{' or '.join(severities)} for {limit.vital} on the {limit.side} side"
        raise BadSheet(expected("severity", wanted, limit.severity.value), field="severity")


def hours_of(limit: PatientLimit) -> frozenset[int]:
    """The hours of the day at which it holds."""
    return frozenset(hour for hour in HOURS if limit.in_force(limit.from_ms, hour))


def overlap(one: PatientLimit, other: PatientLimit) -> bool:
    """Whether at any moment both would take the place of the same limit."""
    if step_of(one) != step_of(other):
        return False
    together = one.from_ms < other.until_ms and other.from_ms < one.until_ms
    return together and not hours_of(one).isdisjoint(hours_of(other))


def in_force(limits: Iterable[PatientLimit], at: int, hour: int) -> dict[Step, float]:
    """The values prescribed for `at`, which is `hour` o'clock where the patient lives; else the catalogue's hold."""
    return {step_of(one): float(one.value) for one in limits if one.in_force(at, hour)}


def ladder(vital: str, limits: Iterable[PatientLimit], at: int, hour: int) -> list[Rung]:
    """All limits of `vital` at that time, from what a low value meets last to what a high value meets last."""
    now = [one for one in limits if one.in_force(at, hour)]
    found: dict[Side, list[Rung]] = {side: [] for side in Side}
    for rule in OF_VITAL[vital]:
        steps = prescribed(rule, now).steps  # the most severe first
        found[rule.side] = [Rung(side=rule.side, severity=step.severity, value=step.value) for step in steps]
    return [*found[Side.LOW], *reversed(found[Side.HIGH])]


def contradictions(vital: str, limits: Iterable[PatientLimit], since: int) -> Iterator[Contradiction]:
    """Where from `since` on a more severe limit would not lie beyond a milder one, or low ones not below high ones."""
    own = [one for one in limits if one.vital == vital]
    edges = {edge for one in own for edge in (one.from_ms, one.until_ms) if edge > since}
    for at in sorted({since, *edges}):
        for hour in HOURS:
            for lower, upper in pairwise(ladder(vital, own, at, hour)):
                if not lower.value < upper.value:
                    yield Contradiction(at=at, hour=hour, lower=lower, upper=upper)


def held_until(limits: Iterable[PatientLimit], at: int) -> int:
    """Until when from `at` on there is one of `limits` without a gap, at whatever hours; `at` where there is none."""
    end = at
    for one in sorted(limits, key=lambda one: one.from_ms):
        if one.from_ms <= end:
            end = max(end, one.until_ms)
    return end
