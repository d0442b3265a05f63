"""The traits of a patient who does not exist, drawn once from a seed. Whoever has the same seed is the same person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """Rates per minute, pressures in mmHg, glucose in mg/dL, weight in grams, hours of the day in UTC.

    The ranges they are drawn from keep a patient who is well inside every limit of the catalogue.
    """

    seed: int
    wakes: float
    sleeps: float
    energy: float
    resting_heart_rate: float
    night_dip: float
    resting_respiration: float
    saturation: float
    apnoea: float
    temperature: float
    temperature_swing: float
    systolic: float
    diastolic: float
    weight: float
    fasting_glucose: float
    meal_rise: float
    glucose_unit: str


_DRAWN: tuple[tuple[str, float, float], ...] = (
    ("wakes", 6.2, 7.6),
    ("sleeps", 21.6, 22.7),
    ("energy", 0.7, 1.1),
    ("resting_heart_rate", 66, 77),
    ("night_dip", 5, 8),
    ("resting_respiration", 13.6, 15.4),
    ("saturation", 96.4, 98.2),
    ("apnoea", 0.4, 1.0),
    ("temperature", 36.5, 36.8),
    ("temperature_swing", 0.22, 0.38),
    ("systolic", 114, 138),
    ("diastolic", 68, 84),
    ("weight", 52_000, 96_000),
)
_GLUCOSE = {False: ((88, 102), (28, 42)), True: ((112, 128), (52, 78))}
"""Fasting and the rise after a meal, without and with diabetes."""


def patient(seed: int) -> Patient:
    """The patient of `seed`."""
    draw = np.random.default_rng(seed)
    traits = {name: float(draw.uniform(low, high)) for name, low, high in _DRAWN}
    fasting, rise = _GLUCOSE[bool(draw.random() < 0.5)]
    unit = "mmol/L" if draw.random() < 0.4 else "mg/dL"
    return Patient(
        seed=seed,
        fasting_glucose=float(draw.uniform(*fasting)),
        meal_rise=float(draw.uniform(*rise)),
        glucose_unit=unit,
        **traits,
    )
