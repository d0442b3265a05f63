"""Bodies in motion, and sensors without one, as a sensor at the trunk samples them: 25 rows of x, y and z a second.

Rows are in g. The shapes are simple: a posture, a rhythm, blows. Their sizes are ours, of the order that is published
for trunks: steps of 1.2 to 1.9 g, stairs to 2.4 g, running 2.4 to 4 g, sitting down 1.2 to 2.2 g and now and then into
the chair, falls of 3 g and more (Bourke 2007, Gait & Posture 26:194; Sucerquia 2017, Sensors 17:198). The sensor is of
the class of ST's LIS2DH12 at ±8 g: 4 mg a digit, 220 µg/√Hz, up to 40 mg off in each axis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 25
Rows = NDArray[np.float64]
Chance = np.random.Generator

UPRIGHT, SEATED = (0.0, -1.0, 0.0), (0.25, -0.93, 0.27)
SUPINE, PRONE, LEFT, RIGHT = (0.0, -0.05, 1.0), (0.1, -0.1, -0.98), (0.98, 0.0, 0.2), (-0.98, 0.0, 0.2)

DIGIT, RANGE = 0.004, 8.0
NOISE = 220e-6 * np.sqrt(RATE / 2)
OFFSET = 0.040


@dataclass(frozen=True, slots=True)
class Sensor:
    """What one sensor is off by, in g."""

    offset: Rows

    def sample(self, true: Rows, chance: Chance) -> Rows:
        """What it says of `true`: noise, whole digits, and nothing beyond its range."""
        noisy = true + self.offset + chance.normal(0, NOISE, true.shape)
        return np.clip(np.round(noisy / DIGIT) * DIGIT, -RANGE, RANGE)


def sensor(chance: Chance) -> Sensor:
    """One of a production run."""
    return Sensor(chance.normal(0, OFFSET / 2, 3).clip(-OFFSET, OFFSET))


def _still(posture: tuple[float, ...], seconds: float) -> Rows:
    direction = np.array(posture)
    return np.tile(direction / np.linalg.norm(direction), (round(seconds * RATE), 1))


def _turned(begin: Rows, end: Rows, seconds: float) -> Rows:
    share = np.linspace(0, 1, round(seconds * RATE))[:, None]
    between = begin + (end - begin) * share
    return np.asarray(between / np.maximum(np.linalg.norm(between, axis=1, keepdims=True), 0.2))


def living(chance: Chance, posture: tuple[float, ...], seconds: float) -> Rows:
    """Somebody at rest: breath tilts the trunk by a third of a degree to one degree, the heart knocks by 2 mg."""
    rows = _still(posture, seconds)
    at = np.arange(len(rows)) / RATE
    breath = chance.uniform(0.005, 0.015) * np.sin(2 * np.pi * (chance.uniform(0.18, 0.33) * at + chance.random()))
    rows += breath[:, None] * chance.dirichlet((1, 1, 1))
    rows[:, 2] += 0.002 * np.sin(2 * np.pi * chance.uniform(1.0, 1.5) * at)
    return rows


def resting(chance: Chance, posture: tuple[float, ...], seconds: float, fidgets_every: float = 25) -> Rows:
    """As `living`, with a hand that reaches, a leg that is crossed."""
    rows = living(chance, posture, seconds)
    for _ in range(chance.poisson(seconds / fidgets_every)):
        length = int(chance.uniform(0.8, 3) * RATE)
        begin = int(chance.integers(0, max(1, len(rows) - length)))
        part = rows[begin : begin + length]
        part += chance.normal(0, chance.uniform(0.06, 0.2), part.shape)
    return rows


def stepping(chance: Chance, seconds: float, per_second: float, lowest: float, highest: float) -> Rows:
    """Steps with a blow of each heel, `lowest` to `highest` in g."""
    rows = _still(UPRIGHT, seconds)
    at = np.arange(len(rows)) / RATE
    rows[:, 1] -= 0.3 * (lowest - 1) * np.sin(2 * np.pi * per_second * at)
    rows += chance.normal(0, 0.05 + 0.1 * (lowest - 1), rows.shape)
    for heel in np.arange(0, seconds, 1 / per_second):
        _strike(rows, int(heel * RATE), chance.uniform(lowest, highest))
    return rows


def _strike(rows: Rows, place: int, peak: float) -> None:
    """A blow along the posture, over one sample and half of the next."""
    for later, share in ((0, 1.0), (1, 0.5)):
        if place + later < len(rows):
            row = rows[place + later]
            rows[place + later] = row / np.linalg.norm(row) * (1 + (peak - 1) * share)


def walking(chance: Chance, seconds: float = 40) -> Rows:
    return stepping(chance, seconds, 1.8, 1.25, 1.9)


def stairs(chance: Chance, seconds: float = 15) -> Rows:
    return stepping(chance, seconds, 1.6, 1.3, 2.4)


def running(chance: Chance, seconds: float = 25) -> Rows:
    """For the bus: and then a few steps, and standing out of breath."""
    panting = resting(chance, UPRIGHT, 30, fidgets_every=6)
    return np.concatenate([stepping(chance, seconds, 2.7, 2.4, 4.0), walking(chance, 6), panting])


def sitting_down(chance: Chance, seconds: float = 240) -> Rows:
    """One of thirty times somebody drops into the chair."""
    hard = chance.random() < 1 / 30
    rows = np.concatenate(
        [_turned(_still(UPRIGHT, 0.04)[0], _still(SEATED, 0.04)[0], 1.4), resting(chance, SEATED, seconds)]
    )
    _strike(rows, int(1.4 * RATE), chance.uniform(2.4, 3.2) if hard else chance.uniform(1.2, 2.2))
    return rows


def jumping(chance: Chance) -> Rows:
    """A hop with both feet off the ground, and on."""
    flight = _still(UPRIGHT, chance.uniform(0.25, 0.4)) * 0.08
    rows = np.concatenate([living(chance, UPRIGHT, 2), flight, walking(chance, 8)])
    _strike(rows, 2 * RATE + len(flight), chance.uniform(3, 5))
    return rows


def lying_down(chance: Chance) -> Rows:
    rows = np.concatenate([_turned(_still(SEATED, 0.04)[0], _still(SUPINE, 0.04)[0], 2), resting(chance, SUPINE, 60)])
    _strike(rows, 2 * RATE, chance.uniform(1.2, 1.8))
    return rows


def turning_in_bed(chance: Chance, seconds: float = 900) -> Rows:
    """A quarter of an hour of sleep and a turn to another side."""
    sides = (SUPINE, LEFT, RIGHT, PRONE)
    before, after = (sides[one] for one in chance.choice(len(sides), 2, replace=False))
    turn = _turned(_still(before, 0.04)[0], _still(after, 0.04)[0], 2.5)
    return np.concatenate([living(chance, before, seconds - 2.5), turn + chance.normal(0, 0.1, turn.shape)])


def _handled(chance: Chance, seconds: float) -> Rows:
    """A sensor in a hand, turned this way and that."""
    rows = _still(LEFT, seconds) + chance.normal(0, 0.15, (round(seconds * RATE), 3))
    return np.asarray(rows)


def _dropped(chance: Chance, height: float, seconds: float) -> Rows:
    """A sensor falls freely, tumbling, bounces twice to four times and lies."""
    parts, blows = [_handled(chance, 4)], []
    for _ in range(chance.integers(2, 5)):
        flight = np.sqrt(2 * height / 9.81)
        parts.append(chance.normal(0, 0.03, (max(1, round(flight * RATE)), 3)))
        blows.append((sum(len(part) for part in parts), min(RANGE, chance.uniform(8, 25) * np.sqrt(height))))
        height *= 0.2
    rows = np.concatenate([*parts, _still(SUPINE, seconds), _handled(chance, 5)])
    for place, peak in blows:
        _strike(rows, place, peak)
    return rows


def dropped_on_a_table(chance: Chance) -> Rows:
    return _dropped(chance, chance.uniform(0.25, 0.4), 300)


def dropped_on_the_floor(chance: Chance) -> Rows:
    return _dropped(chance, chance.uniform(0.8, 1.4), 120)


def laid_down(chance: Chance, seconds: float = 900) -> Rows:
    """Beside the shower."""
    rows = np.concatenate([_handled(chance, 5), _still(SUPINE, seconds), _handled(chance, 5)])
    _strike(rows, 5 * RATE, chance.uniform(1.05, 2.7))
    return rows


def _fallen(chance: Chance, tipping: Rows, posture: tuple[float, ...], peak: float, after: Rows) -> Rows:
    """Tips over, hits the ground, comes to rest within a second and a half, and `after`."""
    settling = living(chance, posture, 1.5)
    settling += chance.normal(0, 0.25, settling.shape) * np.linspace(1, 0, len(settling))[:, None]
    rows = np.concatenate([walking(chance, 5), tipping, settling, after])
    _strike(rows, 5 * RATE + len(tipping), peak)
    _strike(rows, 5 * RATE + len(tipping) + 8, min(peak * 0.6, 2.4))
    return rows


def _tipping(posture: tuple[float, ...], seconds: float, least: float) -> Rows:
    """Some of the weight is gone while a body tips over, never all of it."""
    rows = _turned(_still(UPRIGHT, 0.04)[0], _still(posture, 0.04)[0], seconds)
    dip = 1 - (1 - least) * np.sin(np.linspace(0, np.pi, len(rows)))
    return np.asarray(rows * dip[:, None])


def falling_forward(chance: Chance) -> Rows:
    lying = np.concatenate([living(chance, PRONE, chance.uniform(40, 200)), _handled(chance, 10)])
    return _fallen(chance, _tipping(PRONE, 0.7, chance.uniform(0.3, 0.6)), PRONE, chance.uniform(3, 6), lying)


def falling_sideways(chance: Chance) -> Rows:
    lying = np.concatenate([living(chance, LEFT, chance.uniform(40, 200)), _handled(chance, 10)])
    return _fallen(chance, _tipping(LEFT, 0.6, chance.uniform(0.3, 0.6)), LEFT, chance.uniform(3, 7), lying)


def slumping(chance: Chance) -> Rows:
    """Along a wall, to sit at its foot."""
    sitting = np.concatenate([living(chance, SEATED, chance.uniform(40, 200)), _handled(chance, 10)])
    return _fallen(chance, _tipping(SEATED, 1.8, 0.75), SEATED, chance.uniform(2.7, 3.5), sitting)


def falling_and_crawling(chance: Chance) -> Rows:
    """Somebody who moves on within half a minute: no fall by the definition, which wants 30 s of stillness."""
    crawling = _still(PRONE, 60) + chance.normal(0, 0.15, (60 * RATE, 3))
    after = np.concatenate([living(chance, PRONE, chance.uniform(3, 20)), crawling, walking(chance, 10)])
    return _fallen(chance, _tipping(PRONE, 0.7, 0.4), PRONE, chance.uniform(3, 6), after)
