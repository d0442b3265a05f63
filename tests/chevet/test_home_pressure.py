"""The protocol of measuring at home: which readings are averaged, and when they are enough. Numbers: ESH 2023."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chevet.home_pressure import Average, Reading, average

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
UNTIL = 20_000 * DAY_MS


def days(*pairs: tuple[float, float], readings: int = 4) -> list[Reading]:
    """So many readings on each day with one pair each, the last pair on the last day."""
    return [
        Reading(at=UNTIL - ago * DAY_MS - hour * HOUR_MS - 1, systolic=s, diastolic=d)
        for ago, (s, d) in enumerate(reversed(pairs))
        for hour in range(readings)
    ]


def found(readings: list[Reading]) -> Average:
    one = average(readings, UNTIL)
    assert one is not None
    return one


def test_three_days_are_averaged_without_the_first() -> None:
    one = found(days((190, 120), (130, 80), (142, 90)))
    assert (one.systolic, one.diastolic, one.taken, one.kept, one.days) == (136, 85, 12, 8, 3)
    assert one.enough
    assert one.hypertension
    assert str(one) == "136/85 mmHg (12 readings of 3 days, the first dropped, oldest 1.1 d)"


@pytest.mark.parametrize(
    ("systolic", "diastolic", "hypertension"),
    [(135, 84, True), (134, 85, True), (134, 84, False), (134.9, 84.9, False)],
)
def test_either_from_135_or_85_on_is_hypertension_at_home(
    systolic: float, diastolic: float, hypertension: bool
) -> None:
    assert found(days((100, 60), *[(systolic, diastolic)] * 6)).hypertension is hypertension


def test_of_somebody_who_always_measures_the_oldest_of_seven_days_is_dropped() -> None:
    one = found(days((250, 150), (200, 120), *[(120, 70)] * 6))
    assert (one.systolic, one.diastolic, one.taken, one.kept, one.days) == (120, 70, 28, 24, 7)


def test_eleven_readings_are_not_enough() -> None:
    readings = days((150, 95), (150, 95), (150, 95))
    assert found(readings).enough
    fewer = found(readings[:-1])
    assert fewer.taken == 11
    assert not fewer.enough
    assert fewer.hypertension is None


def test_twelve_readings_of_which_the_first_day_takes_five_are_not_enough() -> None:
    more = Reading(at=UNTIL - 2 * DAY_MS - 10 * HOUR_MS, systolic=150, diastolic=95)
    one = found([*days((150, 95), (150, 95), (150, 95))[1:], more])
    assert (one.taken, one.kept) == (12, 7)
    assert not one.enough


def test_of_the_first_day_alone_and_of_none_nothing_is_said() -> None:
    assert average(days((150, 95)), UNTIL) is None
    assert average([], UNTIL) is None


def test_what_is_older_than_seven_days_or_yet_to_come_does_not_count() -> None:
    readings = days(*[(120, 70)] * 7)
    outside = [
        Reading(at=UNTIL - 7 * DAY_MS, systolic=250, diastolic=150),
        Reading(at=UNTIL + 1, systolic=9, diastolic=9),
    ]
    assert average(readings + outside, UNTIL) == average(readings, UNTIL)
    inside = [Reading(at=UNTIL, systolic=250, diastolic=150)]
    assert average(readings + inside, UNTIL) != average(readings, UNTIL)


@given(
    st.lists(st.tuples(st.integers(0, 8 * DAY_MS), st.integers(60, 250), st.integers(40, 150)), max_size=40),
    st.randoms(),
)
def test_the_order_of_readings_changes_nothing_and_an_average_lies_among_them(
    drawn: list[tuple[int, int, int]], draw: random.Random
) -> None:
    readings = [Reading(at=UNTIL - ago, systolic=s, diastolic=d) for ago, s, d in drawn]
    one = average(readings, UNTIL)
    assert average(draw.sample(readings, len(readings)), UNTIL) == one
    if one is not None:
        assert min(r.systolic for r in readings) <= one.systolic <= max(r.systolic for r in readings)
        assert 0 < one.kept < one.taken
