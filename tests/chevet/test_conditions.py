"""When a condition of the gateway itself begins and ends: at the bound, from both sides."""

from __future__ import annotations

import pytest

from chevet.conditions import CONDITIONS, MODEM_MISSING, Condition, ConditionDetector
from chevet.detection import Change
from chevet.severities import Kind, Severity

NOW = 1_900_000_000_000


def _stepped(detector: ConditionDetector, *steps: tuple[float, bool | None]) -> list[tuple[Change, int]]:
    found = [one for clock, holds in steps for one in detector.step(holds, clock, NOW + round(clock * 1000))]
    return [(one.change, one.onset) for one in found]


def test_it_is_raised_when_it_has_held_for_its_time_and_its_onset_is_when_it_began() -> None:
    detector = ConditionDetector(MODEM_MISSING)
    assert _stepped(detector, (100, False), (105, True), (134.9, True)) == []
    assert _stepped(detector, (135, True)) == [(Change.RAISED, NOW + 105_000)]
    assert _stepped(detector, (200, True), (1000, True)) == []


def test_what_ends_in_between_begins_anew() -> None:
    assert _stepped(ConditionDetector(MODEM_MISSING), (0, True), (29, True), (30, False), (31, True), (60, True)) == []


def test_it_clears_when_it_has_not_held_for_its_time_and_keeps_its_onset() -> None:
    detector = ConditionDetector(MODEM_MISSING, onset=NOW - 5)
    assert _stepped(detector, (0, True), (10, False), (30, True), (40, False), (99.9, False)) == []
    assert _stepped(detector, (100, False)) == [(Change.CLEARED, NOW - 5)]
    assert not detector.raised


def test_while_nobody_can_tell_nothing_changes() -> None:
    detector = ConditionDetector(MODEM_MISSING)
    assert _stepped(detector, (0, True), (20, None), (40, True), (69, True)) == []
    assert _stepped(detector, (70, True)) == [(Change.RAISED, NOW + 40_000)]
    assert _stepped(detector, (80, False), (100, None), (150, False), (200, None)) == []


def test_a_wall_clock_that_steps_back_clears_no_alert_before_its_onset() -> None:
    detector = ConditionDetector(MODEM_MISSING, onset=NOW)
    detector.step(False, 0, NOW - 3_600_000)
    [cleared] = detector.step(False, 60, NOW - 3_540_000)
    assert cleared.at == NOW


@pytest.mark.parametrize("row", CONDITIONS.values(), ids=lambda row: row.rule)
def test_each_goes_to_staff_and_never_to_a_relative(row: Condition) -> None:
    detector = ConditionDetector(row)
    detector.step(True, 0, NOW)
    [raised] = detector.step(True, row.lasting, NOW)
    assert raised.kind is Kind.TECHNICAL
    assert raised.severity in (Severity.MEDIUM, Severity.LOW)
    assert (raised.vital, raised.rule) == ("", row.rule)
    assert row.title
