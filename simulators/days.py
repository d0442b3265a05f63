"""A patient's day: when they are awake, move and eat. Functions of time; each day differs a little from the next."""

from __future__ import annotations

import numpy as np

from simulators.noise import Values, smooth, uniform
from simulators.patients import Patient

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0

MEALS: tuple[tuple[str, float, float], ...] = (
    ("breakfast", 7.9, 0.85),
    ("lunch", 12.4, 1.0),
    ("snack", 16.2, 0.35),
    ("dinner", 19.0, 0.95),
)
"""Name, hour, size."""
WALKS: tuple[tuple[str, float], ...] = (("morning walk", 10.3), ("afternoon walk", 17.2))
JITTER_HOURS = 0.4


def hour_of_day(at: Values) -> Values:
    """0 to 24, UTC."""
    return np.mod(at, DAY) / HOUR


def moment(patient: Patient, what: str, hour: float, day: Values) -> Values:
    """When `what` happens on each of `day` (days since 1970), in seconds since 1970: near `hour`, never exactly."""
    jitter = JITTER_HOURS * (uniform(patient.seed, what, day) - 0.5)
    return (day * 24 + hour + jitter) * HOUR


def awake(patient: Patient, at: Values) -> Values:
    """1 awake, 0 asleep, and the minutes in between."""
    day = np.floor(at / DAY)
    risen = _sigmoid((at - moment(patient, "waking", patient.wakes, day)) / (6 * MINUTE))
    not_yet_in_bed = _sigmoid((moment(patient, "sleeping", patient.sleeps, day) - at) / (6 * MINUTE))
    return risen * not_yet_in_bed


def exertion(patient: Patient, at: Values) -> Values:
    """0 at rest, about 1 on a brisk walk: two walks a day and the small business of a house."""
    day = np.floor(at / DAY)
    house = np.clip(smooth(patient.seed, "housework", at, 9 * MINUTE), 0, 1) * 0.45
    total = house
    for what, hour in WALKS:
        away = (at - moment(patient, what, hour, day)) / (15 * MINUTE)
        total = np.maximum(total, np.exp(-(away**4)))
    return awake(patient, at) * patient.energy * total


def digestion(patient: Patient, at: Values) -> Values:
    """The rise of blood glucose after meals, 1 at the height of a meal of size 1; yesterday's dinner counts still."""
    day = np.floor(at / DAY)
    curve = _after_meal(at, moment(patient, MEALS[-1][0], MEALS[-1][1], day - 1)) * MEALS[-1][2]
    for what, hour, size in MEALS:
        eaten = size * (0.8 + 0.4 * uniform(patient.seed, what + " size", day))
        curve = curve + eaten * _after_meal(at, moment(patient, what, hour, day))
    return curve


def _after_meal(at: Values, eaten: Values) -> Values:
    """Highest 50 minutes after the meal, nearly gone after four hours."""
    since = np.clip(at - eaten, 0, None) / (50 * MINUTE)
    return (since * np.exp(1 - since)) ** 1.6


def _sigmoid(place: Values) -> Values:
    return 1 / (1 + np.exp(-np.clip(place, -40, 40)))
