"""Episodes of one rule as they are scripted: far beyond and long, by one step only, or one step short. Pure.

One step of value is what the device can say; one step of time is one reading. Half of those that are due pass their
bound and their `lasting` by one step only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from chevet.rules import OF_VITAL, Rule
from chevet.severities import Severity, Side


class Kind(StrEnum):
    """`deep` and `barely` are due; `short` stops one reading before, `shy` one step of value inside the bound."""

    DEEP = "deep"
    BARELY = "barely"
    SHORT = "short"
    SHY = "shy"


DUE = (Kind.DEEP, Kind.BARELY)
DEEP_SECONDS = 240
"""How much longer than `lasting` a deep episode goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A bound that urgent watches: a step of a rule, or what bypasses the rule's most severe one."""

    rule: Rule
    severity: Severity
    value: float
    inclusive: bool
    lasting: int
    at_least: int
    deep: float

    @property
    def outward(self) -> int:
        """The sign of what lies beyond."""
        return -1 if self.rule.side is Side.LOW else 1

    def first_beyond(self, step: float) -> float:
        """The value nearest to the patient's usual that breaks the bound."""
        return self.value if self.inclusive else round(self.value + self.outward * step, 9)

    def last_inside(self, step: float) -> float:
        """The value farthest out that does not break it."""
        return round(self.value - self.outward * step, 9) if self.inclusive else self.value


def bounds(vital: str) -> tuple[Bound, ...]:
    """Every bound of a vital that is detected at the bedside."""
    return tuple(bound for rule in OF_VITAL[vital] for bound in _of_rule(rule))


def _of_rule(rule: Rule) -> list[Bound]:
    """From mild to severe. `deep` lies half way to the next bound, or a quarter of the way to what is implausible."""
    rows = [(one.severity, one.value, one.inclusive, one.lasting, one.at_least) for one in reversed(rule.steps)]
    if rule.bypass is not None:
        rows.append((rule.steps[0].severity, rule.bypass.value, True, rule.bypass.lasting, rule.bypass.at_least))
    low, high = rule.row.plausible or (0.0, 0.0)
    outermost, end = rows[-1][1], low if rule.side is Side.LOW else high
    deeps = [(one[1] + other[1]) / 2 for one, other in pairwise(rows)] + [outermost + (end - outermost) / 4]
    return [
        Bound(
            rule=rule,
            severity=severity,
            value=value,
            inclusive=inclusive,
            lasting=lasting,
            at_least=at_least,
            deep=deep,
        )
        for (severity, value, inclusive, lasting, at_least), deep in zip(rows, deeps, strict=True)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One scripted episode, laid over the good readings `first` to `last` of its signal."""

    bound: Bound
    kind: Kind
    first: int
    last: int
    value: float


def laid(bound: Bound, kind: Kind, times: Sequence[int], first: int, step: float) -> Episode | None:
    """The episode from place `first` of the good readings' `times` (milliseconds); None where there is no such one."""
    least = _fulfilled(bound, times, first)
    if least is None:
        return None
    goes_on = kind is Kind.DEEP and not bound.rule.clears.by_person  # an event is one reading, however deep
    last = least - 1 if kind is Kind.SHORT else _later(times, least, DEEP_SECONDS) if goes_on else least
    if last is None or last < first:
        return None
    value = {Kind.DEEP: round(bound.deep / step) * step, Kind.SHY: bound.last_inside(step)}
    return Episode(
        bound=bound, kind=kind, first=first, last=last, value=round(value.get(kind, bound.first_beyond(step)), 9)
    )


def _fulfilled(bound: Bound, times: Sequence[int], first: int) -> int | None:
    for place in range(first + bound.at_least - 1, len(times)):
        if times[place] - times[first] >= bound.lasting * 1000:
            return place
    return None


def _later(times: Sequence[int], place: int, seconds: int) -> int | None:
    until = times[place] + seconds * 1000
    return next((later for later in range(place, len(times)) if times[later] >= until), None)
