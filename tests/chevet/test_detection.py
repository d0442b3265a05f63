"""Every rule and step proved at its bound from both sides, and all of detection against an oracle of another make."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chevet.alerts import alert_id
from chevet.detection import Change, Detector, Transition
from chevet.readings import Quality, Reading
from chevet.rules import OF_VITAL, RULES, URGENT_VITALS, Rule, check_after, prescribed
from chevet.severities import Kind, Severity, Side
from chevet.sheet import PatientLimit
from chevet.vitals import BY_KEY, VITALS, Limit

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
        return self.detector.step(_reading(self.rule, round(at * 1000), value, self.sequence, quality))

    def reads_all(self, times: Iterable[float], value: float) -> list[Transition]:
        return [change for at in times for change in self.reads(at, value)]


def _reading(
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


def _beyond(limit: Limit, by: float = 0) -> float:
    """The mildest value that breaks `limit`, or one `by` further out; for a strict limit one step further."""
    outwards = -1 if limit.side is Side.LOW else 1
    return round(limit.value + outwards * (by + (0 if limit.inclusive else STEP)), 6)


def _inside(limit: Limit, by: float) -> float:
    return round(limit.value + (by if limit.side is Side.LOW else -by), 6)


def _times(rule: Rule, seconds: float, at_least: int = 1) -> list[float]:
    """From 0 to `seconds`, both included, at the device's own pace or faster where more readings are asked for."""
    pace = min(rule.row.interval or 1, seconds / max(at_least - 1, 1) or 1)
    return [*(number * pace for number in range(math.ceil(seconds / pace))), seconds]


def _raised(rule: Rule, limit: Limit) -> tuple[Bed, float]:
    """A bed in alarm at `limit`, and when it was raised."""
    bed = Bed(rule)
    raised = bed.reads_all(_times(rule, limit.lasting, limit.at_least), _beyond(limit))
    assert [change.severity for change in raised] == [limit.severity]
    return bed, limit.lasting


def _milder(rule: Rule, limit: Limit) -> list[Limit]:
    return [step for step in rule.steps if limit.severity.exceeds(step.severity)]


STEPS = [(rule, limit) for rule in RULES for limit in rule.steps]
LASTING = [(rule, limit) for rule, limit in STEPS if limit.lasting]
TWO_STEPS = [rule for rule in RULES if len(rule.steps) == 2]
BYPASSED = [rule for rule in RULES if rule.bypass]
ENDING = [(rule, limit) for rule, limit in STEPS if not rule.clears.by_person]


def _name(part: object) -> str:
    return part.key if isinstance(part, Rule) else part.severity.value if isinstance(part, Limit) else str(part)


every_rule = pytest.mark.parametrize("rule", RULES, ids=_name)
every_step = pytest.mark.parametrize(("rule", "limit"), STEPS, ids=_name)
every_lasting_step = pytest.mark.parametrize(("rule", "limit"), LASTING, ids=_name)
every_ending_step = pytest.mark.parametrize(("rule", "limit"), ENDING, ids=_name)
every_bypass = pytest.mark.parametrize("rule", BYPASSED, ids=_name)
every_pair = pytest.mark.parametrize("rule", TWO_STEPS, ids=_name)


# The table of rules.


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


# The beginning.


@every_step
def test_quiet_at_the_bound_from_the_calm_side_however_long(rule: Rule, limit: Limit) -> None:
    bed, value = Bed(rule), _inside(limit, STEP if limit.inclusive else 0)
    found = bed.reads_all(_times(rule, 5 * limit.lasting + 600, 50 if not rule.row.stale_after else 1), value)
    assert all(limit.severity is not change.severity for change in found)
    assert bed.detector.severity is (None if not _milder(rule, limit) else Severity.MEDIUM)


@every_lasting_step
def test_quiet_one_millisecond_before_lasting_and_firing_at_it(rule: Rule, limit: Limit) -> None:
    *before, last = _times(rule, limit.lasting, limit.at_least)
    bed, value = Bed(rule), _beyond(limit)
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


@pytest.mark.parametrize(("rule", "limit"), [pair for pair in STEPS if not pair[1].lasting], ids=_name)
def test_one_is_enough_where_one_is_asked_for(rule: Rule, limit: Limit) -> None:
    (raised,) = Bed(rule).reads(0, _beyond(limit))
    assert (raised.change, raised.severity, raised.onset) == (Change.RAISED, limit.severity, NOON)


@pytest.mark.parametrize(("rule", "limit"), [pair for pair in LASTING if pair[1].at_least >= 3], ids=_name)
def test_quiet_with_one_reading_less_than_asked_for_however_long_they_last(rule: Rule, limit: Limit) -> None:
    bed, value = Bed(rule), _beyond(limit)
    early = [number / 1000 for number in range(limit.at_least - 2)]
    assert bed.reads_all([*early, limit.lasting + 1], value) == []
    assert [change.severity for change in bed.reads(limit.lasting + 2, value)] == [limit.severity]


@pytest.mark.parametrize(
    ("rule", "limit"), [pair for pair in LASTING if pair[1].lasting < (pair[0].row.stale_after or 0)], ids=_name
)
def test_a_device_too_slow_for_that_many_in_time_is_judged_by_as_many_in_a_row(rule: Rule, limit: Limit) -> None:
    pace = limit.lasting / (limit.at_least - 1) + 7
    bed, value = Bed(rule), _beyond(limit)
    assert bed.reads_all([number * pace for number in range(limit.at_least - 1)], value) == []
    assert [change.onset for change in bed.reads((limit.at_least - 1) * pace, value)] == [NOON]


@every_lasting_step
def test_one_good_reading_inside_the_limit_counts_anew(rule: Rule, limit: Limit) -> None:
    times = _times(rule, limit.lasting, limit.at_least)
    bed, value = Bed(rule), _beyond(limit)
    bed.reads_all(times[:-1], value)
    assert bed.reads(limit.lasting - 0.001, _inside(rule.steps[-1], STEP if limit.inclusive else 0)) == []
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
    times = _times(rule, rule.steps[0].lasting, 3)
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
    bed, start = _raised(rule, limit)
    calm = _inside(limit, rule.clears.margin if limit.inclusive or rule.clears.margin else 0)
    if not rule.clears.margin and limit.inclusive:
        calm = _inside(limit, STEP)
    seconds = 0 if rule.clears.next_reading else max(limit.lasting, 60)
    start += 1
    if seconds:
        times = [start + at for at in _times(rule, seconds)]
        assert bed.reads_all([*times[:-1], start + seconds - 0.001], calm) == []
    (ended,) = bed.reads(start + seconds, calm)
    milder = [step.severity for step in _milder(rule, limit) if step.broken_by(calm)]
    assert ended.change is (Change.AMENDED if milder else Change.CLEARED)
    assert ended.severity is (milder[0] if milder else limit.severity)
    assert (ended.onset, ended.value) == (NOON, calm)
    assert (bed.detector.severity is None) is (not milder)


@pytest.mark.parametrize(("rule", "limit"), [pair for pair in ENDING if pair[0].clears.margin], ids=_name)
def test_one_step_short_of_the_margin_it_never_ends(rule: Rule, limit: Limit) -> None:
    bed, start = _raised(rule, limit)
    almost = _inside(limit, rule.clears.margin - STEP)
    assert bed.reads_all([start + 1 + at for at in _times(rule, 5 * max(limit.lasting, 60))], almost) == []
    assert bed.detector.severity is limit.severity


@pytest.mark.parametrize(("rule", "limit"), [pair for pair in ENDING if pair[0].clears.next_reading], ids=_name)
def test_at_its_limit_it_goes_on_where_the_next_reading_inside_ends_it(rule: Rule, limit: Limit) -> None:
    bed, start = _raised(rule, limit)
    assert bed.reads(start + 60, _beyond(limit)) == []
    assert bed.detector.severity is limit.severity


@pytest.mark.parametrize(("rule", "limit"), [pair for pair in ENDING if pair[0].clears.margin], ids=_name)
def test_one_reading_beyond_the_margin_makes_the_end_wait_anew(rule: Rule, limit: Limit) -> None:
    bed, start = _raised(rule, limit)
    seconds, calm = max(limit.lasting, 60), _inside(limit, rule.clears.margin)
    times = _times(rule, seconds)
    bed.reads_all([start + 1 + at for at in times[:-1]], calm)
    assert bed.reads(start + seconds + 0.5, _inside(limit, rule.clears.margin - STEP)) == []
    again = start + seconds + 0.6
    assert bed.reads_all([again + at for at in times[:-1]], calm) == []
    assert len(bed.reads(again + seconds, calm)) == 1


@every_pair
def test_high_becomes_medium_and_then_clears_as_one_alarm(rule: Rule) -> None:
    severe, mild = rule.steps
    bed, now = _raised(rule, severe)
    between = _inside(severe, max(rule.clears.margin, STEP))
    between = between if mild.broken_by(between) else _beyond(mild)
    found = bed.reads_all([now + 1 + at for at in _times(rule, max(severe.lasting, 60))], between)
    now += 1 + max(severe.lasting, 60)
    calm = _inside(mild, max(rule.clears.margin, STEP))
    found += bed.reads_all([now + 1 + at for at in _times(rule, max(mild.lasting, 60))], calm)
    assert [(change.change, change.severity, change.onset) for change in found] == [
        (Change.AMENDED, Severity.MEDIUM, NOON),
        (Change.CLEARED, Severity.MEDIUM, NOON),
    ]
    assert (found[0].limit, found[1].limit) == (mild.value, mild.value)


@every_pair
def test_medium_becomes_high_as_the_same_alarm(rule: Rule) -> None:
    severe, mild = rule.steps
    bed, now = _raised(rule, mild)
    found = bed.reads_all([now + 1 + at for at in _times(rule, severe.lasting, severe.at_least)], _beyond(severe))
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


# What is not a good reading, and clocks.


@every_step
@pytest.mark.parametrize("quality", [Quality.SUSPECT, Quality.MISSING])
def test_what_is_not_good_neither_begins_an_alarm_nor_ends_it(rule: Rule, limit: Limit, quality: Quality) -> None:
    def readings(bed: Bed, start: float, value: float, seconds: float) -> list[Transition]:
        shown = None if quality is Quality.MISSING else value
        return [change for at in _times(rule, seconds, 20) for change in bed.reads(start + at, shown, quality)]

    assert readings(Bed(rule), 0, _beyond(limit), 5 * limit.lasting + 100) == []
    bed, start = _raised(rule, limit)
    assert readings(bed, start + 1, _inside(limit, rule.clears.margin + 1), 5 * limit.lasting + 100) == []
    assert bed.detector.severity is limit.severity
    assert bed.detector.newest == NOON + limit.lasting * 1000


@every_lasting_step
def test_what_is_not_good_does_not_interrupt_what_lasts(rule: Rule, limit: Limit) -> None:
    bed, found = Bed(rule), []
    for at in _times(rule, limit.lasting, limit.at_least):
        found += bed.reads(at, _beyond(limit))
        found += bed.reads(at, None, Quality.MISSING)
        found += bed.reads(at, _inside(limit, 1), Quality.SUSPECT)
    assert [change.onset for change in found] == [NOON]


GAPPED = [pair for pair in LASTING if pair[1].lasting <= (pair[0].row.stale_after or 0)]


@pytest.mark.parametrize(("rule", "limit"), GAPPED, ids=_name)
def test_a_gap_as_long_as_stale_after_counts_on_and_a_longer_one_counts_anew(rule: Rule, limit: Limit) -> None:
    stale = rule.row.stale_after or 0
    early = [number / 1000 for number in range(limit.at_least - 1)]
    bed = Bed(rule)
    bed.reads_all(early, _beyond(limit))
    assert [one.onset for one in bed.reads(early[-1] + stale, _beyond(limit))] == [NOON]
    bed = Bed(rule)
    bed.reads_all(early, _beyond(limit))
    again = early[-1] + stale + 0.001
    times = _times(rule, limit.lasting, limit.at_least)
    assert bed.reads_all([again + at for at in times[:-1]], _beyond(limit)) == []
    found = bed.reads(again + limit.lasting, _beyond(limit))
    assert [one.onset for one in found] == [NOON + round(again * 1000)]


@pytest.mark.parametrize(("rule", "limit"), [pair for pair in STEPS if pair[0].row.stale_after], ids=_name)
def test_an_alarm_stands_over_a_gap(rule: Rule, limit: Limit) -> None:
    bed, start = _raised(rule, limit)
    assert bed.reads(start + 10 * (rule.row.stale_after or 0), _beyond(limit)) == []
    assert (bed.detector.severity, bed.detector.onset) == (limit.severity, NOON)


@every_lasting_step
def test_a_clock_that_steps_back_counts_anew(rule: Rule, limit: Limit) -> None:
    times = _times(rule, limit.lasting, limit.at_least)
    bed, back = Bed(rule), -3600.0
    assert bed.reads_all(times[:-1], _beyond(limit)) == []
    assert bed.reads_all([back + at for at in times[:-1]], _beyond(limit)) == []
    found = bed.reads(back + limit.lasting, _beyond(limit))
    assert [one.onset for one in found] == [NOON - 3_600_000]


@every_ending_step
def test_an_alarm_stands_when_the_clock_steps_back_and_never_ends_before_it_began(rule: Rule, limit: Limit) -> None:
    bed, _ = _raised(rule, limit)
    back, calm = -7200.0, _inside(rule.steps[-1], rule.clears.margin + 1)
    assert bed.reads(back, _beyond(limit)) == []
    assert (bed.detector.severity, bed.detector.onset) == (limit.severity, NOON)
    seconds = max(limit.lasting, rule.steps[-1].lasting, 60)
    found = bed.reads_all([back + 1 + at for at in _times(rule, seconds)], calm)
    assert found[-1].change is Change.CLEARED
    assert all(change.at >= change.onset == NOON for change in found)


# A fall.

(FALL,) = [rule for rule in RULES if rule.clears.by_person]


def test_a_fall_is_cleared_by_a_person_and_by_no_reading() -> None:
    bed = Bed(FALL)
    assert len(bed.reads(0, 3.1)) == 1
    assert bed.reads_all([60 * minute for minute in range(1, 600)], 0) == []
    assert bed.detector.severity is Severity.HIGH
    (cleared,) = bed.detector.clear_by_person(NOON + 36_000_000)
    assert (cleared.change, cleared.severity, cleared.onset, cleared.value) == (
        Change.CLEARED,
        Severity.HIGH,
        NOON,
        None,
    )
    assert bed.detector.severity is None
    assert bed.detector.clear_by_person(NOON + 36_000_001) == []


def test_the_next_fall_is_another_alert_though_no_reading_came_between() -> None:
    bed = Bed(FALL)
    (first,) = bed.reads(0, 3.1)
    bed.detector.clear_by_person(NOON + 60_000)
    (second,) = bed.reads(3600, 2.7)
    ids = {alert_id("g01", "d1", FALL.key, change.onset) for change in (first, second)}
    assert (second.change, second.onset, len(ids)) == (Change.RAISED, NOON + 3_600_000, 2)


# Prescribed limits.


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
    value = _inside(limit, STEP)
    moved = prescribed(rule, (_limit(rule, value, limit.severity),))
    assert [step.value for step in moved.steps] == [value if step is limit else step.value for step in rule.steps]
    assert [replace(step, value=0) for step in moved.steps] == [replace(step, value=0) for step in rule.steps]


@every_bypass
def test_a_bypass_keeps_its_distance_from_the_prescribed_limit(rule: Rule) -> None:
    assert rule.bypass is not None
    distance = rule.bypass.value - rule.steps[0].value
    value = _beyond(rule.steps[0], by=1)
    moved = prescribed(rule, (_limit(rule, value),)).bypass
    assert moved is not None
    assert moved.value == value + distance
    assert (moved.lasting, moved.at_least) == (rule.bypass.lasting, rule.bypass.at_least)


@every_bypass
def test_a_prescription_of_the_milder_limit_leaves_the_bypass(rule: Rule) -> None:
    milder = rule.steps[-1]
    if milder.severity is Severity.MEDIUM:
        value = _inside(milder, STEP)
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
        found += detector.step(_reading(rule, second * 1000, 86, sequence), judged)
    high = [change for change in found if change.severity is Severity.HIGH]
    assert [(change.at - NOON, change.limit) for change in high] == [(660_000, 88)]


# Against the oracle.


@dataclass
class Oracle:
    """Detection once more, by looking back over all good readings at each of them. Slow, and of another make."""

    rule: Rule
    seen: list[tuple[int, float]] = field(default_factory=list)
    active: set[Severity] = field(default_factory=set)
    onset: int = 0

    def step(self, at: int, value: float) -> list[tuple[str, str, int, int]]:
        self.seen.append((at, value))
        before = min(self.active, key=lambda one: one.rank, default=None)
        ended = False
        for limit in self.rule.steps:
            breaks = self._lasts(lambda one, limit=limit: _breaks(limit, one), limit.lasting, limit.at_least)
            if breaks or (ended and _breaks(limit, value)):
                self.active.add(limit.severity)
            wait = 0 if self.rule.clears.next_reading else max(limit.lasting, 60)
            calm = self._lasts(lambda one, limit=limit: _calm(self.rule, limit, one), wait, 1)
            if calm and limit.severity in self.active:
                self.active.discard(limit.severity)
                ended = True
        extreme = self.rule.bypass
        if extreme and self._lasts(self._extreme, extreme.lasting, extreme.at_least):
            self.active.add(self.rule.steps[0].severity)
        now = min(self.active, key=lambda one: one.rank, default=None)
        if now is before:
            return []
        if before is None and now is not None:
            limit = next(one for one in self.rule.steps if one.severity is now)
            since = self._since(lambda one: _breaks(limit, one))
            self.onset = at if since is None else since
        change = "raised" if before is None else "amended" if now else "cleared"
        return [(change, str(now or before), self.onset, max(at, self.onset))]

    def _extreme(self, value: float) -> bool:
        assert self.rule.bypass is not None
        low = self.rule.side is Side.LOW
        return value <= self.rule.bypass.value if low else value >= self.rule.bypass.value

    def _since(self, holds) -> int | None:  # type: ignore[no-untyped-def]  # a predicate on values
        run = self._run(holds)
        return run[-1] if run else None

    def _lasts(self, holds, seconds: int, at_least: int) -> bool:  # type: ignore[no-untyped-def]  # as above
        run = self._run(holds)
        return len(run) >= at_least and run[0] - run[-1] >= seconds * 1000

    def _run(self, holds) -> list[int]:  # type: ignore[no-untyped-def]  # as above
        """Times of the newest readings without interruption for which `holds`, newest first."""
        stale, times = self.rule.row.stale_after, list[int]()
        for at, value in reversed(self.seen):
            broken_off = bool(times) and (at > times[-1] or (stale is not None and times[-1] - at > stale * 1000))
            if broken_off or not holds(value):
                break
            times.append(at)
        return times


def _breaks(limit: Limit, value: float) -> bool:
    compare = {
        "<": value < limit.value,
        "<=": value <= limit.value,
        ">": value > limit.value,
        ">=": value >= limit.value,
    }
    return compare[limit.operator]


def _calm(rule: Rule, limit: Limit, value: float) -> bool:
    if rule.clears.by_person:
        return False
    inside = not _breaks(limit, value)
    away = value - limit.value if limit.side is Side.LOW else limit.value - value
    return inside and (not rule.clears.margin or away > rule.clears.margin - 1e-6)


@st.composite
def episodes(draw: st.DrawFn) -> tuple[Rule, list[Reading]]:
    """A rule and readings about its bounds, its paces and its gaps, some not good, some by a clock that steps back."""
    rule = draw(st.sampled_from(RULES))
    lastings = [limit.lasting * 1000 for limit in rule.steps]
    stale, pace = (rule.row.stale_after or 60) * 1000, (rule.row.interval or 60) * 1000
    paces = [pace, *(lasting // 2 for lasting in lastings), *lastings, 60_000, 1, stale, stale + 1, -1, -600_000]
    values = [
        _inside(limit, by)
        for limit in rule.steps
        for by in (0, STEP, -STEP, rule.clears.margin, rule.clears.margin - STEP, rule.clears.margin + 1, 30)
    ]
    values += [rule.bypass.value + by for by in (0, STEP, -STEP)] if rule.bypass else []
    good = [value for value in values if rule.row.is_plausible(value)]
    readings, at = [], 10_000_000
    common = draw(st.sampled_from(paces[: 1 + 2 * len(lastings)]))
    for sequence in range(draw(st.integers(1, 30))):
        at += draw(st.just(max(common, 1)) | st.sampled_from(paces))
        quality = draw(st.sampled_from([Quality.GOOD] * 6 + [Quality.SUSPECT, Quality.MISSING]))
        value = None if quality is Quality.MISSING else draw(st.sampled_from(good))
        readings.append(_reading(rule, at, value, sequence, quality))
    return rule, readings


def _run(rule: Rule, readings: Iterable[Reading]) -> list[Transition]:
    detector = Detector(rule)
    return [change for reading in readings for change in detector.step(reading)]


@settings(max_examples=500)
@given(episodes())
def test_detection_agrees_with_the_oracle(episode: tuple[Rule, list[Reading]]) -> None:
    rule, readings = episode
    oracle, wanted = Oracle(rule), list[tuple[str, str, int, int]]()
    for reading in readings:
        if reading.quality is Quality.GOOD and reading.value is not None:
            wanted += oracle.step(reading.measured_at, reading.value)
    found = [(one.change.value, one.severity.value, one.onset, one.at) for one in _run(rule, readings)]
    assert found == wanted


@given(episodes())
def test_a_restart_at_every_point_changes_nothing(episode: tuple[Rule, list[Reading]]) -> None:
    rule, readings = episode
    state, found = Detector(rule).dump(), list[Transition]()
    for reading in readings:
        detector = Detector(rule)
        detector.load(json.loads(json.dumps(state)))
        found += detector.step(reading)
        state = detector.dump()
    assert found == _run(rule, readings)


@given(episodes(), st.data())
def test_duplicates_and_what_comes_out_of_order_change_nothing(
    episode: tuple[Rule, list[Reading]], data: st.DataObject
) -> None:
    rule, readings = episode
    repeated = [
        one
        for number, reading in enumerate(readings)
        for one in (reading, *data.draw(st.lists(st.sampled_from(readings[: number + 1]), max_size=2)))
        if one.quality is Quality.GOOD
    ]
    assert _run(rule, repeated) == _run(rule, readings)


@given(episodes())
def test_an_alarm_is_raised_once_amended_to_another_severity_and_never_cleared_beyond_a_limit(
    episode: tuple[Rule, list[Reading]],
) -> None:
    rule, readings = episode
    severity: Severity | None = None
    onsets = list[int]()
    for change in _run(rule, readings):
        assert (change.change is Change.RAISED) is (severity is None)
        assert change.at >= change.onset
        if change.change is Change.CLEARED:
            assert change.severity is severity
            assert change.value is not None
            assert not any(limit.broken_by(change.value) for limit in rule.steps)
            severity = None
            continue
        assert change.severity is not severity
        onsets += [change.onset] if severity is None else []
        assert change.onset == onsets[-1]
        severity = change.severity


def test_a_new_run_goes_on_where_the_old_one_stopped() -> None:
    """Intake began a new spool: sequences start again, the minute goes on."""
    (rule,) = [rule for rule in RULES if rule.key == "heart_rate.high"]
    detector = Detector(rule)
    found = [detector.step(_reading(rule, at * 1000, 140, 500 + at)) for at in (0, 10, 20, 30)]
    found += [detector.step(_reading(rule, at * 1000, 140, at, run="r2")) for at in (40, 50, 60)]
    assert [change.onset for changes in found for change in changes] == [NOON]
