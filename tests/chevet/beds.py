"""A rule's detector with readings that come to it, and every rule and step to try them on."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from chevet.detection import Detector, Transition
from chevet.readings import Quality, Reading
from chevet.rules import RULES, Rule
from chevet.severities import Side
from chevet.vitals import Limit

NOON = 1_700_000_000_000
STEP = 0.1
"""The smallest step of a value here: a tenth, as thermometers show."""


@dataclass
class Bed:
    """A rule's detector and the readings that come to it, at seconds after noon."""

    rule: Rule
    detector: Detector = field(init=False)
    sequence: int = 0

    def __post_init__(self) -> None:
        self.detector = Detector(self.rule)

    def reads(self, at: float, value: float | None, quality: Quality = Quality.GOOD) -> list[Transition]:
        self.sequence += 1
        return self.detector.step(reading_of(self.rule, round(at * 1000), value, self.sequence, quality))

    def reads_all(self, times: Iterable[float], value: float) -> list[Transition]:
        return [change for at in times for change in self.reads(at, value)]


def reading_of(
    rule: Rule, at: int, value: float | None, sequence: int, quality: Quality = Quality.GOOD, run: str = "r1"
) -> Reading:
    return Reading(
        gateway="g01",
        device="d1",
        vital=rule.vital,
        value=value,
        measured_at=NOON + at,
        segment="s",
        run=run,
        sequence=sequence,
        quality=quality,
        origin="test",
    )


def beyond(limit: Limit, by: float = 0) -> float:
    """The mildest value that breaks `limit`, or one `by` further out; for a strict limit one step further."""
    outwards = -1 if limit.side is Side.LOW else 1
    return round(limit.value + outwards * (by + (0 if limit.inclusive else STEP)), 6)


def inside(limit: Limit, by: float) -> float:
    return round(limit.value + (by if limit.side is Side.LOW else -by), 6)


def paced(rule: Rule, seconds: float, at_least: int = 1) -> list[float]:
    """From 0 to `seconds`, both included, at the device's own pace or faster where more readings are asked for."""
    pace = min(rule.row.interval or 1, seconds / max(at_least - 1, 1) or 1)
    return [*(number * pace for number in range(math.ceil(seconds / pace))), seconds]


def alarmed(rule: Rule, limit: Limit) -> tuple[Bed, float]:
    """A bed in alarm at `limit`, and when it was raised."""
    bed = Bed(rule)
    raised = bed.reads_all(paced(rule, limit.lasting, limit.at_least), beyond(limit))
    assert [change.severity for change in raised] == [limit.severity]
    return bed, limit.lasting


def milder_steps(rule: Rule, limit: Limit) -> list[Limit]:
    return [step for step in rule.steps if limit.severity.exceeds(step.severity)]


STEPS = [(rule, limit) for rule in RULES for limit in rule.steps]
LASTING = [(rule, limit) for rule, limit in STEPS if limit.lasting]
TWO_STEPS = [rule for rule in RULES if len(rule.steps) == 2]
BYPASSED = [rule for rule in RULES if rule.bypass]
ENDING = [(rule, limit) for rule, limit in STEPS if not rule.clears.by_person]


def name(part: object) -> str:
    return part.key if isinstance(part, Rule) else part.severity.value if isinstance(part, Limit) else str(part)


every_rule = pytest.mark.parametrize("rule", RULES, ids=name)
every_step = pytest.mark.parametrize(("rule", "limit"), STEPS, ids=name)
every_lasting_step = pytest.mark.parametrize(("rule", "limit"), LASTING, ids=name)
every_ending_step = pytest.mark.parametrize(("rule", "limit"), ENDING, ids=name)
every_bypass = pytest.mark.parametrize("rule", BYPASSED, ids=name)
every_pair = pytest.mark.parametrize("rule", TWO_STEPS, ids=name)
