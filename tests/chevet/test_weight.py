"""Weight that rises fast, by hand: two kilograms in three days, and what one odd reading does not do."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chevet.weight import Reading, gained

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
UNTIL = 20_000 * DAY_MS


def each_morning(*grams: float, device: str = "") -> list[Reading]:
    """One weighing a day at the same hour, the last of them two hours ago."""
    return [
        Reading(at=UNTIL - 2 * HOUR_MS - ago * DAY_MS, grams=one, device=device)
        for ago, one in enumerate(reversed(grams))
    ]


@pytest.mark.parametrize(("today", "fast"), [(72_000, True), (71_999, False)])
def test_two_kilograms_more_than_before_are_fast_and_a_gram_less_is_not(today: float, fast: bool) -> None:
    found = gained(each_morning(70_000, 70_000, 70_000, 70_000, today), UNTIL)
    assert found is not None
    assert found.fast is fast
    assert (found.before, found.readings, found.oldest) == (70_000, 3, 98 * 3600)


def test_what_was_gained_is_told_with_what_it_is_known_from() -> None:
    assert str(gained(each_morning(70_000, 70_000, 70_000, 70_000, 72_340), UNTIL)) == (
        "+2.3 kg (3 readings before, oldest 4.1 d)"
    )
    assert str(gained(each_morning(70_000, 70_000, 70_000, 69_000), UNTIL)) == (
        "-1.0 kg (2 readings before, oldest 3.1 d)"
    )


@pytest.mark.parametrize("later", [0, 9, 11, 19])
def test_a_steady_gain_is_measured_over_three_days_at_any_hour(later: int) -> None:
    found = gained(each_morning(*(70_000 + 700 * day for day in range(10))), UNTIL + later * HOUR_MS)
    assert found is not None
    assert found.grams == 3 * 700


def test_one_odd_reading_before_is_one_of_three() -> None:
    found = gained(each_morning(70_000, 41_000, 70_300, 70_000, 70_500), UNTIL)
    assert found is not None
    assert found.grams == 500


def test_who_weighs_again_takes_back_what_clothes_had_added() -> None:
    morning = each_morning(70_000, 70_000, 70_000, 70_000, 72_500)
    again = Reading(at=UNTIL - HOUR_MS, grams=70_400)
    dressed, undressed = gained(morning, UNTIL), gained([*morning, again], UNTIL)
    assert dressed is not None
    assert undressed is not None
    assert (dressed.fast, undressed.fast) == (True, False)


def test_a_weight_is_compared_on_its_own_scale() -> None:
    at_home = each_morning(70_000, 70_000, 70_000, 70_000, 70_100, device="home")
    ward = [Reading(at=UNTIL - HOUR_MS, grams=74_000, device="ward")]
    found = gained([*at_home, *ward], UNTIL)
    assert found is not None
    assert found.grams == 100


def test_of_two_scales_the_one_that_shows_more_counts() -> None:
    found = gained([*each_morning(*[70_000] * 5, device="a"), *each_morning(*[70_000] * 4, 71_000, device="b")], UNTIL)
    assert found is not None
    assert found.grams == 1000


def test_one_morning_before_is_too_few_and_two_are_enough() -> None:
    readings = each_morning(70_000, 70_000, 70_000, 70_000, 72_000)
    assert gained([readings[1], readings[4]], UNTIL) is None
    assert gained([readings[1], readings[2], readings[4]], UNTIL) is not None


def test_the_newest_weight_speaks_for_fifty_hours() -> None:
    readings = each_morning(*[70_000] * 6, 73_000)
    later = UNTIL - 2 * HOUR_MS + 50 * HOUR_MS
    assert gained(readings, later - 1) is not None
    assert gained(readings, later) is None


def test_of_no_readings_nothing_is_said() -> None:
    assert gained([], UNTIL) is None


@given(
    st.lists(
        st.tuples(st.integers(0, 6 * DAY_MS), st.integers(2_000, 350_000), st.sampled_from("ab")),
        max_size=30,
        unique_by=lambda one: (one[0], one[2]),
    ),
    st.randoms(),
)
def test_the_order_of_readings_changes_nothing(drawn: list[tuple[int, int, str]], draw: random.Random) -> None:
    readings = [Reading(at=UNTIL - ago, grams=grams, device=device) for ago, grams, device in drawn]
    one, other = gained(readings, UNTIL), gained(draw.sample(readings, len(readings)), UNTIL)
    assert (one and one.grams) == (other and other.grams)
