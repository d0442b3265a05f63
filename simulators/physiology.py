"""What is true of a patient's body at any time: one function of (patient, seconds since 1970) for each vital.

Values are in the unit of the vital's row in the catalogue. Nothing here is measured yet: see `devices`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from simulators.days import DAY, HOUR, MINUTE, awake, digestion, exertion, hour_of_day
from simulators.noise import Values, smooth, uniform
from simulators.patients import Patient

APNOEA_EVERY, APNOEA_LASTS = 7 * MINUTE, 35.0
HEART_LAGS = (0.0, 45.0, 100.0)
"""Seconds by which the heart follows the legs."""
INTERSTITIAL_LAG = 8 * MINUTE
"""A glucose sensor under the skin tells of the blood some minutes ago."""


def _daily(at: Values, peak: float) -> Values:
    return np.cos(2 * np.pi * (hour_of_day(at) - peak) / 24)


def _effort(patient: Patient, at: Values) -> Values:
    effort = exertion(patient, at - HEART_LAGS[0])
    for lag in HEART_LAGS[1:]:
        effort = effort + exertion(patient, at - lag)
    return effort / len(HEART_LAGS)


def heart_rate(patient: Patient, at: Values) -> Values:
    """Slower asleep, quicker on the legs and after meals; breathes and wanders."""
    seed = patient.seed
    rest = patient.resting_heart_rate + 1.5 * _daily(at, 15) - patient.night_dip * (1 - awake(patient, at))
    wander = 1.8 * smooth(seed, "heart/minutes", at, 4 * MINUTE) + 1.2 * smooth(seed, "heart/breath", at, 12)
    return rest + 20 * _effort(patient, at) + 3 * digestion(patient, at) + wander


def respiratory_rate(patient: Patient, at: Values) -> Values:
    """Follows the heart at a distance."""
    wander = 0.7 * smooth(patient.seed, "breath/minutes", at, 3 * MINUTE)
    return patient.resting_respiration - 1.3 * (1 - awake(patient, at)) + 3.2 * _effort(patient, at) + wander


def oxygen_saturation(patient: Patient, at: Values) -> Values:
    """A little lower asleep, with the short dips of a snorer."""
    asleep = 1 - awake(patient, at)
    slot = np.floor(at / APNOEA_EVERY)
    begins = uniform(patient.seed, "apnoea/when", slot) * (APNOEA_EVERY - 2 * APNOEA_LASTS)
    along = (np.mod(at, APNOEA_EVERY) - begins) / APNOEA_LASTS
    depth = 3.0 * patient.apnoea * (uniform(patient.seed, "apnoea/depth", slot) > 0.45)
    dip = depth * np.where((along > 0) & (along < 1), np.sin(np.pi * along), 0)
    wander = 0.4 * smooth(patient.seed, "oxygen/minutes", at, 6 * MINUTE)
    return np.minimum(patient.saturation + wander - asleep * (0.6 + dip) - 0.4 * exertion(patient, at), 100)


def body_temperature(patient: Patient, at: Values) -> Values:
    """Lowest before dawn, highest towards evening."""
    wander = 0.06 * smooth(patient.seed, "temperature/hours", at, HOUR)
    return patient.temperature + patient.temperature_swing * _daily(at, 17.5) + wander


def _pressure(patient: Patient, at: Values, usual: float, stream: str) -> Values:
    asleep = 1 - awake(patient, at)
    surge = 0.04 * np.exp(-(((hour_of_day(at) - patient.wakes - 1) / 1.5) ** 2))
    of_today = 0.03 * smooth(patient.seed, stream, at, 2 * DAY) + 0.015 * smooth(patient.seed, stream + "/m", at, 240)
    return usual * (1 + surge - 0.12 * asleep + 0.08 * _effort(patient, at) + of_today)


def systolic_pressure(patient: Patient, at: Values) -> Values:
    """Rises with waking, dips at night."""
    return _pressure(patient, at, patient.systolic, "systolic")


def diastolic_pressure(patient: Patient, at: Values) -> Values:
    """As the systolic one, from its own usual value."""
    return _pressure(patient, at, patient.diastolic, "diastolic")


def blood_glucose(patient: Patient, at: Values) -> Values:
    """Fasting value, meals, the rise at dawn, and what the legs burn."""
    dawn = 7 * np.exp(-(((hour_of_day(at) - 6.5) / 1.3) ** 2))
    wander = 4 * smooth(patient.seed, "glucose/hours", at, 50 * MINUTE)
    risen: Values = patient.fasting_glucose + patient.meal_rise * digestion(patient, at) + dawn + wander
    return risen - 8 * _effort(patient, at)


def glucose(patient: Patient, at: Values) -> Values:
    """Under the skin, where it follows the blood."""
    return blood_glucose(patient, at - INTERSTITIAL_LAG)


def weight(patient: Patient, at: Values) -> Values:
    """Water and meals by day, a slow drift by month."""
    by_month = 600 * smooth(patient.seed, "weight/month", at, 30 * DAY)
    by_day = 250 * smooth(patient.seed, "weight/day", at, DAY)
    return patient.weight + by_month + by_day + 300 * _daily(at, 20)


def activity(patient: Patient, at: Values) -> Values:
    """ENMO: a sleeper's few milli-g with a turn now and then, a walker's 200."""
    turn = uniform(patient.seed, "turning", np.floor(at / MINUTE)) > 0.97
    still = 2 + 9 * awake(patient, at) + 25 * turn
    return still + 190 * exertion(patient, at)


VITALS: Mapping[str, Callable[[Patient, Values], Values]] = MappingProxyType(
    {
        "heart_rate": heart_rate,
        "oxygen_saturation": oxygen_saturation,
        "respiratory_rate": respiratory_rate,
        "body_temperature": body_temperature,
        "systolic_pressure": systolic_pressure,
        "diastolic_pressure": diastolic_pressure,
        "glucose_sensor": glucose,
        "glucose_finger": blood_glucose,
        "weight": weight,
        "activity": activity,
    }
)
