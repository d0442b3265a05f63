"""The measurement of detection: what is due by hand, days as they claim to be, and a detector that errs is noticed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bench import alarms
from bench.__main__ import main
from bench.detection import _of_day
from bench.due import Due, due
from bench.intensive_care import stays
from bench.patient_days import MEASURED_BY, OXIMETER, patient_day
from bench.scripted import Kind, bounds
from chevet.detection import Detector
from chevet.readings import Quality
from chevet.rules import RULES, URGENT_VITALS, Rule
from chevet.severities import Severity

BY_KEY = {rule.key: rule for rule in RULES}
MINUTE_AT_88 = [(0, 97.0), *((at * 1000, 88.0) for at in range(10, 80, 10))]


def test_a_minute_at_the_bound_is_due_at_its_last_reading() -> None:
    assert due(BY_KEY["oxygen_saturation.low"], MINUTE_AT_88, 1, 7) == Due(at=70_000, severity=Severity.HIGH)


def test_one_reading_less_is_not_due() -> None:
    assert due(BY_KEY["oxygen_saturation.low"], MINUTE_AT_88[:-1], 1, 6) is None


def test_one_percent_more_is_due_with_the_milder_severity() -> None:
    readings = [(at, 89.0) for at, _ in MINUTE_AT_88]
    assert due(BY_KEY["oxygen_saturation.low"], readings, 1, 7) == Due(at=70_000, severity=Severity.MEDIUM)


def test_a_deep_fall_is_due_after_twenty_seconds() -> None:
    readings = [(at * 1000, 78.0) for at in range(0, 30, 10)]
    assert due(BY_KEY["oxygen_saturation.low"], readings, 0, 2) == Due(at=20_000, severity=Severity.HIGH)


def test_every_urgent_vital_has_its_days() -> None:
    assert set(MEASURED_BY) == set(URGENT_VITALS)


@pytest.mark.parametrize("vital", MEASURED_BY)
def test_the_bounds_are_those_of_the_rules(vital: str) -> None:
    rules = [rule for rule in RULES if rule.vital == vital]
    assert len(bounds(vital)) == sum(len(rule.steps) + (rule.bypass is not None) for rule in rules)


@pytest.mark.parametrize("vital", MEASURED_BY)
def test_a_day_has_its_artefacts_and_its_episodes_half_of_them_by_one_step(vital: str) -> None:
    day = patient_day(vital, 3)
    kinds = [episode.kind for episode in day.episodes]
    assert day.probe_offs >= 6
    assert day.dips >= 20
    assert kinds.count(Kind.BARELY) - kinds.count(Kind.DEEP) in (0, 1)
    assert {Kind.BARELY, Kind.SHY} <= set(kinds)
    oximeter = next(signal for measured, signal in day.signals() if measured == "oxygen_saturation")
    times = [one.reading.measured_at for one in oximeter]
    assert times == sorted(times)
    assert 0.97 < len(times) / (86_400 / OXIMETER.interval) < 0.99
    assert {one.reading.quality for one in oximeter} == set(Quality)


@pytest.mark.parametrize("vital", ["heart_rate", "respiratory_rate", "body_temperature"])
@pytest.mark.parametrize("seconds", [-20, 20])
def test_a_detector_that_waits_too_short_or_too_long_is_noticed(
    monkeypatch: pytest.MonkeyPatch, vital: str, seconds: int
) -> None:
    class Hasty(Detector):
        def __init__(self, rule: Rule) -> None:
            off = 30 * seconds if rule.vital == "body_temperature" else seconds
            steps = tuple(replace(step, lasting=step.lasting + off, at_least=1) for step in rule.steps)
            super().__init__(replace(rule, steps=steps))

    monkeypatch.setattr(alarms, "Detector", Hasty)
    _, count = _of_day((vital, 5))
    assert count.found < count.episodes
    assert count.raised_short > 0 or seconds > 0


def test_a_detector_that_raises_what_nobody_scripted_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nervous(Detector):
        def __init__(self, rule: Rule) -> None:
            super().__init__(replace(rule, steps=tuple(replace(one, lasting=0, at_least=1) for one in rule.steps)))

    monkeypatch.setattr(alarms, "Detector", Nervous)
    _, count = _of_day(("oxygen_saturation", 5))
    assert count.false > 5


def test_the_stays_are_there_and_the_naive_rule_raises_more_often_on_them() -> None:
    found = stays()
    assert found.number == 134
    saturation = found.alarms["oxygen_saturation"]
    assert saturation.naive > 10 * len(saturation.raised) > 0
    assert sum(saturation.suppressed.values()) <= saturation.naive


def test_the_command_finds_everything_and_says_so_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detection", "--days", "1", "--seed", "40"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["found"] == result["episodes"] > 40
    assert result["raised_short"] == 0
    assert result["false_per_day"] <= 0.5
    assert result["naive_per_day"] > 20


def test_no_days_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detection", "--days", "0"]) == 2
    assert "--days: expected at least 1" in capsys.readouterr().err
