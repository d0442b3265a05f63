"""A person's own usual hour: witnesses typed by hand, and what holds whatever values, unit and order."""

from __future__ import annotations

import math
import random
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chevet.baseline import BadBaseline, Usual, deviation, hours, usual

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
NOW = 1_790_000_000_000

days = st.lists(st.one_of(st.integers(-1000, 1000).map(float), st.just(math.nan)), min_size=1, max_size=14)
samples = st.lists(
    st.tuples(st.integers(min_value=0, max_value=15 * 24 * 60), st.integers(0, 200).map(float)), min_size=1, max_size=80
)
"""Minutes ago, and a value."""


def _given(found: list[tuple[int, float]]) -> tuple[np.ndarray, np.ndarray]:
    at = np.array([NOW - ago * MINUTE for ago, _ in found], dtype=np.int64)
    return at, np.array([value for _, value in found], dtype=np.float64)


def _each_day(values: list[float], ago: int = 10) -> list[tuple[int, float]]:
    """One value so many minutes before now on each day before today, yesterday first."""
    return [(day * 24 * 60 + ago, value) for day, value in enumerate(values, start=1)]


def test_quartiles_by_hand() -> None:
    # 1 to 9: the third, fifth and seventh. Of 1 to 10 the first lies a quarter of the way from 3 to 4.
    nine, ten = usual(np.arange(1.0, 10.0)), usual(np.arange(1.0, 11.0))
    assert nine == Usual(lower=3, median=5, upper=7, days=9)
    assert ten == Usual(lower=3.25, median=5.5, upper=7.75, days=10)


def test_days_of_which_nothing_is_known_are_not_counted() -> None:
    assert usual(np.array([math.nan, 60, math.nan, 62])) == Usual(lower=60.5, median=61, upper=61.5, days=2)
    assert usual(np.array([math.nan, math.nan])) is None


def test_three_days_of_illness_in_fourteen_move_no_quartile_far() -> None:
    found = usual(np.array([60.0] * 11 + [110.0] * 3))
    assert found == Usual(lower=60, median=60, upper=60, days=14)


@pytest.mark.parametrize(
    ("value", "narrowest", "expected"),
    [(64, 2, 0), (66, 2, 0), (60, 2, 0), (75, 2, 1.5), (51, 2, -1.5), (76, 10, 1.0), (75, 6, 1.5)],
)
def test_a_deviation_is_counted_from_the_nearer_quartile_in_widths_of_the_band(
    value: float, narrowest: float, expected: float
) -> None:
    band = Usual(lower=60, median=64, upper=66, days=14)
    assert band.deviation(value, narrowest) == pytest.approx(expected)


@pytest.mark.parametrize(("reach", "least", "above", "below"), [(1.5, 5, 75, 51), (1.5, 15, 81, 45), (1.5, 9, 75, 51)])
def test_a_limit_lies_beyond_the_band_by_its_widths_or_by_the_least(
    reach: float, least: float, above: float, below: float
) -> None:
    band = Usual(lower=60, median=64, upper=66, days=14)
    assert band.limit(reach, least, above=True) == above
    assert band.limit(reach, least, above=False) == below


@pytest.mark.parametrize("narrowest", [0, -1, math.nan])
def test_a_band_of_no_width_is_refused_for_nothing_can_be_counted_in_it(narrowest: float) -> None:
    with pytest.raises(BadBaseline, match=r"^narrowest: expected more than 0, got"):
        Usual(lower=60, median=60, upper=60, days=14).deviation(61, narrowest)


def test_an_hour_begins_after_its_first_moment_and_ends_with_its_last() -> None:
    found = hours(*_given([(0, 70), (59, 80), (60, 500), (24 * 60, 60), (24 * 60 + 59, 62), (24 * 60 + 60, 500)]), NOW)
    assert found[:2].tolist() == [75, 61]
    assert np.isnan(found[2:]).all()


def test_what_is_still_to_come_and_what_is_older_than_fourteen_days_is_not_looked_at() -> None:
    found = hours(*_given([(-1, 500), (14 * 24 * 60 + 10, 60), (15 * 24 * 60 + 10, 500)]), NOW)
    assert len(found) == 15
    assert found[14] == 60
    assert np.isnan(found[:14]).all()


def test_exertion_of_less_than_half_an_hour_does_not_move_an_hour() -> None:
    walk = [(ago, 120.0 if ago < 29 else 64.0) for ago in range(60)]
    assert hours(*_given(walk), NOW)[0] == 64


def test_how_far_is_told_with_how_many_days_and_how_old() -> None:
    # Quartiles 60 and 64 of twelve days; 74 is ten above, two and a half widths.
    today = [(3, 74.0), (33, 74.0)]
    found = deviation(*_given(today + _each_day([60, 62, 64] * 4)), NOW, 1)
    assert found is not None
    assert (found.value, found.readings, found.age, found.usual.days) == (74, 2, 180, 12)
    assert str(found) == "+2.5 (12 of 14 days, newest 3 min)"


def test_nothing_is_said_of_an_hour_without_a_reading_or_without_a_day_before() -> None:
    assert deviation(*_given(_each_day([60, 61])), NOW, 1) is None
    assert deviation(*_given([(1, 60.0)]), NOW, 1) is None


def test_values_that_are_none_and_times_that_do_not_match_are_refused() -> None:
    with pytest.raises(BadBaseline, match=r"^values: expected finite numbers"):
        hours(np.array([NOW]), np.array([math.nan]), NOW)
    with pytest.raises(BadBaseline, match=r"^at: expected one time for each value, got \(2,\) for \(1,\)$"):
        hours(np.array([NOW, NOW]), np.array([60.0]), NOW)


@given(days, st.integers(-500, 500), st.sampled_from([0.25, 0.5, 2, 8]))
def test_quartiles_move_with_what_is_added_and_grow_with_what_is_multiplied(
    found: list[float], shift: int, scale: float
) -> None:
    before, after = usual(np.array(found)), usual(np.array(found) * scale + shift)
    if before is None or after is None:
        assert before is after
        return
    for name in ("lower", "median", "upper"):
        assert getattr(after, name) == pytest.approx(getattr(before, name) * scale + shift, abs=1e-9)


@given(days, st.floats(0.5, 50), st.integers(-1500, 1500), st.integers(-500, 500), st.sampled_from([0.25, 0.5, 2, 8]))
def test_a_deviation_knows_neither_zero_nor_unit(
    found: list[float], narrowest: float, value: int, shift: int, scale: float
) -> None:
    before, after = usual(np.array(found)), usual(np.array(found) * scale + shift)
    if before is not None and after is not None:
        expected = before.deviation(value, narrowest)
        assert after.deviation(value * scale + shift, narrowest * scale) == pytest.approx(expected, abs=1e-6)


@given(samples, st.randoms(use_true_random=False))
def test_the_order_in_which_things_came_changes_nothing(found: list[tuple[int, float]], draw: random.Random) -> None:
    shuffled = draw.sample(found, len(found))
    assert deviation(*_given(found), NOW, 1) == deviation(*_given(shuffled), NOW, 1)


@given(samples)
def test_an_hour_is_the_median_of_its_own_readings(found: list[tuple[int, float]]) -> None:
    for day, value in enumerate(hours(*_given(found), NOW).tolist()):
        own = [one for ago, one in found if day * 1440 <= ago < day * 1440 + 60]
        assert value == statistics.median(own) if own else math.isnan(value)


@given(days)
def test_quartiles_are_in_order_and_between_the_extremes(found: list[float]) -> None:
    band = usual(np.array(found))
    known = [value for value in found if not math.isnan(value)]
    if band is not None:
        assert min(known) <= band.lower <= band.median <= band.upper <= max(known)
        assert band.days == len(known)
        assert band.deviation(band.median, 1) == 0
