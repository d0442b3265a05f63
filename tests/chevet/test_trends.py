"""Where a line goes: witnesses typed by hand, and what holds whatever the values, their unit and their order."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chevet.severities import Side
from chevet.trends import BadTrend, Trend, trend

MINUTE = 60_000
NOW = 1_790_000_000_000
HOUR, FOUR_HOURS = 3600, 14_400

samples = st.lists(
    st.tuples(st.integers(min_value=0, max_value=239), st.integers(0, 200).map(float)),
    min_size=2,
    max_size=60,
    unique_by=lambda one: one[0],
)
"""Minutes ago, and a value."""


def _given(found: list[tuple[int, float]]) -> tuple[np.ndarray, np.ndarray]:
    at = np.array([NOW - ago * MINUTE for ago, _ in found], dtype=np.int64)
    return at, np.array([value for _, value in found], dtype=np.float64)


def _line(found: list[tuple[int, float]]) -> Trend:
    fitted = trend(*_given(found), NOW, FOUR_HOURS, 60)
    assert fitted is not None
    return fitted


def test_a_straight_line_is_found_and_told_with_what_lies_behind_it() -> None:
    # 1.5 an hour down from 96: after four hours less a minute 90.025.
    fitted = _line([(ago, 96 - 1.5 * (240 - ago) / 60) for ago in range(1, 240)])
    assert fitted.slope * 3600 == pytest.approx(-1.5)
    assert fitted.level == pytest.approx(90)
    assert str(fitted) == "-1.5 an hour (239 of 240 values, newest 1 min)"


def test_least_squares_by_hand() -> None:
    # (-2, 1), (-1, 3), (0, 2) in minutes: slope 1/2 a minute, mean 2 at -1, so 2.5 now.
    fitted = _line([(2, 1), (1, 3), (0, 2)])
    assert (fitted.slope * 60, fitted.level) == (pytest.approx(0.5), pytest.approx(2.5))
    assert str(fitted) == "+30.0 an hour (3 of 240 values, newest 0 min)"


@pytest.mark.parametrize(
    ("level", "slope", "side", "seconds"),
    [
        (93, -0.01, Side.LOW, 200),
        (91, -0.01, Side.LOW, None),
        (90, -0.01, Side.LOW, None),
        (93, 0.01, Side.LOW, None),
        (93, 0, Side.LOW, None),
        (89, 0.01, Side.HIGH, 200),
        (91, 0.01, Side.HIGH, None),
        (89, -0.01, Side.HIGH, None),
    ],
)
def test_a_limit_of_91_is_met_from_inside_and_by_a_line_that_goes_there(
    level: float, slope: float, side: Side, seconds: float | None
) -> None:
    fitted = Trend(level=level, slope=slope, points=100, awaited=240, age=0)
    assert fitted.seconds_to(91, side) == (None if seconds is None else pytest.approx(seconds))


def test_only_what_was_measured_in_the_stretch_counts() -> None:
    inside = [(0, 60.0), (120, 60.0), (239, 60.0)]
    fitted = _line([*inside, (240, 500.0), (-1, 500.0)])
    assert (fitted.slope, fitted.level, fitted.points) == (0, 60, 3)


def test_one_time_is_no_line() -> None:
    assert trend(*_given([(5, 60.0)]), NOW, FOUR_HOURS, 60) is None
    assert trend(*_given([(5, 60.0), (5, 70.0)]), NOW, FOUR_HOURS, 60) is None
    assert trend(*_given([(300, 60.0), (400, 70.0)]), NOW, FOUR_HOURS, 60) is None


@pytest.mark.parametrize("interval", [0, -60, 14_401])
def test_an_interval_that_nothing_is_due_at_is_refused(interval: int) -> None:
    with pytest.raises(BadTrend, match=r"^interval: expected more than 0 and at most 14400 seconds, got"):
        trend(*_given([(0, 60.0), (1, 60.0)]), NOW, FOUR_HOURS, interval)


def test_values_that_are_none_and_times_that_do_not_match_are_refused() -> None:
    with pytest.raises(BadTrend, match=r"^values: expected finite numbers"):
        trend(*_given([(0, math.inf), (1, 60.0)]), NOW, FOUR_HOURS, 60)
    with pytest.raises(BadTrend, match=r"^at: expected one time for each value, got \(1,\) for \(2,\)$"):
        trend(np.array([NOW]), np.array([60.0, 61.0]), NOW, FOUR_HOURS, 60)


@given(samples, st.integers(-500, 500), st.sampled_from([0.25, 0.5, 2, 8]))
def test_a_line_moves_with_what_is_added_and_grows_with_what_is_multiplied(
    found: list[tuple[int, float]], shift: int, scale: float
) -> None:
    before, after = _line(found), _line([(ago, value * scale + shift) for ago, value in found])
    assert after.slope == pytest.approx(before.slope * scale, abs=1e-9)
    assert after.level == pytest.approx(before.level * scale + shift, abs=1e-6)


@given(samples, st.integers(0, 200), st.sampled_from(list(Side)), st.integers(-500, 500), st.sampled_from([0.5, 2, 8]))
def test_the_time_to_a_limit_knows_neither_zero_nor_unit(
    found: list[tuple[int, float]], limit: int, side: Side, shift: int, scale: float
) -> None:
    before = _line(found)
    assume(abs(before.slope) > 1e-6 and abs(before.level - limit) > 1e-3)
    after = _line([(ago, value * scale + shift) for ago, value in found])
    expected = before.seconds_to(limit, side)
    seconds = after.seconds_to(limit * scale + shift, side)
    assert seconds == (None if expected is None else pytest.approx(expected, rel=1e-3))


@given(samples, st.randoms(use_true_random=False))
def test_the_order_in_which_things_came_changes_nothing(found: list[tuple[int, float]], draw: random.Random) -> None:
    one, other = _line(found), _line(draw.sample(found, len(found)))
    assert (one.slope, one.level) == (pytest.approx(other.slope, abs=1e-9), pytest.approx(other.level, abs=1e-6))
    assert (one.points, one.age) == (other.points, other.age)


@given(samples, st.floats(-0.1, 0.1), st.floats(-5, 5))
def test_no_other_line_lies_nearer(found: list[tuple[int, float]], turned: float, lifted: float) -> None:
    fitted = _line(found)

    def squares(level: float, slope: float) -> float:
        return sum((value - level + slope * 60 * ago) ** 2 for ago, value in found)

    least = squares(fitted.level, fitted.slope)
    assert least <= squares(fitted.level + lifted, fitted.slope + turned / 60) + 1e-6 * max(1, least)
