"""Every rule and step proved at its bound from both sides: how an alarm begins, changes and ends."""

from __future__ import annotations

import json

import pytest

from chevet.detection import Change, Detector, Transition
from chevet.rules import RULES, Rule
from chevet.severities import Kind, Severity, Side
from chevet.vitals import Limit
from tests.chevet.beds import (
    ENDING,
    LASTING,
    NOON,
    STEP,
    STEPS,
    Bed,
    alarmed,
    beyond,
    every_bypass,
    every_ending_step,
    every_lasting_step,
    every_pair,
    every_step,
    inside,
    milder_steps,
    name,
    paced,
)


@every_step
def test_quiet_at_the_bound_from_the_calm_side_however_long(rule: Rule, limit: Limit) -> None:
    bed, value = Bed(rule), inside(limit, STEP if limit.inclusive else 0)
    found = bed.reads_all(paced(rule, 5 * limit.lasting + 600, 50 if not rule.row.stale_after else 1), value)
    assert all(limit.severity is not change.severity for change in found)
    assert bed.detector.severity is (None if not milder_steps(rule, limit) else Severity.MEDIUM)


@every_lasting_step
def test_quiet_one_millisecond_before_lasting_and_firing_at_it(rule: Rule, limit: Limit) -> None:
    *before, last = paced(rule, limit.lasting, limit.at_least)
    bed, value = Bed(rule), beyond(limit)
    assert bed.reads_all([*before, last - 0.001], value) == []
    (raised,) = bed.reads(last, value)
    assert raised == Transition(
        change=Change.RAISED,
        rule=rule.key,
        vital=rule.vital,
        kind=Kind.CLINICAL,
        severity=limit.severity,
        onset=NOON,
        at=NOON + limit.lasting * 1000,
        value=value,
        limit=limit.value,
    )
    assert (bed.detector.severity, bed.detector.onset) == (limit.severity, NOON)


@pytest.mark.parametrize(("rule", "limit"), [pair for pair in STEPS if not pair[1].lasting], ids=name)
def test_one_is_enough_where_one_is_asked_for(rule: Rule, limit: Limit) -> None:
    (raised,) = Bed(rule).reads(0, beyond(limit))
    assert (raised.change, raised.severity, raised.onset) == (Change.RAISED, limit.severity, NOON)


@pytest.mark.parametrize(("rule", "limit"), [pair for pair in LASTING if pair[1].at_least >= 3], ids=name)
def test_quiet_with_one_reading_less_than_asked_for_however_long_they_last(rule: Rule, limit: Limit) -> None:
    bed, value = Bed(rule), beyond(limit)
    early = [number / 1000 for number in range(limit.at_least - 2)]
    assert bed.reads_all([*early, limit.lasting + 1], value) == []
    assert [change.severity for change in bed.reads(limit.lasting + 2, value)] == [limit.severity]


@pytest.mark.parametrize(
    ("rule", "limit"), [pair for pair in LASTING if pair[1].lasting < (pair[0].row.stale_after or 0)], ids=name
)
def test_a_device_too_slow_for_that_many_in_time_is_judged_by_as_many_in_a_row(rule: Rule, limit: Limit) -> None:
    pace = limit.lasting / (limit.at_least - 1) + 7
    bed, value = Bed(rule), beyond(limit)
    assert bed.reads_all([number * pace for number in range(limit.at_least - 1)], value) == []
    assert [change.onset for change in bed.reads((limit.at_least - 1) * pace, value)] == [NOON]


@every_lasting_step
def test_one_good_reading_inside_the_limit_counts_anew(rule: Rule, limit: Limit) -> None:
    times = paced(rule, limit.lasting, limit.at_least)
    bed, value = Bed(rule), beyond(limit)
    bed.reads_all(times[:-1], value)
    assert bed.reads(limit.lasting - 0.001, inside(rule.steps[-1], STEP if limit.inclusive else 0)) == []
    assert bed.reads_all([limit.lasting + at for at in times[:-1]], value) == []
    assert [change.onset for change in bed.reads(2 * limit.lasting, value)] == [NOON + limit.lasting * 1000]


# Extremes.


@every_bypass
def test_an_extreme_value_calls_without_waiting_and_not_one_step_before(rule: Rule) -> None:
    assert rule.bypass is not None
    bed, seconds = Bed(rule), rule.bypass.lasting
    assert bed.reads_all([0, seconds / 2, seconds - 0.001], rule.bypass.value) == []
    (raised,) = bed.reads(seconds, rule.bypass.value)
    assert (raised.severity, raised.onset, raised.at) == (Severity.HIGH, NOON, NOON + seconds * 1000)


@every_bypass
def test_one_step_inside_the_bypass_waits_like_any_other(rule: Rule) -> None:
    assert rule.bypass is not None
    inside = rule.bypass.value + (STEP if rule.side is Side.LOW else -STEP)
    times = paced(rule, rule.steps[0].lasting, 3)
    bed = Bed(rule)
    assert bed.reads_all(times[:-1], inside) == []
    assert [change.severity for change in bed.reads(times[-1], inside)] == [Severity.HIGH]


@every_bypass
def test_two_extreme_readings_are_not_enough(rule: Rule) -> None:
    assert rule.bypass is not None
    bed = Bed(rule)
    assert bed.reads_all([0, rule.bypass.lasting + 1], rule.bypass.value) == []
    assert len(bed.reads(rule.bypass.lasting + 2, rule.bypass.value)) == 1


@every_bypass
@pytest.mark.parametrize("later", ["after a gap", "by a clock that stepped back"])
def test_extremes_are_counted_anew(rule: Rule, later: str) -> None:
    assert rule.bypass is not None
    bed, seconds = Bed(rule), rule.bypass.lasting
    bed.reads_all([0, seconds - 1], rule.bypass.value)
    again = seconds + (rule.row.stale_after or 0) if later == "after a gap" else -9 * seconds
    assert bed.reads_all([again, again + 1, again + seconds - 0.001], rule.bypass.value) == []
    assert [one.onset - NOON for one in bed.reads(again + seconds, rule.bypass.value)] == [again * 1000]


@every_bypass
def test_extremes_go_on_counting_over_a_restart(rule: Rule) -> None:
    assert rule.bypass is not None
    bed, seconds = Bed(rule), rule.bypass.lasting
    bed.reads_all([0, seconds / 2], rule.bypass.value)
    state = json.loads(json.dumps(bed.detector.dump()))
    bed.detector = Detector(rule)
    bed.detector.load(state)
    assert [one.onset for one in bed.reads(seconds, rule.bypass.value)] == [NOON]


@every_bypass
def test_the_onset_of_an_extreme_is_where_its_limit_was_first_broken(rule: Rule) -> None:
    assert rule.bypass is not None
    bed = Bed(rule)
    bed.reads(0, rule.steps[0].value)
    found = bed.reads_all([1, 2, 1 + rule.bypass.lasting], rule.bypass.value)
    assert [change.onset for change in found] == [NOON]


# The end.


@every_ending_step
def test_it_ends_at_the_margin_after_its_time_and_not_one_step_before(rule: Rule, limit: Limit) -> None:
    bed, start = alarmed(rule, limit)
    calm = inside(limit, rule.clears.margin if limit.inclusive or rule.clears.margin else 0)
    if not rule.clears.margin and limit.inclusive:
        calm = inside(limit, STEP)
    seconds = 0 if rule.clears.next_reading else max(limit.lasting, 60)
    start += 1
    if seconds:
        times = [start + at for at in paced(rule, seconds)]
        assert bed.reads_all([*times[:-1], start + seconds - 0.001], calm) == []
    (ended,) = bed.reads(start + seconds, calm)
    milder = [step.severity for step in milder_steps(rule, limit) if step.broken_by(calm)]
    assert ended.change is (Change.AMENDED if milder else Change.CLEARED)
    assert ended.severity is (milder[0] if milder else limit.severity)
    assert (ended.onset, ended.value) == (NOON, calm)
    assert (bed.detector.severity is None) is (not milder)


@pytest.mark.parametrize(("rule", "limit"), [pair for pair in ENDING if pair[0].clears.margin], ids=name)
def test_one_step_short_of_the_margin_it_never_ends(rule: Rule, limit: Limit) -> None:
    bed, start = alarmed(rule, limit)
    almost = inside(limit, rule.clears.margin - STEP)
    assert bed.reads_all([start + 1 + at for at in paced(rule, 5 * max(limit.lasting, 60))], almost) == []
    assert bed.detector.severity is limit.severity


@pytest.mark.parametrize(("rule", "limit"), [pair for pair in ENDING if pair[0].clears.next_reading], ids=name)
def test_at_its_limit_it_goes_on_where_the_next_reading_inside_ends_it(rule: Rule, limit: Limit) -> None:
    bed, start = alarmed(rule, limit)
    assert bed.reads(start + 60, beyond(limit)) == []
    assert bed.detector.severity is limit.severity


@pytest.mark.parametrize(("rule", "limit"), [pair for pair in ENDING if pair[0].clears.margin], ids=name)
def test_one_reading_beyond_the_margin_makes_the_end_wait_anew(rule: Rule, limit: Limit) -> None:
    bed, start = alarmed(rule, limit)
    seconds, calm = max(limit.lasting, 60), inside(limit, rule.clears.margin)
    times = paced(rule, seconds)
    bed.reads_all([start + 1 + at for at in times[:-1]], calm)
    assert bed.reads(start + seconds + 0.5, inside(limit, rule.clears.margin - STEP)) == []
    again = start + seconds + 0.6
    assert bed.reads_all([again + at for at in times[:-1]], calm) == []
    assert len(bed.reads(again + seconds, calm)) == 1


@every_pair
def test_high_becomes_medium_and_then_clears_as_one_alarm(rule: Rule) -> None:
    severe, mild = rule.steps
    bed, now = alarmed(rule, severe)
    between = inside(severe, max(rule.clears.margin, STEP))
    between = between if mild.broken_by(between) else beyond(mild)
    found = bed.reads_all([now + 1 + at for at in paced(rule, max(severe.lasting, 60))], between)
    now += 1 + max(severe.lasting, 60)
    calm = inside(mild, max(rule.clears.margin, STEP))
    found += bed.reads_all([now + 1 + at for at in paced(rule, max(mild.lasting, 60))], calm)
    assert [(change.change, change.severity, change.onset) for change in found] == [
        (Change.AMENDED, Severity.MEDIUM, NOON),
        (Change.CLEARED, Severity.MEDIUM, NOON),
    ]
    assert (found[0].limit, found[1].limit) == (mild.value, mild.value)


@every_pair
def test_medium_becomes_high_as_the_same_alarm(rule: Rule) -> None:
    severe, mild = rule.steps
    bed, now = alarmed(rule, mild)
    found = bed.reads_all([now + 1 + at for at in paced(rule, severe.lasting, severe.at_least)], beyond(severe))
    assert [(change.change, change.severity, change.onset) for change in found] == [
        (Change.AMENDED, Severity.HIGH, NOON)
    ]


def test_glucose_that_rises_above_54_and_stays_below_70_is_medium_and_never_cleared_between() -> None:
    """A sensor of one minute: the medium limit has not lasted its ten minutes when the high one ends."""
    (rule,) = [rule for rule in RULES if rule.key == "glucose_sensor.low"]
    bed = Bed(rule)
    found = bed.reads(0, 52) + bed.reads_all([60 * minute for minute in range(1, 20)], 60)
    assert [(change.change, change.severity) for change in found] == [
        (Change.RAISED, Severity.HIGH),
        (Change.AMENDED, Severity.MEDIUM),
    ]
