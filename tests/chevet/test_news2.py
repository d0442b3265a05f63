"""NEWS2 against a second table, typed from Chart 1 value by value, over the entire domain of whole numbers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chevet.news2 import (
    BANDS,
    RED,
    RESPONSES,
    SHELF_LIFE,
    NotForNews2,
    Observation,
    Part,
    Scale,
    points,
    require_eligible,
    response,
    score,
)

# Royal College of Physicians 2017, Chart 1: the first value of each column from the left, and its points.
CHART = {
    Part.RESPIRATION: ((0, 3), (9, 1), (12, 0), (21, 2), (25, 3)),
    Part.SATURATION: ((0, 3), (92, 2), (94, 1), (96, 0)),
    Part.SYSTOLIC: ((0, 3), (91, 2), (101, 1), (111, 0), (220, 3)),
    Part.PULSE: ((0, 3), (41, 1), (51, 0), (91, 1), (111, 2), (131, 3)),
}
TEMPERATURE_IN_TENTHS = ((0, 3), (351, 1), (361, 0), (381, 1), (391, 2))
SCALE_2_ON_AIR = ((0, 3), (84, 2), (86, 1), (88, 0))
SCALE_2_ON_OXYGEN = ((0, 3), (84, 2), (86, 1), (88, 0), (93, 1), (95, 2), (97, 3))


def _of_chart(columns: tuple[tuple[int, int], ...], value: int) -> int:
    return [scored for first, scored in columns if value >= first][-1]


@pytest.mark.parametrize("part", CHART)
def test_every_whole_number_scores_as_the_chart_says(part: Part) -> None:
    assert [points(part, value) for value in range(0, 401)] == [_of_chart(CHART[part], n) for n in range(0, 401)]


def test_every_tenth_of_a_degree_scores_as_the_chart_says() -> None:
    found = [points(Part.TEMPERATURE, tenths / 10) for tenths in range(200, 460)]
    assert found == [_of_chart(TEMPERATURE_IN_TENTHS, tenths) for tenths in range(200, 460)]


@pytest.mark.parametrize(("oxygen", "columns"), [(False, SCALE_2_ON_AIR), (True, SCALE_2_ON_OXYGEN)])
def test_every_saturation_on_scale_2_scores_as_the_chart_says(
    oxygen: bool, columns: tuple[tuple[int, int], ...]
) -> None:
    found = [points(Part.SATURATION, value, Scale.TWO, oxygen) for value in range(101)]
    assert found == [_of_chart(columns, value) for value in range(101)]


def test_on_scale_2_with_oxygen_unknown_only_a_saturation_from_93_is_missing() -> None:
    found = [points(Part.SATURATION, value, Scale.TWO, None) for value in range(101)]
    assert found == [_of_chart(SCALE_2_ON_AIR, value) if value < 93 else None for value in range(101)]


def test_oxygen_scores_2_and_anything_but_alert_3() -> None:
    assert [points(Part.OXYGEN, code) for code in (0, 1)] == [0, 2]
    assert [points(Part.CONSCIOUSNESS, code) for code in range(5)] == [0, 3, 3, 3, 3]


@pytest.mark.parametrize(
    ("part", "value", "wanted"),
    [
        (Part.SATURATION, 91.5, 2),
        (Part.SATURATION, 91.49, 3),
        (Part.TEMPERATURE, 36.05, 0),
        (Part.TEMPERATURE, 36.04, 1),
        (Part.RESPIRATION, 20.5, 2),
        (Part.PULSE, 90.5, 1),
        (Part.SYSTOLIC, 219.5, 3),
    ],
)
def test_what_falls_between_two_bands_is_rounded_half_up_first(part: Part, value: float, wanted: int) -> None:
    assert points(part, value) == wanted


@pytest.mark.parametrize("part", [Part.OXYGEN, Part.CONSCIOUSNESS])
def test_a_code_that_the_chart_does_not_know_is_refused_with_its_part(part: Part) -> None:
    with pytest.raises(NotForNews2, match=f"{part}: expected a code of the chart, got 5"):
        points(part, 5)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(NotForNews2, match="pulse: expected a finite number"):
        points(Part.PULSE, value)


@pytest.mark.parametrize("part", BANDS)
@given(value=st.floats(-100, 1000))
def test_every_measured_value_falls_into_exactly_one_band(part: Part, value: float) -> None:
    if part not in (Part.OXYGEN, Part.CONSCIOUSNESS):
        assert points(part, value) in (0, 1, 2, 3)


NOW = 1_800_000_000_000
WELL = {
    Part.RESPIRATION: 16,
    Part.SATURATION: 97,
    Part.OXYGEN: 0,
    Part.SYSTOLIC: 125,
    Part.PULSE: 72,
    Part.CONSCIOUSNESS: 0,
    Part.TEMPERATURE: 36.8,
}
WORST = {
    Part.RESPIRATION: 30,
    Part.SATURATION: 80,
    Part.OXYGEN: 1,
    Part.SYSTOLIC: 80,
    Part.PULSE: 140,
    Part.CONSCIOUSNESS: 4,
    Part.TEMPERATURE: 34.0,
}


def _observed(values: dict[Part, float], **minutes: float) -> dict[Part, Observation]:
    return {
        part: Observation(value=value, at=NOW - round(minutes.get(part.value, 0) * 60_000))
        for part, value in values.items()
    }


def test_who_is_well_scores_0_and_the_worst_20() -> None:
    assert score(_observed(WELL), NOW).total == 0
    assert score(_observed(WORST), NOW).total == 20


def test_a_partial_score_names_what_is_missing_and_how_old_it_is() -> None:
    values = {part: value for part, value in WORST.items() if part not in (Part.OXYGEN, Part.CONSCIOUSNESS)}
    found = score(_observed(values, systolic=38), NOW)
    assert found.missing == (Part.OXYGEN, Part.CONSCIOUSNESS)
    assert str(found) == "15 (5 of 7 parts, oldest 38 min)"


def test_oxygen_unknown_is_a_missing_part_and_not_air() -> None:
    assert Part.OXYGEN in score({}, NOW).missing
    assert str(score({}, NOW)) == "0 (0 of 7 parts)"


# Minutes, by hand: CLINICAL section 1.
SHELF_LIVES = {
    Part.RESPIRATION: 30,
    Part.SATURATION: 30,
    Part.PULSE: 30,
    Part.TEMPERATURE: 60,
    Part.SYSTOLIC: 720,
    Part.OXYGEN: 720,
    Part.CONSCIOUSNESS: 720,
}


@pytest.mark.parametrize("part", Part)
def test_a_part_counts_until_the_end_of_its_shelf_life_and_not_a_moment_longer(part: Part) -> None:
    assert SHELF_LIFE[part] == SHELF_LIVES[part] * 60
    value = {part: Observation(value=WELL[part], at=NOW - SHELF_LIVES[part] * 60_000)}
    assert part in score(value, NOW).points
    assert part in score(value, NOW + 1).missing


def test_what_comes_from_the_future_is_missing() -> None:
    assert score({Part.PULSE: Observation(value=72, at=NOW + 1)}, NOW).missing == tuple(Part)


@pytest.mark.parametrize(
    ("values", "hours"),
    [
        ({}, 12),
        ({Part.PULSE: 95}, 6),
        ({Part.PULSE: 140}, 1),
        ({Part.PULSE: 120, Part.OXYGEN: 1}, 6),
        ({Part.PULSE: 120, Part.OXYGEN: 1, Part.SATURATION: 95}, 1),
        ({Part.PULSE: 140, Part.OXYGEN: 1, Part.SATURATION: 93}, 0),
    ],
)
def test_the_response_is_that_of_chart_4(values: dict[Part, float], hours: float) -> None:
    assert response(score(_observed(WELL | values), NOW)).hours == hours


def test_one_part_of_3_is_its_own_response_below_5_points() -> None:
    assert response(score(_observed(WELL | {Part.PULSE: 140}), NOW)) is RED
    assert [row.at_least for row in RESPONSES] == [7, 5, 1, 0]


def test_children_and_pregnancy_are_refused_not_scored() -> None:
    require_eligible(16, pregnant=False)
    with pytest.raises(NotForNews2, match="age: expected at least 16 years"):
        require_eligible(15.9, pregnant=False)
    with pytest.raises(NotForNews2, match="pregnant"):
        require_eligible(30, pregnant=True)
