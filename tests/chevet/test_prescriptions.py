"""Limits prescribed for a patient: in force when they say, never two at once, and each step in its place."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chevet.errors import BadSheet
from chevet.prescriptions import (
    DEFAULTS,
    HOURS,
    contradictions,
    held_until,
    hours_of,
    in_force,
    ladder,
    overlap,
    require_step,
    step_of,
)
from chevet.rules import OF_VITAL, URGENT_VITALS
from chevet.severities import Severity, Side
from chevet.sheet import PatientLimit

NOON, DAY = 1_700_000_000_000, 86_400_000
SPO2 = "oxygen_saturation"
HIGH, MEDIUM = Severity.HIGH, Severity.MEDIUM


def limit(
    value: float,
    severity: Severity = HIGH,
    days: tuple[float, float] = (0, 10),
    hours: tuple[int, int] | None = None,
    vital: str = SPO2,
    side: Side = Side.LOW,
) -> PatientLimit:
    times = (NOON + round(days[0] * DAY), NOON + round(days[1] * DAY))
    return PatientLimit(
        vital=vital, side=side, severity=severity, value=value, from_ms=times[0], until_ms=times[1], hours=hours
    )


SPANS = st.tuples(st.integers(0, 20), st.integers(1, 20)).map(lambda one: (one[0], one[0] + one[1]))
CLOCKS = st.none() | st.tuples(st.integers(0, 24), st.integers(0, 24)).filter(lambda one: one[0] % 24 != one[1] % 24)
LIMITS = st.builds(limit, st.sampled_from([70, 80, 85, 89, 92]), st.sampled_from([HIGH, MEDIUM]), SPANS, CLOCKS)
MOMENTS = st.tuples(st.integers(-1, 42).map(lambda day: NOON + day * DAY), st.sampled_from(list(HOURS)))


def test_of_who_was_prescribed_nothing_the_catalogue_holds() -> None:
    assert in_force((), NOON, 12) == {}
    assert [(rung.severity, rung.value) for rung in ladder(SPO2, (), NOON, 12)] == [(HIGH, 88), (MEDIUM, 91)]
    assert [rung.value for rung in ladder("heart_rate", (), NOON, 12)] == [40, 50, 111, 131]


@pytest.mark.parametrize("vital", URGENT_VITALS)
def test_the_catalogue_contradicts_itself_nowhere(vital: str) -> None:
    assert list(contradictions(vital, (), NOON)) == []
    assert len(ladder(vital, (), NOON, 0)) == sum(len(rule.steps) for rule in OF_VITAL[vital])


def test_every_limit_of_the_catalogue_is_a_default() -> None:
    assert DEFAULTS[SPO2, Side.LOW, HIGH] == 88
    assert DEFAULTS["glucose_sensor", Side.HIGH, MEDIUM] == 250
    assert len(DEFAULTS) == sum(len(rule.steps) for vital in URGENT_VITALS for rule in OF_VITAL[vital])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (limit(70_000, vital="weight"), "vital: expected one that the catalogue has limits of, got 'weight'"),
        (limit(95, side=Side.HIGH), "side: expected low for oxygen_saturation, got 'high'"),
        (
            limit(10, MEDIUM, vital="respiratory_rate"),
            "severity: expected high for respiratory_rate on the low side, got 'medium'",
        ),
        (
            limit(90, Severity.LOW),
            "severity: expected high or medium for oxygen_saturation on the low side, got 'low'",
        ),
    ],
)
def test_what_no_rule_would_read_is_refused(wrong: PatientLimit, said: str) -> None:
    with pytest.raises(BadSheet) as refused:
        require_step(wrong)
    assert str(refused.value) == said
    assert said.startswith(f"{refused.value.field}: ")


def test_every_limit_of_the_catalogue_may_be_prescribed() -> None:
    for (vital, side, severity), value in DEFAULTS.items():
        require_step(limit(value, severity, vital=vital, side=side))


def test_a_prescription_past_midnight_has_its_hours_and_one_without_has_all() -> None:
    assert hours_of(limit(80, hours=(22, 7))) == {22, 23, 0, 1, 2, 3, 4, 5, 6}
    assert hours_of(limit(80, hours=(0, 24))) == hours_of(limit(80)) == set(HOURS)


def test_a_day_limit_and_a_night_limit_stand_together_and_each_has_its_time() -> None:
    day, night = limit(84, hours=(7, 22)), limit(80, hours=(22, 7))
    assert not overlap(day, night)
    assert in_force((day, night), NOON, 21) == {step_of(day): 84}
    assert in_force((day, night), NOON, 22) == {step_of(day): 80}
    assert overlap(day, replace(night, hours=(21, 7)))
    assert overlap(day, replace(night, hours=None))


def test_one_may_begin_when_another_ends() -> None:
    assert not overlap(limit(80, days=(0, 1)), limit(81, days=(1, 2)))
    assert overlap(limit(80, days=(0, 1.001)), limit(81, days=(1, 2)))


def test_a_high_limit_must_lie_beyond_the_medium_one() -> None:
    assert list(contradictions(SPO2, (limit(90),), NOON)) == []
    first = next(contradictions(SPO2, (limit(91),), NOON))
    assert (first.at, first.lower.value, first.upper.value) == (NOON, 91, 91)
    assert str(first.upper) == "the medium limit on the low side, 91"
    both = (limit(93), limit(95, MEDIUM))
    assert list(contradictions(SPO2, both, NOON)) == []


def test_where_one_of_two_ends_earlier_the_catalogues_other_counts_from_then() -> None:
    """80 and 84, of which 80 ends after five days: then high would be 88 and medium 84."""
    first = next(contradictions(SPO2, (limit(80, days=(0, 5)), limit(84, MEDIUM)), NOON))
    assert (first.at, first.lower.value, first.upper.value) == (NOON + 5 * DAY, 88, 84)


def test_a_contradiction_by_night_alone_is_found() -> None:
    found = list(contradictions(SPO2, (limit(92, hours=(22, 7)),), NOON))
    assert {one.hour for one in found} == {22, 23, 0, 1, 2, 3, 4, 5, 6}


def test_a_low_limit_must_lie_below_the_high_ones() -> None:
    slow = limit(112, MEDIUM, vital="heart_rate")
    first = next(contradictions("heart_rate", (slow,), NOON))
    assert (first.lower.side, first.upper.side, first.upper.value) == (Side.LOW, Side.HIGH, 111)


def test_what_contradicted_before_is_past() -> None:
    assert list(contradictions(SPO2, (limit(95, days=(0, 5)),), NOON + 5 * DAY)) == []


def test_held_until_goes_over_what_touches_and_stops_at_a_gap() -> None:
    one, next_one, later = limit(80, days=(0, 1)), limit(84, MEDIUM, (1, 3)), limit(80, days=(4, 5))
    many = (later, next_one, one)
    assert held_until(many, NOON) == NOON + 3 * DAY
    assert held_until(many, NOON + 3 * DAY) == NOON + 3 * DAY
    assert held_until(many, NOON - 1) == NOON - 1
    assert held_until((), NOON) == NOON


@given(LIMITS, LIMITS)
def test_two_overlap_exactly_where_a_moment_has_both(one: PatientLimit, other: PatientLimit) -> None:
    moments = [(NOON + day * DAY, hour) for day in range(41) for hour in HOURS]
    both = any(one.in_force(*moment) and other.in_force(*moment) for moment in moments)
    assert overlap(one, other) is overlap(other, one) is (both and step_of(one) == step_of(other))


@given(st.lists(LIMITS, max_size=6), MOMENTS)
def test_where_nothing_overlaps_what_is_in_force_hangs_on_no_order(
    many: list[PatientLimit], moment: tuple[int, int]
) -> None:
    apart: list[PatientLimit] = []
    for one in many:
        if not any(overlap(one, other) for other in apart):
            apart.append(one)
    found = in_force(apart, *moment)
    assert found == in_force(reversed(apart), *moment)
    assert found == {step_of(one): one.value for one in apart if one.in_force(*moment)}
    rungs = {(SPO2, rung.side, rung.severity): rung.value for rung in ladder(SPO2, apart, *moment)}
    assert rungs == {step: found.get(step, value) for step, value in DEFAULTS.items() if step[0] == SPO2}


@given(st.lists(LIMITS, max_size=5), MOMENTS)
def test_no_contradiction_means_each_moment_is_in_order_and_one_means_that_moment_is_not(
    many: list[PatientLimit], moment: tuple[int, int]
) -> None:
    found = list(contradictions(SPO2, many, NOON))
    values = [rung.value for rung in ladder(SPO2, many, *moment)]
    if not found and moment[0] >= NOON:
        assert values == sorted(set(values))
    for one in found:
        then = [rung.value for rung in ladder(SPO2, many, one.at, one.hour)]
        assert then != sorted(set(then))
        assert one.lower.value >= one.upper.value


@given(st.lists(LIMITS, max_size=6), st.integers(0, 40))
def test_each_moment_until_it_ends_is_held_and_the_end_is_not(many: list[PatientLimit], day: int) -> None:
    at = NOON + day * DAY
    end = held_until(many, at)

    def held(moment: int) -> bool:
        return any(one.from_ms <= moment < one.until_ms for one in many)

    assert end >= at
    assert all(held(moment) for moment in range(at, end, DAY // 2))
    assert not held(end)
