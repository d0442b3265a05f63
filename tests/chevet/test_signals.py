"""Technical conditions: silent, not to be believed, in contact and not breathing. None of them is a clinical value."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chevet.detection import Change, Transition
from chevet.readings import Quality, Reading
from chevet.rules import check_after
from chevet.severities import Kind, Severity
from chevet.signals import SignalDetector
from chevet.vitals import DEVICE_VITALS, Vital

NOON = 1_700_000_000_000
BAD = [Quality.SUSPECT, Quality.MISSING]

every_fresh_vital = pytest.mark.parametrize(
    "vital", [vital for vital in DEVICE_VITALS if vital.stale_after], ids=lambda vital: vital.key
)
every_bad = pytest.mark.parametrize("quality", BAD)


@dataclass
class Signal:
    """A detector and the readings that come to it, at seconds after noon."""

    vital: str
    detector: SignalDetector = field(init=False)
    sequence: int = 0

    def __post_init__(self) -> None:
        self.detector = SignalDetector(self.vital)

    def reads(self, at: float, quality: Quality, value: float | None = None) -> list[Transition]:
        self.sequence += 1
        return self.detector.step(_reading(self.vital, at, self.sequence, quality, value))

    def at(self, at: float) -> list[Transition]:
        return self.detector.at(NOON + round(at * 1000))


def _reading(vital: str, at: float, sequence: int, quality: Quality, value: float | None = None) -> Reading:
    plain = {Quality.GOOD: 40.0 if vital != "fall" else 0.0, Quality.SUSPECT: 1e6, Quality.MISSING: None}[quality]
    row = next(one for one in DEVICE_VITALS if one.key == vital)
    if quality is Quality.GOOD and row.plausible and not row.is_plausible(plain or 0):
        plain = row.plausible[0]
    return Reading(
        gateway="g01",
        device="d1",
        vital=vital,
        value=plain if value is None else value,
        measured_at=NOON + round(at * 1000),
        segment="s",
        run="r",
        sequence=sequence,
        quality=quality,
        origin="test",
    )


@every_fresh_vital
@every_bad
def test_bad_readings_are_checked_when_they_last_longer_than_allowed_and_not_at_it(
    vital: Vital, quality: Quality
) -> None:
    signal, seconds = Signal(vital.key), check_after(vital.key)
    assert signal.reads(-10, Quality.GOOD) == signal.reads(0, quality) == signal.reads(seconds, quality) == []
    (raised,) = signal.reads(seconds + 0.001, quality)
    assert raised == Transition(
        change=Change.RAISED,
        rule=f"{vital.key}.check",
        vital=vital.key,
        kind=Kind.TECHNICAL,
        severity=Severity.MEDIUM,
        onset=NOON,
        at=NOON + seconds * 1000 + 1,
    )
    assert signal.reads(seconds + 10, quality) == []


@every_bad
def test_an_event_such_as_a_fall_has_no_signal_that_could_stay_bad(quality: Quality) -> None:
    signal = Signal("fall")
    assert [signal.reads(at, quality) for at in (0, 10_000, 90_000)] == [[], [], []]


@every_fresh_vital
@every_bad
def test_one_good_reading_ends_every_condition_and_counts_anew(vital: Vital, quality: Quality) -> None:
    signal, seconds = Signal(vital.key), check_after(vital.key)
    signal.reads(0, quality)
    signal.reads(seconds + 1, quality)
    (cleared,) = signal.reads(seconds + 2, Quality.GOOD)
    assert (cleared.change, cleared.rule, cleared.onset) == (Change.CLEARED, f"{vital.key}.check", NOON)
    assert signal.detector.raised == {}
    assert signal.reads(seconds + 3, quality) == signal.reads(2 * seconds + 3, quality) == []
    assert [one.onset for one in signal.reads(2 * seconds + 4, quality)] == [NOON + (seconds + 3) * 1000]


@every_fresh_vital
def test_silence_is_raised_after_stale_after_and_not_at_it(vital: Vital) -> None:
    signal, stale = Signal(vital.key), vital.stale_after or 0
    signal.reads(0, Quality.GOOD)
    assert signal.at(stale) == []
    (raised,) = signal.at(stale + 0.001)
    assert (raised.rule, raised.kind, raised.severity, raised.onset) == (
        f"{vital.key}.silent",
        Kind.TECHNICAL,
        Severity.MEDIUM,
        NOON,
    )
    assert signal.at(stale + 60) == []
    assert signal.detector.raised == {"silent": NOON}


@every_fresh_vital
def test_silence_counts_from_the_last_good_reading_though_bad_ones_come(vital: Vital) -> None:
    signal, stale = Signal(vital.key), vital.stale_after or 0
    signal.reads(0, Quality.GOOD)
    signal.reads(stale - 1, Quality.MISSING)
    assert [one.rule for one in signal.at(stale + 1)] == [f"{vital.key}.silent"]


@every_fresh_vital
def test_what_never_was_good_is_silent_since_it_was_first_seen(vital: Vital) -> None:
    signal, stale = Signal(vital.key), vital.stale_after or 0
    assert signal.at(10 * stale) == []
    signal.reads(0, Quality.MISSING)
    assert signal.at(stale) == []
    assert [one.onset for one in signal.at(stale + 1)] == [NOON]


def test_falls_have_no_freshness() -> None:
    signal = Signal("fall")
    signal.reads(0, Quality.GOOD)
    assert signal.at(10_000_000) == []


@pytest.mark.parametrize("value", [0.0, 1.0, 2.0])
def test_a_sensor_in_contact_that_counts_no_breath_calls_staff_after_thirty_seconds(value: float) -> None:
    signal = Signal("respiratory_rate")
    assert signal.reads(0, Quality.SUSPECT, value) == signal.reads(29.999, Quality.SUSPECT, value) == []
    (raised,) = signal.reads(30, Quality.SUSPECT, value)
    assert (raised.rule, raised.severity, raised.kind) == (
        "respiratory_rate.contact",
        Severity.HIGH,
        Kind.TECHNICAL,
    )
    (cleared,) = signal.reads(31, Quality.GOOD)
    assert (cleared.change, cleared.severity) == (Change.CLEARED, Severity.HIGH)


@pytest.mark.parametrize(
    ("quality", "value"), [(Quality.SUSPECT, 2.1), (Quality.SUSPECT, 90.0), (Quality.MISSING, None)]
)
def test_other_bad_readings_of_breathing_wait_for_the_check(quality: Quality, value: float | None) -> None:
    signal = Signal("respiratory_rate")
    assert [one for at in range(0, 300, 10) for one in signal.reads(at, quality, value)] == []
    signal.reads(300, Quality.SUSPECT, 0)
    assert [one.rule for one in signal.reads(329, Quality.SUSPECT, 0)] == ["respiratory_rate.check"]
    assert [one.rule for one in signal.reads(330, Quality.SUSPECT, 0)] == ["respiratory_rate.contact"]


def test_a_breath_between_counts_anew() -> None:
    signal = Signal("respiratory_rate")
    signal.reads(0, Quality.SUSPECT, 0)
    signal.reads(20, Quality.GOOD)
    assert signal.reads(21, Quality.SUSPECT, 0) == signal.reads(50.999, Quality.SUSPECT, 0) == []
    assert [one.onset for one in signal.reads(51, Quality.SUSPECT, 0)] == [NOON + 21_000]


def test_a_clock_that_steps_back_does_not_delay_the_check_until_it_is_noon_again() -> None:
    signal = Signal("heart_rate")
    signal.reads(0, Quality.MISSING)
    assert signal.reads(-5000, Quality.MISSING) == signal.reads(-4700, Quality.MISSING) == []
    assert [one.onset for one in signal.reads(-4699, Quality.MISSING)] == [NOON - 5_000_000]


def test_a_clock_that_steps_back_counts_from_the_earlier_time_and_never_ends_before_it_began() -> None:
    signal = Signal("heart_rate")
    signal.reads(0, Quality.MISSING)
    signal.reads(301, Quality.MISSING)
    assert signal.reads(-5000, Quality.MISSING) == []
    (cleared,) = signal.reads(-4000, Quality.GOOD)
    assert cleared.at >= cleared.onset == NOON


actions = st.lists(
    st.tuples(st.integers(-30, 200), st.sampled_from(Quality), st.sampled_from([0.0, 2.0, 90.0])), max_size=40
)


@given(actions)
def test_a_restart_at_every_point_changes_nothing_and_duplicates_neither(
    steps: list[tuple[int, Quality, float]],
) -> None:
    once, again = SignalDetector("respiratory_rate"), SignalDetector("respiratory_rate")
    at = 0
    for sequence, (later, quality, value) in enumerate(steps):
        at += later
        reading = _reading("respiratory_rate", at, sequence, quality, value if quality is Quality.SUSPECT else None)
        now = NOON + at * 1000 + 400_000
        wanted = [*once.step(reading), *once.at(now)]
        state = json.loads(json.dumps(again.dump()))
        again = SignalDetector("respiratory_rate")
        again.load(state)
        assert [*again.step(reading), *again.at(now)] == wanted
        assert again.step(reading) == []


@given(actions)
def test_a_condition_is_raised_once_and_cleared_once_and_only_by_a_good_reading(
    steps: list[tuple[int, Quality, float]],
) -> None:
    detector, there, at = SignalDetector("respiratory_rate"), set[str](), 0
    for sequence, (later, quality, value) in enumerate(steps):
        at += later
        reading = _reading("respiratory_rate", at, sequence, quality, value if quality is Quality.SUSPECT else None)
        for change in detector.step(reading) + detector.at(NOON + at * 1000):
            assert change.kind is Kind.TECHNICAL
            assert (change.change is Change.RAISED) is (change.rule not in there)
            assert change.change is Change.RAISED or quality is Quality.GOOD
            there ^= {change.rule}
        assert {f"respiratory_rate.{name}" for name in detector.raised} == there
