"""The table of urgent rules, and what a prescription changes in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chevet.detection import Detector
from chevet.rules import OF_VITAL, RULES, URGENT_VITALS, Rule, check_after, prescribed
from chevet.severities import Severity, Side
from chevet.sheet import PatientLimit
from chevet.vitals import BY_KEY, VITALS, Limit
from tests.chevet.beds import (
    NOON,
    STEP,
    Bed,
    beyond,
    every_bypass,
    every_rule,
    every_step,
    inside,
    reading_of,
)


def test_there_is_a_rule_for_each_vital_and_side_that_has_a_limit_and_no_other() -> None:
    assert [rule.key for rule in RULES] == [
        "heart_rate.low",
        "heart_rate.high",
        "oxygen_saturation.low",
        "respiratory_rate.low",
        "respiratory_rate.high",
        "body_temperature.low",
        "body_temperature.high",
        "systolic_pressure.low",
        "systolic_pressure.high",
        "diastolic_pressure.high",
        "glucose_sensor.low",
        "glucose_sensor.high",
        "glucose_finger.low",
        "glucose_finger.high",
        "fall.high",
    ]
    assert sum(len(rule.steps) for rule in RULES) == sum(len(vital.limits) for vital in VITALS)


def test_weight_activity_and_what_people_enter_are_not_urgent() -> None:
    assert set(BY_KEY) - set(URGENT_VITALS) == {"weight", "activity", "supplemental_oxygen", "consciousness"}


@pytest.mark.parametrize(
    ("vital", "seconds"),
    [
        ("heart_rate", 300),
        ("oxygen_saturation", 300),
        ("respiratory_rate", 300),
        ("body_temperature", 600),  # its lasting is longer than five minutes
        ("systolic_pressure", 300),
        ("diastolic_pressure", 300),
        ("glucose_sensor", 300),  # by its more urgent side, not by the hour of its high one
        ("glucose_finger", 300),
        ("weight", 300),
        ("activity", 300),
        ("fall", 300),
    ],
)
def test_a_signal_is_checked_after_its_lasting_but_at_least_five_minutes(vital: str, seconds: int) -> None:
    assert check_after(vital) == seconds


@every_rule
def test_steps_stand_most_severe_first(rule: Rule) -> None:
    ranks = [step.severity.rank for step in rule.steps]
    assert ranks == sorted(set(ranks))
    assert rule in OF_VITAL[rule.vital]


def _limit(rule: Rule, value: float, severity: Severity = Severity.HIGH, **other: int) -> PatientLimit:
    times = {"from_ms": NOON, "until_ms": NOON + 86_400_000} | other
    return PatientLimit(vital=rule.vital, side=rule.side, severity=severity, value=value, **times)


@every_rule
def test_without_a_prescription_the_rule_stays_as_it_is(rule: Rule) -> None:
    other = RULES[0] if rule is not RULES[0] else RULES[-1]
    assert prescribed(rule, ()) is rule
    assert prescribed(rule, (_limit(other, other.steps[0].value),)) is rule


@every_step
def test_a_prescription_moves_its_own_step_and_nothing_else(rule: Rule, limit: Limit) -> None:
    value = inside(limit, STEP)
    moved = prescribed(rule, (_limit(rule, value, limit.severity),))
    assert [step.value for step in moved.steps] == [value if step is limit else step.value for step in rule.steps]
    assert [replace(step, value=0) for step in moved.steps] == [replace(step, value=0) for step in rule.steps]


@every_bypass
def test_a_bypass_keeps_its_distance_from_the_prescribed_limit(rule: Rule) -> None:
    assert rule.bypass is not None
    distance = rule.bypass.value - rule.steps[0].value
    value = beyond(rule.steps[0], by=1)
    moved = prescribed(rule, (_limit(rule, value),)).bypass
    assert moved is not None
    assert moved.value == value + distance
    assert (moved.lasting, moved.at_least) == (rule.bypass.lasting, rule.bypass.at_least)


@every_bypass
def test_a_prescription_of_the_milder_limit_leaves_the_bypass(rule: Rule) -> None:
    milder = rule.steps[-1]
    if milder.severity is Severity.MEDIUM:
        value = inside(milder, STEP)
        assert prescribed(rule, (_limit(rule, value, Severity.MEDIUM),)).bypass == rule.bypass


@every_bypass
def test_there_is_no_bypass_beyond_plausible(rule: Rule) -> None:
    assert rule.bypass is not None
    assert rule.row.plausible is not None
    edge = rule.row.plausible[0 if rule.side is Side.LOW else 1]
    distance = rule.bypass.value - rule.steps[0].value
    at_edge = prescribed(rule, (_limit(rule, edge - distance),)).bypass
    assert at_edge is not None
    assert at_edge.value == edge
    outwards = -STEP if rule.side is Side.LOW else STEP
    assert prescribed(rule, (_limit(rule, edge - distance + outwards),)).bypass is None


def test_saturation_prescribed_at_80_calls_at_70_in_twenty_seconds_and_not_at_78() -> None:
    (rule,) = [rule for rule in RULES if rule.key == "oxygen_saturation.low"]
    limits = (_limit(rule, 80), _limit(rule, 83, Severity.MEDIUM))
    own = prescribed(rule, limits)
    assert Bed(own).reads_all([0, 10, 20], 78) == []
    assert [change.at for change in Bed(own).reads_all([0, 10, 20], 70)] == [NOON + 20_000]
    assert Bed(own).reads_all(range(0, 600, 10), 84) == []


def test_a_reading_is_judged_by_the_limits_in_force_at_its_own_time() -> None:
    """Prescribed until 12:10; what was measured before is judged so, though it is read afterwards."""
    (rule,) = [rule for rule in RULES if rule.key == "oxygen_saturation.low"]
    limit = _limit(rule, 80, until_ms=NOON + 600_000)
    detector, found = Detector(rule), []
    for sequence, second in enumerate(range(0, 900, 10)):
        at = NOON + second * 1000
        judged = prescribed(rule, [limit] if limit.in_force(at, 12) else [])
        found += detector.step(reading_of(rule, second * 1000, 86, sequence), judged)
    high = [change for change in found if change.severity is Severity.HIGH]
    assert [(change.at - NOON, change.limit) for change in high] == [(660_000, 88)]
