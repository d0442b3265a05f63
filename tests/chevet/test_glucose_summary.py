"""Summary and profile of glucose: each number once by hand, and the laws that hold of any readings."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chevet.glucose import ADULTS, BELOW_54, MMOL_PER_L, PREGNANCY, BadGlucose
from chevet.glucose_summary import Summary, profile, summary
from chevet.time_in_range import Reading, Stretch, completeness, share, slots, within

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
UNTIL = 20_000 * DAY_MS
FORTNIGHT, DAY = Stretch(until=UNTIL), Stretch(until=UNTIL, days=1)


def every_five_minutes(*values: float) -> list[Reading]:
    """The last of them a minute before UNTIL."""
    last = UNTIL - MINUTE_MS
    return [Reading(at=last - 5 * MINUTE_MS * ago, value=value) for ago, value in enumerate(reversed(values))]


READINGS = st.lists(
    st.builds(
        Reading,
        at=st.integers(UNTIL - 15 * DAY_MS, UNTIL + HOUR_MS),
        value=st.integers(20, 600).map(float),
        device=st.sampled_from(["left", "right"]),
    ),
    max_size=60,
    unique_by=lambda reading: (reading.at, reading.device),
)


@given(READINGS)
def test_shares_of_the_five_levels_sum_to_the_whole(readings: list[Reading]) -> None:
    found = summary(readings, FORTNIGHT)
    assert sum(found.shares.values()) == pytest.approx(100 if slots(readings, FORTNIGHT) else 0)


@given(READINGS, st.randoms())
def test_the_order_in_which_readings_came_changes_nothing(readings: list[Reading], draw: random.Random) -> None:
    shuffled = draw.sample(readings, len(readings))
    assert summary(shuffled, FORTNIGHT, ADULTS) == summary(readings, FORTNIGHT, ADULTS)
    assert profile(shuffled) == profile(readings)


@given(READINGS)
def test_below_54_is_never_more_than_below_70(readings: list[Reading]) -> None:
    within_, below_70, below_54, above_180, above_250 = (share(goal, slots(readings, FORTNIGHT)) for goal in ADULTS)
    if within_ is not None and below_70 is not None and below_54 is not None:
        assert above_180 is not None
        assert above_250 is not None
        assert below_54 <= below_70
        assert above_250 <= above_180
        assert within_ + below_70 + above_180 == pytest.approx(100)


@given(READINGS)
def test_a_reading_that_came_twice_is_one_in_every_share(readings: list[Reading]) -> None:
    assert sorted(slots(readings * 2, FORTNIGHT)) == sorted(slots(readings, FORTNIGHT))


def test_a_summary_by_hand() -> None:
    # Ten readings: 50 60 69 70 100 180 181 250 251 400; mean 161.1; squares sum to 376423.
    # Variance 37642.3 - 25953.21 = 11689.09; deviation 108.1161; CV 67.1112 %; GMI 3.31 + 0.02392 * 161.1 = 7.163512.
    found = summary(every_five_minutes(50, 60, 69, 70, 100, 180, 181, 250, 251, 400), DAY, ADULTS)
    assert found.shares == {"very_low": 10, "low": 20, "in_range": 30, "high": 20, "very_high": 20}
    assert list(found.goals.values()) == [30, 30, 10, 40, 20]
    assert found.mean == pytest.approx(161.1)
    assert found.deviation == pytest.approx(108.1161, abs=1e-4)
    assert found.variation == pytest.approx(67.1112, abs=1e-4)
    assert found.gmi == pytest.approx(7.163512)
    assert found.completeness == pytest.approx(100 * 10 / 288)
    assert found.oldest == 60 + 9 * 300
    assert not found.enough
    assert found.missed == ()
    assert str(found) == "too few readings (3 % of readings, oldest 0.0 d)"


def test_in_mmol_values_and_bounds_stay_in_mmol() -> None:
    # 3.8 is low, 3.9 and 10.0 in range, 10.1 high; mean 6.95 mmol/L = 125.2112 mg/dL, GMI 6.305052.
    found = summary(every_five_minutes(3.8, 3.9, 10.0, 10.1), DAY, ADULTS, MMOL_PER_L)
    assert found.shares == {"very_low": 0, "low": 25, "in_range": 50, "high": 25, "very_high": 0}
    assert found.mean == pytest.approx(6.95)
    assert found.gmi == pytest.approx(6.305052, abs=1e-6)


def test_in_pregnancy_63_to_140_is_within() -> None:
    found = summary(every_five_minutes(62, 63, 140, 141), DAY, PREGNANCY)
    assert list(found.goals.values()) == [50, 25, 0, 25]


def test_of_no_readings_nothing_is_said() -> None:
    found = summary([], FORTNIGHT, ADULTS)
    assert (found.shares, found.goals, found.mean, found.gmi, found.variation, found.oldest) == (
        {},
        {},
        None,
        None,
        None,
        None,
    )
    assert (found.completeness, found.enough, str(found)) == (0, False, "no readings")


def test_seven_tenths_of_the_expected_readings_are_enough_and_one_less_is_not() -> None:
    # 14 days of 288 readings are 4032; 70 % are 2822.4.
    readings = every_five_minutes(*[100.0] * 2823)
    assert summary(readings, FORTNIGHT).enough
    assert str(summary(readings, FORTNIGHT)) == "in range 100.0 % (70 % of readings, oldest 9.8 d)"
    assert not summary(readings[1:], FORTNIGHT).enough


def test_what_misses_its_goal_is_named_where_there_is_enough() -> None:
    # 3 of 288 readings are 1.04 %, 2 are 0.69 %.
    assert summary(every_five_minutes(*[53.0] * 3, *[100.0] * 285), DAY, ADULTS).missed == (BELOW_54,)
    assert summary(every_five_minutes(*[53.0] * 2, *[100.0] * 286), DAY, ADULTS).missed == ()


def test_more_readings_than_expected_are_no_more_than_all() -> None:
    twice = [replace(one, device=side) for one in every_five_minutes(*[100.0] * 288) for side in ("left", "right")]
    assert completeness(twice, DAY) == 100


def test_five_hours_of_a_reading_each_minute_are_five_hours_of_twenty_four() -> None:
    readings = [Reading(at=UNTIL - minute * MINUTE_MS, value=53) for minute in range(300)]
    assert completeness(readings, DAY) == pytest.approx(100 * 5 / 24)


def test_only_whole_hours_are_counted_for_completeness() -> None:
    readings = [Reading(at=UNTIL - DAY_MS + ms, value=100) for ms in (0, 1, DAY_MS)]
    assert completeness(readings, DAY) == pytest.approx(100 * 2 / 288)
    half_past = Stretch(until=UNTIL + 30 * MINUTE_MS, days=1)
    assert completeness([Reading(at=UNTIL + 1, value=100)], half_past) == 0
    assert completeness([Reading(at=UNTIL, value=100)], half_past) == pytest.approx(100 / 288)


def test_a_reading_out_of_turn_speaks_for_its_slot_alone() -> None:
    # The slot from 23:55 to midnight has two readings: the newer speaks.
    readings = [Reading(at=UNTIL - 4 * MINUTE_MS, value=100), Reading(at=UNTIL - MINUTE_MS, value=53)]
    assert slots(readings, DAY) == [53]
    assert slots(reversed(readings), DAY) == [53]


def test_two_sensors_speak_both() -> None:
    readings = [Reading(at=UNTIL - MINUTE_MS, value=value, device=side) for side, value in (("l", 53), ("r", 100))]
    assert sorted(slots(readings, DAY)) == [53, 100]


def test_a_stretch_begins_just_after_its_first_moment_and_holds_its_last() -> None:
    ends = [Reading(at=UNTIL - DAY_MS + ms, value=100) for ms in (0, 1)] + [Reading(at=UNTIL, value=100)]
    assert within(ends, DAY) == ends[1:]
    assert len(slots([Reading(at=UNTIL, value=100), Reading(at=UNTIL + 1, value=53)], DAY)) == 1


def test_a_stretch_without_days_is_refused() -> None:
    with pytest.raises(BadGlucose, match=r"^days: expected at least 1, got 0"):
        Stretch(until=UNTIL, days=0)


def test_a_days_profile_by_hand() -> None:
    # Of 10, 20, 30, 40, 50 at one hour: 5 % 12, 25 % 20, half 30, 75 % 40, 95 % 48.
    readings = [Reading(at=day * DAY_MS + 7 * HOUR_MS, value=10 * (day + 1)) for day in range(5)]
    assert profile(readings) == {7: pytest.approx({5: 12, 25: 20, 50: 30, 75: 40, 95: 48})}
    assert list(profile(readings, ahead=2)) == [9]
    assert list(profile(readings, ahead=-8)) == [23]


@given(READINGS)
def test_percentiles_rise_and_lie_among_the_values(readings: list[Reading]) -> None:
    for bands in profile(readings).values():
        assert list(bands.values()) == sorted(bands.values())
    assert set(profile(readings)) <= set(range(24))


def test_a_summary_without_unit_of_its_own_is_in_mg() -> None:
    assert summary([], DAY) == Summary(
        unit="mg/dL", shares={}, goals={}, mean=None, deviation=None, completeness=0, oldest=None
    )
