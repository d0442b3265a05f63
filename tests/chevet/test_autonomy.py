"""Days left: the trend of what is free, not moved by what comes and goes, silent where there is no trend."""

from __future__ import annotations

import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chevet.autonomy import Look, seconds_left

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
GB, MB = 1e9, 1e6


def falling(per_day: float, free: float = 10 * GB, hours: float = 6.0) -> list[Look]:
    """A look each minute; `free` at the last."""
    number = round(hours * 60) + 1
    return [(at * MINUTE, free + per_day * (number - 1 - at) * MINUTE / DAY) for at in range(number)]


def test_ten_gigabytes_that_shrink_by_one_a_day_last_ten_days() -> None:
    assert seconds_left(falling(1 * GB)) == pytest.approx(10 * DAY)


@pytest.mark.parametrize("per_day", [0.0, -1 * GB], ids=["stands still", "grows"])
def test_what_does_not_shrink_has_no_end(per_day: float) -> None:
    assert seconds_left(falling(per_day)) is None


def test_a_store_that_only_trembles_has_no_end() -> None:
    chance = random.Random(4)
    for _ in range(20):
        trembling = [(at * MINUTE, 200 * MB + chance.uniform(-5, 5) * MB) for at in range(360)]
        assert seconds_left(trembling) is None


def test_a_log_that_is_cut_each_hour_does_not_move_the_trend() -> None:
    sawtooth = [(at, free - (at % HOUR) / HOUR * 20 * MB) for at, free in falling(1 * GB)]
    assert seconds_left(sawtooth) == pytest.approx(10 * DAY, rel=0.1)


def test_one_large_file_that_comes_and_goes_does_not_move_the_trend() -> None:
    looks = [(at, free - (5 * GB if 2 * HOUR <= at < 2.5 * HOUR else 0)) for at, free in falling(1 * GB)]
    assert seconds_left(looks) == pytest.approx(10 * DAY, rel=0.15)


def test_one_large_file_that_stays_is_no_trend() -> None:
    assert seconds_left([(at, free - (2 * GB if at >= 5 * HOUR else 0)) for at, free in falling(0.0)]) is None


def test_half_an_hour_is_enough_and_a_minute_less_is_not() -> None:
    assert seconds_left(falling(1 * GB, hours=0.5)) == pytest.approx(10 * DAY)
    assert seconds_left(falling(1 * GB, hours=0.5)[1:]) is None


def test_nine_looks_are_not_enough_however_long_they_take() -> None:
    looks = [(number * HOUR, 10 * GB - number * GB) for number in range(10)]
    assert seconds_left(looks) == pytest.approx(HOUR)
    assert seconds_left(looks[:9]) is None


def test_an_end_beyond_a_year_is_no_forecast() -> None:
    assert seconds_left(falling(10 * GB / 365)) == pytest.approx(365 * DAY)
    assert seconds_left(falling(10 * GB / 367)) is None


def test_a_full_store_ends_now() -> None:
    assert seconds_left(falling(1 * GB, free=0.0)) == 0.0


def test_two_looks_at_one_moment_do_no_harm() -> None:
    looks = falling(1 * GB)
    assert seconds_left([*looks, looks[-1]]) == pytest.approx(10 * DAY)


@given(st.floats(0.1, 100), st.floats(1, 1000), st.floats(-1e6, 1e6), st.floats(0.5, 2))
def test_neither_the_unit_nor_when_the_clock_began_matters(
    per_day: float, free: float, begun: float, unit: float
) -> None:
    assume(abs(free / per_day - 366) > 1)
    looks = falling(per_day, free, hours=1)
    other = seconds_left([(at + begun, amount * unit) for at, amount in looks])
    here = seconds_left(looks)
    assert other == (None if here is None else pytest.approx(here, rel=1e-3))
