"""Alarms across steps of the wall clock: none is missed, none comes twice, none comes too soon."""

from __future__ import annotations

import pytest

from chevet.detection import Change, Detector
from chevet.readings import Quality, Reading
from chevet.rules import OF_VITAL
from chevet.segments import DAY, Moment
from chevet.severities import Severity
from chevet.signals import SignalDetector
from chevet.steady import Steady

YEAR = 365 * DAY
BEGAN = 1_790_000_000_000
STEADY = Steady(boot="b1", ahead=BEGAN)
STEPS = [-30 * YEAR, -10 * YEAR, -DAY, -90_000, -5000, 5000, 90_000, 10 * YEAR, 50 * YEAR]
[LOW] = [rule for rule in OF_VITAL["oxygen_saturation"] if rule.key == "oxygen_saturation.low"]


def readings(values: list[float], step: int, stepped_at: int) -> list[Reading]:
    """One each ten seconds since the boot; the wall clock steps before the one at place `stepped_at`."""
    return [
        Reading(
            gateway="g01",
            device="ox",
            vital="oxygen_saturation",
            value=value,
            measured_at=BEGAN + place * 10_000 + (step if place >= stepped_at else 0),
            segment=f"b1.{BEGAN + (step if place >= stepped_at else 0)}",
            run="r1",
            sequence=place,
            quality=Quality.GOOD,
            origin="test",
        )
        for place, value in enumerate(values)
    ]


def alarms(values: list[float], step: int, stepped_at: int) -> list[tuple[Change, Severity, int]]:
    detector = Detector(LOW)
    several = [STEADY.of(one) for one in readings(values, step, stepped_at)]
    found = [one for reading in several for one in detector.step(reading)]
    return [(one.change, one.severity, one.onset) for one in found]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("stepped_at", [7, 8, 12, 13, 14, 20])
def test_a_desaturation_that_spans_a_step_is_the_same_alarm_as_without(step: int, stepped_at: int) -> None:
    values = [97.0] * 6 + [84.0] * 12 + [97.0] * 12
    whole = alarms(values, 0, 0)
    assert alarms(values, step, stepped_at) == whole
    assert [change for change, *_ in whole].count(Change.RAISED) == 1
    assert Severity.HIGH in {severity for _, severity, _ in whole}


@pytest.mark.parametrize("step", STEPS)
def test_a_dip_of_half_a_minute_does_not_last_a_minute_because_the_clock_stepped(step: int) -> None:
    assert alarms([97.0] * 6 + [84.0] * 3 + [97.0] * 6, step, 7) == []


@pytest.mark.parametrize("step", STEPS)
def test_a_signal_is_silent_as_long_after_its_last_good_reading_whatever_the_clock_shows(step: int) -> None:
    signal = SignalDetector("oxygen_saturation")
    signal.step(STEADY.of(readings([97.0], 0, 1)[0]))

    def silent(seconds: int) -> bool:
        now = Moment(boot="b1", monotonic=seconds * 1000, wall=BEGAN + step + seconds * 1000)
        return bool(signal.at(STEADY.at(now.wall, now)))

    assert not silent(300)
    assert silent(301)


def test_a_signal_that_died_with_a_boot_whose_clock_was_ahead_is_silent_all_the_same() -> None:
    signal = SignalDetector("oxygen_saturation")
    signal.step(readings([97.0], 0, 1)[0])
    assert signal.at(BEGAN - 10 * YEAR) == []
    assert signal.at(BEGAN - 10 * YEAR + 300_000) == []
    [silent] = signal.at(BEGAN - 10 * YEAR + 301_000)
    assert silent.onset == BEGAN - 10 * YEAR


def test_people_are_told_the_time_by_the_wall_clock_as_it_goes_now() -> None:
    stepped = Moment(boot="b1", monotonic=90_000, wall=BEGAN + YEAR + 90_000)
    detector = Detector(LOW)
    found = [one for reading in readings([84.0] * 9, YEAR, 4) for one in detector.step(STEADY.of(reading))]
    told = STEADY.told(found[0], stepped)
    assert (told.change, told.onset, told.at) == (Change.RAISED, BEGAN + YEAR, BEGAN + YEAR + 60_000)


def test_what_differs_by_less_than_a_second_is_no_step() -> None:
    reading = readings([97.0], 900, 0)[0]
    assert STEADY.of(reading) == reading
    now = Moment(boot="b1", monotonic=0, wall=BEGAN + 900)
    assert STEADY.at(BEGAN, now) == STEADY.shown(BEGAN, now) == BEGAN


@pytest.mark.parametrize("segment", ["unknown", "s1", "b0.5"])
def test_a_reading_of_another_boot_or_of_no_clock_that_is_known_stays_as_it_is(segment: str) -> None:
    [reading] = readings([97.0], 0, 1)
    other = Reading(**{name: getattr(reading, name) for name in Reading.__dataclass_fields__} | {"segment": segment})
    assert STEADY.of(other) is other
