"""What is urgent at the bedside, as rows: derived from the catalogue, one rule for each vital and side.

A rule's severities are steps, each with its own limit, `lasting` and way of clearing. A patient's prescribed limits
replace the values of steps; everything else stays as the catalogue has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from chevet.severities import Severity, Side
from chevet.sheet import PatientLimit
from chevet.vitals import BY_KEY, VITALS, Bypass, Clears, Limit, Vital

CHECK_AFTER = 300
"""Seconds: suspect or missing readings that last longer than this and than the limit's `lasting` call for a look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One vital on one side: its limits, most severe first, and what may bypass their `lasting`."""

    key: str
    vital: str
    side: Side
    steps: tuple[Limit, ...]
    bypass: Bypass | None
    clears: Clears

    @property
    def row(self) -> Vital:
        """The vital's row in the catalogue."""
        return BY_KEY[self.vital]

    def calm(self, step: Limit, value: float) -> bool:
        """Whether `value` lies inside the limit of `step` by the margin that ends an alarm."""
        if self.clears.by_person:
            return False
        if not self.clears.margin:
            return not step.broken_by(value)
        away = value - step.value if self.side is Side.LOW else step.value - value
        return round(away - self.clears.margin, 9) >= 0

    def calm_for(self, step: Limit) -> int:
        """Seconds for which good readings stay calm before the alarm ends."""
        return 0 if self.clears.next_reading else max(step.lasting, self.clears.at_least)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactCheck:
    """Values that a sensor in contact cannot truthfully say: suspect, and somebody looks after `lasting` seconds."""

    vital: str
    at_most: float
    lasting: int
    severity: Severity


CONTACT_CHECKS: Mapping[str, ContactCheck] = MappingProxyType(
    {"respiratory_rate": ContactCheck(vital="respiratory_rate", at_most=2, lasting=30, severity=Severity.HIGH)}
)


def _rule(vital: Vital, side: Side) -> Rule | None:
    steps = sorted((limit for limit in vital.limits if limit.side is side), key=lambda limit: limit.severity.rank)
    if not steps:
        return None
    return Rule(
        key=f"{vital.key}.{side}",
        vital=vital.key,
        side=side,
        steps=tuple(steps),
        bypass=next((one for one in vital.bypasses if one.side is side), None),
        clears=vital.clears,
    )


RULES: tuple[Rule, ...] = tuple(
    rule for vital in VITALS if vital.by_device for side in Side if (rule := _rule(vital, side)) is not None
)
OF_VITAL: Mapping[str, tuple[Rule, ...]] = MappingProxyType(
    {vital.key: tuple(rule for rule in RULES if rule.vital == vital.key) for vital in VITALS}
)
URGENT_VITALS: tuple[str, ...] = tuple(vital.key for vital in VITALS if OF_VITAL[vital.key])


def check_after(vital: str) -> int:
    """Seconds of suspect or missing readings after which patient and sensor are to be checked.

    Where a vital has two rules the more urgent one decides: a glucose sensor is not believed for an hour.
    """
    return min((max(CHECK_AFTER, rule.steps[0].lasting) for rule in OF_VITAL[vital]), default=CHECK_AFTER)


def prescribed(rule: Rule, limits: Iterable[PatientLimit]) -> Rule:
    """`rule` with the values of `limits`, which are those in force at the reading's own time.

    The bypass keeps its distance from the most severe limit; where that falls below plausible there is none.
    """
    values = {limit.severity: limit.value for limit in limits if (limit.vital, limit.side) == (rule.vital, rule.side)}
    if not values:
        return rule
    steps = tuple(replace(step, value=values.get(step.severity, step.value)) for step in rule.steps)
    return replace(rule, steps=steps, bypass=_moved(rule, steps[0].value - rule.steps[0].value))


def _moved(rule: Rule, by: float) -> Bypass | None:
    if rule.bypass is None or not rule.row.is_plausible(rule.bypass.value + by):
        return None
    return replace(rule.bypass, value=rule.bypass.value + by)
