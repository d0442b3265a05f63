"""Patients who do not exist have to be believable: the same by seed, well inside the limits, alive by day and night."""

from __future__ import annotations

import numpy as np
import pytest

from chevet.vitals import BY_KEY
from simulators import days, physiology
from simulators.noise import gaussian, smooth, uniform
from simulators.patients import patient

MIDNIGHT = 1_777_852_800.0
MINUTES = MIDNIGHT + np.arange(0, 5 * 86400, 60.0)
SEEDS = range(12)
HOURS = np.mod(MINUTES, 86400) / 3600
NIGHT, DAY = (HOURS > 1) & (HOURS < 5), (HOURS > 10) & (HOURS < 18)


@pytest.mark.parametrize("vital", physiology.VITALS)
def test_a_moment_asked_for_alone_is_the_same_as_among_many(vital: str) -> None:
    alone = [physiology.VITALS[vital](patient(3), MINUTES[place : place + 1])[0] for place in (0, 777, 5000)]
    assert alone == pytest.approx(physiology.VITALS[vital](patient(3), MINUTES)[[0, 777, 5000]])


@pytest.mark.parametrize("vital", physiology.VITALS)
def test_another_seed_is_another_person(vital: str) -> None:
    assert patient(1) != patient(2)
    assert not np.allclose(physiology.VITALS[vital](patient(1), MINUTES), physiology.VITALS[vital](patient(2), MINUTES))


@pytest.mark.parametrize("vital", physiology.VITALS)
def test_who_is_well_stays_inside_plausible_and_outside_every_limit(vital: str) -> None:
    row = BY_KEY[vital]
    for seed in SEEDS:
        values = physiology.VITALS[vital](patient(seed), MINUTES)
        assert row.is_plausible(float(values.min()))
        assert row.is_plausible(float(values.max()))
        extremes = (float(values.min()), float(values.max()))
        assert not [limit for limit in row.limits for value in extremes if limit.broken_by(value)]


@pytest.mark.parametrize(
    "vital",
    ["heart_rate", "respiratory_rate", "oxygen_saturation", "body_temperature", "systolic_pressure", "activity"],
)
def test_the_night_is_lower_than_the_day(vital: str) -> None:
    for seed in SEEDS:
        values = physiology.VITALS[vital](patient(seed), MINUTES)
        assert values[NIGHT].mean() < values[DAY].mean()


def test_a_meal_raises_glucose_within_the_hour_and_it_comes_back() -> None:
    for seed in SEEDS:
        who = patient(seed)
        lunch = days.moment(who, "lunch", 12.4, np.array([MIDNIGHT / 86400]))[0]
        before, height, after = physiology.glucose(who, np.array([lunch, lunch + 3600, lunch + 3.6 * 3600]))
        assert height > before + 12
        assert after < height - 10


def test_legs_drive_the_heart_and_the_breath() -> None:
    who = patient(5)
    effort = days.exertion(who, MINUTES)
    for vital in ("heart_rate", "respiratory_rate", "activity"):
        assert np.corrcoef(effort, physiology.VITALS[vital](who, MINUTES))[0, 1] > 0.6


def test_saturation_dips_in_sleep_and_only_there() -> None:
    who = patient(5)
    seconds = MIDNIGHT + np.arange(0, 86400, 5.0)
    values = physiology.oxygen_saturation(who, seconds)
    hours = np.mod(seconds, 86400) / 3600
    assert values[hours < 5].min() < values[(hours > 10) & (hours < 18)].min() - 0.5


def test_temperature_is_lowest_before_dawn_and_highest_towards_evening() -> None:
    values = physiology.body_temperature(patient(5), MINUTES)
    by_hour = [values[(hour <= HOURS) & (hour + 1 > HOURS)].mean() for hour in range(24)]
    assert int(np.argmin(by_hour)) in range(3, 8)
    assert int(np.argmax(by_hour)) in range(15, 21)


def test_noise_is_uniform_normal_and_without_memory_of_where_it_began() -> None:
    many = np.arange(50_000)
    assert uniform(1, "a", many).mean() == pytest.approx(0.5, abs=0.01)
    assert gaussian(1, "a", many).std() == pytest.approx(1, abs=0.02)
    assert abs(np.corrcoef(uniform(1, "a", many), uniform(1, "b", many))[0, 1]) < 0.02
    assert abs(np.corrcoef(uniform(1, "a", many), uniform(2, "a", many))[0, 1]) < 0.02
    assert np.abs(np.diff(smooth(1, "a", many.astype(float), 100.0))).max() < 0.05
