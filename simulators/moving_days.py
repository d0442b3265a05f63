"""Days of somebody who moves, sits, sleeps, drops the sensor and falls: the motions of a day as rows, in any order.

Far more happens in one of these days than in a real one, so that a few of them say how often a rule is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from simulators import acceleration as motions
from simulators.acceleration import RATE, Chance, Rows

DAY = 24 * 3600 * RATE
"""Samples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """`per_day` of it in a day; `fall`, or `thing` where only the sensor falls; with neither nobody is to be called."""

    name: str
    rows: Callable[[Chance], Rows]
    per_day: int
    fall: bool = False
    thing: bool = False


MOTIONS: tuple[Motion, ...] = (
    Motion(name="walking", rows=motions.walking, per_day=60),
    Motion(name="stairs", rows=motions.stairs, per_day=16),
    Motion(name="sitting down", rows=motions.sitting_down, per_day=30),
    Motion(name="running", rows=motions.running, per_day=1),
    Motion(name="jumping", rows=motions.jumping, per_day=2),
    Motion(name="lying down", rows=motions.lying_down, per_day=3),
    Motion(name="turning in bed", rows=motions.turning_in_bed, per_day=34),
    Motion(name="laid down", rows=motions.laid_down, per_day=2),
    Motion(name="dropped on a table", rows=motions.dropped_on_a_table, per_day=1, thing=True),
    Motion(name="dropped on the floor", rows=motions.dropped_on_the_floor, per_day=1, thing=True),
    Motion(name="falling forward", rows=motions.falling_forward, per_day=1, fall=True),
    Motion(name="falling sideways", rows=motions.falling_sideways, per_day=1, fall=True),
    Motion(name="slumping", rows=motions.slumping, per_day=1, fall=True),
    Motion(name="falling and crawling on", rows=motions.falling_and_crawling, per_day=1),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`rows` of one motion, as a sensor samples them, the first of them the `begins`-th of the day."""

    motion: Motion
    begins: int
    rows: Rows

    @property
    def hardest(self) -> int:
        """The sample of the day with the highest magnitude in this scene."""
        return self.begins + int(np.argmax(np.linalg.norm(self.rows, axis=1)))


RESTING = Motion(name="resting", rows=lambda chance: motions.resting(chance, motions.SEATED, 60), per_day=0)


def day(seed: int) -> Iterator[Scene]:
    """A day of at least 24 hours, with a rest in the chair after each motion."""
    chance = np.random.default_rng(seed)
    sensor = motions.sensor(chance)
    order = [motion for motion in MOTIONS for _ in range(motion.per_day)]
    begins = 0
    for place in chance.permutation(len(order)):
        motion = order[place]
        for one, true in ((motion, motion.rows(chance)), (RESTING, motions.resting(chance, motions.SEATED, 280))):
            yield Scene(motion=one, begins=begins, rows=sensor.sample(true, chance))
            begins += len(true)
