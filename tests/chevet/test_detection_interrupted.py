"""What interrupts detection: readings that are not good, gaps, clocks that step back, a person."""

from __future__ import annotations

import pytest

from chevet.alerts import alert_id
from chevet.detection import Change, Transition
from chevet.readings import Quality
from chevet.rules import RULES, Rule
from chevet.severities import Severity
from chevet.vitals import Limit
from tests.chevet.beds import (
    LASTING,
    NOON,
    STEPS,
    Bed,
    alarmed,
    beyond,
    every_ending_step,
    every_lasting_step,
    every_step,
    inside,
    name,
    paced,
)


@every_step
@pytest.mark.parametrize("quality", [Quality.SUSPECT, Quality.MISSING])
def test_what_is_not_good_neither_begins_an_alarm_nor_ends_it(rule: Rule, limit: Limit, quality: Quality) -> None:
    def readings(bed: Bed, start: float, value: float, seconds: float) -> list[Transition]:
        shown = None if quality is Quality.MISSING else value
        return [change for at in paced(rule, seconds, 20) for change in bed.reads(start + at, shown, quality)]

    assert readings(Bed(rule), 0, beyond(limit), 5 * limit.lasting + 100) == []
    bed, start = alarmed(rule, limit)
    assert readings(bed, start + 1, inside(limit, rule.clears.margin + 1), 5 * limit.lasting + 100) == []
    assert bed.detector.severity is limit.severity
    assert bed.detector.newest == NOON + limit.lasting * 1000


@every_lasting_step
def test_what_is_not_good_does_not_interrupt_what_lasts(rule: Rule, limit: Limit) -> None:
    bed, found = Bed(rule), []
    for at in paced(rule, limit.lasting, limit.at_least):
        found += bed.reads(at, beyond(limit))
        found += bed.reads(at, None, Quality.MISSING)
        found += bed.reads(at, inside(limit, 1), Quality.SUSPECT)
    assert [change.onset for change in found] == [NOON]


GAPPED = [pair for pair in LASTING if pair[1].lasting <= (pair[0].row.stale_after or 0)]


@pytest.mark.parametrize(("rule", "limit"), GAPPED, ids=name)
def test_a_gap_as_long_as_stale_after_counts_on_and_a_longer_one_counts_anew(rule: Rule, limit: Limit) -> None:
    stale = rule.row.stale_after or 0
    early = [number / 1000 for number in range(limit.at_least - 1)]
    bed = Bed(rule)
    bed.reads_all(early, beyond(limit))
    assert [one.onset for one in bed.reads(early[-1] + stale, beyond(limit))] == [NOON]
    bed = Bed(rule)
    bed.reads_all(early, beyond(limit))
    again = early[-1] + stale + 0.001
    times = paced(rule, limit.lasting, limit.at_least)
    assert bed.reads_all([again + at for at in times[:-1]], beyond(limit)) == []
    found = bed.reads(again + limit.lasting, beyond(limit))
    assert [one.onset for one in found] == [NOON + round(again * 1000)]


@pytest.mark.parametrize(("rule", "limit"), [pair for pair in STEPS if pair[0].row.stale_after], ids=name)
def test_an_alarm_stands_over_a_gap(rule: Rule, limit: Limit) -> None:
    bed, start = alarmed(rule, limit)
    assert bed.reads(start + 10 * (rule.row.stale_after or 0), beyond(limit)) == []
    assert (bed.detector.severity, bed.detector.onset) == (limit.severity, NOON)


@every_lasting_step
def test_a_clock_that_steps_back_counts_anew(rule: Rule, limit: Limit) -> None:
    times = paced(rule, limit.lasting, limit.at_least)
    bed, back = Bed(rule), -3600.0
    assert bed.reads_all(times[:-1], beyond(limit)) == []
    assert bed.reads_all([back + at for at in times[:-1]], beyond(limit)) == []
    found = bed.reads(back + limit.lasting, beyond(limit))
    assert [one.onset for one in found] == [NOON - 3_600_000]


@every_ending_step
def test_an_alarm_stands_when_the_clock_steps_back_and_never_ends_before_it_began(rule: Rule, limit: Limit) -> None:
    bed, _ = alarmed(rule, limit)
    back, calm = -7200.0, inside(rule.steps[-1], rule.clears.margin + 1)
    assert bed.reads(back, beyond(limit)) == []
    assert (bed.detector.severity, bed.detector.onset) == (limit.severity, NOON)
    seconds = max(limit.lasting, rule.steps[-1].lasting, 60)
    found = bed.reads_all([back + 1 + at for at in paced(rule, seconds)], calm)
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
