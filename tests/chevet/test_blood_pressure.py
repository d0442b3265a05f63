"""Categories of blood pressure against a second table, over every pair of whole numbers; so the screening rule."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from chevet.blood_pressure import (
    HYPERTENSION_FROM,
    TABLES,
    Anomaly,
    BadPressure,
    Place,
    Society,
    category,
    is_hypertension,
    is_isolated_systolic,
    screened,
)

PAIRS = [(systolic, diastolic) for systolic in range(40, 301) for diastolic in range(20, 201)]


# Each society's words once more, from the highest category down, as its own table reads.
def esc_office(s: int, d: int) -> str:
    if s > 139 or d > 89:
        return "hypertension"
    return "elevated" if 120 <= s <= 139 or 70 <= d <= 89 else "non-elevated"


def esc_home(s: int, d: int) -> str:
    if s > 134 or d > 84:
        return "hypertension"
    return "elevated" if 120 <= s <= 134 or 70 <= d <= 84 else "non-elevated"


ESH = {"grade 3": (180, 110), "grade 2": (160, 100), "grade 1": (140, 90), "high-normal": (130, 85)}
ESH |= {"normal": (120, 80), "optimal": (0, 0)}


def esh_office(s: int, d: int) -> str:
    return next(name for name, (least_s, least_d) in ESH.items() if s >= least_s or d >= least_d)


def esh_home(s: int, d: int) -> str:
    return "hypertension" if s > 134 or d > 84 else "no hypertension"


def acc_office(s: int, d: int) -> str:
    if s > 139 or d > 89:
        return "stage 2"
    if 130 <= s <= 139 or 80 <= d <= 89:
        return "stage 1"
    return "elevated" if 120 <= s <= 129 and d < 80 else "normal"


def acc_home(s: int, d: int) -> str:
    if s > 134 or d > 84:
        return "stage 2"
    if 130 <= s <= 134 or 80 <= d <= 84:
        return "stage 1"
    return "elevated" if 120 <= s <= 129 and d < 80 else "normal"


TYPED: dict[tuple[str, str], Callable[[int, int], str]] = {
    ("ESC 2024", "office"): esc_office,
    ("ESC 2024", "home"): esc_home,
    ("ESH 2023", "office"): esh_office,
    ("ESH 2023", "home"): esh_home,
    ("ACC/AHA 2017", "office"): acc_office,
    ("ACC/AHA 2017", "home"): acc_home,
}


@pytest.mark.parametrize(("society", "place"), TABLES, ids=lambda one: one.value)
def test_every_pair_of_whole_numbers_is_classed_as_the_societys_table_says(society: Society, place: Place) -> None:
    typed = TYPED[society.value, place.value]
    found = [category(s, d, society, place).name for s, d in PAIRS]
    assert found == [typed(s, d) for s, d in PAIRS]
    assert len(set(found)) == len(TABLES[society, place])


def test_every_table_has_its_second() -> None:
    assert {(society.value, place.value) for society, place in TABLES} == set(TYPED)


def test_only_a_systolic_that_is_high_is_isolated() -> None:
    found = {(s, d) for s, d in PAIRS if is_isolated_systolic(s, d)}
    assert found == {(s, d) for s in range(140, 301) for d in range(20, 90)}


@pytest.mark.parametrize(
    ("place", "systolic", "diastolic"),
    [("office", 140, 90), ("home", 135, 85), ("day", 135, 85), ("night", 120, 70), ("24 h", 130, 80)],
)
def test_either_value_at_the_limit_of_its_place_is_hypertension(place: str, systolic: int, diastolic: int) -> None:
    where = Place(place)
    assert HYPERTENSION_FROM[where] == (systolic, diastolic)
    assert is_hypertension(systolic, diastolic - 1, where)
    assert is_hypertension(systolic - 1, diastolic, where)
    assert not is_hypertension(systolic - 1, diastolic - 1, where)


def test_every_pair_is_screened_once() -> None:
    def typed(s: int, d: int) -> str | None:
        low, high = s <= 89 or d <= 59, s >= 141 or d >= 91
        return {(True, True): "mixed", (True, False): "hypotension", (False, True): "hypertension"}.get((low, high))

    assert [screened(s, d) for s, d in PAIRS] == [typed(s, d) for s, d in PAIRS]


def test_a_reading_of_150_to_55_is_mixed_and_90_to_60_or_140_to_90_nothing() -> None:
    assert screened(150, 55) is Anomaly.MIXED
    assert screened(90, 60) is None
    assert screened(140, 90) is None


@pytest.mark.parametrize("nonsense", [math.nan, math.inf, -1])
def test_what_is_no_pressure_is_refused_by_its_name(nonsense: float) -> None:
    with pytest.raises(BadPressure, match=r"^systolic: expected mmHg, at least 0"):
        screened(nonsense, 80)
    with pytest.raises(BadPressure, match=r"^diastolic: expected mmHg, at least 0"):
        category(120, nonsense, Society.ESC)
    with pytest.raises(BadPressure, match=r"^diastolic: expected mmHg, at least 0"):
        is_hypertension(120, nonsense, Place.HOME)


def test_a_table_that_nobody_wrote_is_refused() -> None:
    with pytest.raises(BadPressure, match=r"^place: expected one of which ESC 2024 has a table, got 'night'"):
        category(120, 80, Society.ESC, Place.NIGHT)


def test_titles_are_in_two_languages() -> None:
    assert all(row.title["en"] == row.name and row.title["fr"] for rows in TABLES.values() for row in rows)
