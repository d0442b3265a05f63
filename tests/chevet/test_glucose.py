"""Levels and goals of glucose against the consensus, typed once more: Diabetes Care 2019;42:1593, tables 1 to 3."""

from __future__ import annotations

import pytest

from chevet.glucose import (
    ADULTS,
    LEVELS,
    MMOL_PER_L,
    OLDER_OR_HIGH_RISK,
    PREGNANCY,
    BadGlucose,
    Goal,
    Where,
    level,
)

# The first whole mg/dL of each level, and the first tenth of mmol/L.
FIRST_MG = ((0, "very_low"), (54, "low"), (70, "in_range"), (181, "high"), (251, "very_high"))
FIRST_TENTHS_OF_MMOL = ((0, "very_low"), (30, "low"), (39, "in_range"), (101, "high"), (140, "very_high"))
Typed = set[tuple[str, tuple[float, ...], tuple[float, ...], float]]
TYPED_ADULTS: Typed = {
    ("within", (70, 180), (3.9, 10.0), 70),
    ("below", (70,), (3.9,), 4),
    ("below", (54,), (3.0,), 1),
    ("above", (180,), (10.0,), 25),
    ("above", (250,), (13.9,), 5),
}
TYPED_OLDER: Typed = {
    ("within", (70, 180), (3.9, 10.0), 50),
    ("below", (70,), (3.9,), 1),
    ("above", (180,), (10.0,), 50),
    ("above", (250,), (13.9,), 10),
}
TYPED_PREGNANCY: Typed = {
    ("within", (63, 140), (3.5, 7.8), 70),
    ("below", (63,), (3.5,), 4),
    ("below", (54,), (3.0,), 1),
    ("above", (140,), (7.8,), 25),
}


def _last(firsts: tuple[tuple[int, str], ...], value: int) -> str:
    return [name for first, name in firsts if value >= first][-1]


def test_every_whole_mg_per_dl_has_its_level() -> None:
    assert [level(value).key for value in range(601)] == [_last(FIRST_MG, value) for value in range(601)]


def test_every_tenth_of_a_mmol_per_l_has_its_level_in_its_own_unit() -> None:
    found = [level(tenths / 10, MMOL_PER_L).key for tenths in range(340)]
    assert found == [_last(FIRST_TENTHS_OF_MMOL, tenths) for tenths in range(340)]


def test_what_lies_between_two_whole_numbers_falls_between_no_two_levels() -> None:
    assert [level(value).key for value in (53.9, 69.9, 180.1, 250.1)] == ["very_low", "low", "high", "very_high"]


def test_39_mmol_is_in_range_though_the_same_in_mg_is_above_70() -> None:
    assert level(3.9, MMOL_PER_L).key == "in_range"
    assert level(3.9 * 18.016).key == "in_range"
    assert level(3.89, MMOL_PER_L).key == "low"
    assert level(3.89 * 18.016).key == "in_range"


@pytest.mark.parametrize(
    ("goals", "typed"),
    [(ADULTS, TYPED_ADULTS), (OLDER_OR_HIGH_RISK, TYPED_OLDER), (PREGNANCY, TYPED_PREGNANCY)],
    ids=["adults", "older or high-risk", "pregnancy"],
)
def test_goals_are_those_of_the_consensus(goals: tuple[Goal, ...], typed: Typed) -> None:
    found = {
        (
            row.where.value,
            tuple(one.mg_per_dl for one in row.bounds),
            tuple(one.mmol_per_l for one in row.bounds),
            row.share,
        )
        for row in goals
    }
    assert found == typed
    assert len(goals) == len(typed)


def test_a_value_on_a_bound_is_within_and_neither_below_nor_above() -> None:
    within, below, _, above, _ = ADULTS
    assert [within.holds(value) for value in (69, 70, 180, 181)] == [False, True, True, False]
    assert [below.holds(value) for value in (69, 70)] == [True, False]
    assert [above.holds(value) for value in (180, 181)] == [False, True]


def test_the_goals_own_share_misses_it() -> None:
    # "less than 4 % below 70", "more than 70 % within"
    within, below, *_ = ADULTS
    assert [below.missed(share) for share in (3.9, 4, 4.1)] == [False, True, True]
    assert [within.missed(share) for share in (69.9, 70, 70.1)] == [True, True, False]


def test_another_unit_is_refused_by_its_name() -> None:
    with pytest.raises(BadGlucose, match=r"^unit: expected mg/dL or mmol/L, got 'g/L'"):
        level(1.2, "g/L")


def test_levels_have_titles_in_two_languages_and_where_is_a_word() -> None:
    assert all(row.title["en"] and row.title["fr"] for row in LEVELS)
    assert [where.value for where in Where] == ["below", "within", "above"]
