"""One patient whose weeks go wrong: glucose too low for hours of every night, and weight that rises."""

from __future__ import annotations

import math
from collections.abc import Iterator

from chevet.vitals import BY_KEY

PATIENT, GATEWAY = "p-weeks", "g10"
FIVE_MINUTES, HOUR, DAY = 300, 3600, 86_400
LOW, CALM, LOW_FOR = 50, 110, 2 * HOUR
WEIGHINGS = (70_100, 69_900, 70_000, 70_200, 70_000, 72_600)
"""Grams, a day apart, the last three hours ago."""


def measured(now: float) -> Iterator[str]:
    """A glucose sensor for fourteen days, and a scale each morning of the last of them."""
    of = f'gateway="{GATEWAY}",patient="{PATIENT}"'
    sensor, scale = BY_KEY["glucose_sensor"].metric, BY_KEY["weight"].metric
    end = math.floor(now) - 60
    for at in range(end - 14 * DAY + FIVE_MINUTES, end + 1, FIVE_MINUTES):
        yield f'{sensor}{{device="glucose-sensor",{of}}} {LOW if at % DAY < LOW_FOR else CALM} {at}\n'
    for ago, grams in zip(range(len(WEIGHINGS) - 1, -1, -1), WEIGHINGS, strict=True):
        yield f'{scale}{{device="scale",{of}}} {grams} {now - 3 * HOUR - ago * DAY:.0f}\n'
