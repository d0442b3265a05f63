"""Time in range: how a sensor's readings become shares of time, and how complete they are.

Time is counted in slots of the sensor's own interval: in each the newest reading of a sensor speaks. One that reports
out of turn near a limit, as many do, weighs no more there than elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from chevet.errors import expected
from chevet.glucose import MG_PER_DL, BadGlucose, Goal
from chevet.vitals import BY_KEY

SENSOR = BY_KEY["glucose_sensor"]
SLOT = SENSOR.interval or 0
"""Seconds for which one reading speaks."""
HOUR = 3600
A_HOUR = HOUR // SLOT
"""Readings that are expected of an hour."""
DAYS = 14
"""Over which the consensus asks for its shares."""
ENOUGH = 70
"""Per cent of the expected readings below which nothing is said about shares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a sensor said: `value` in the unit measured, `at` in milliseconds."""

    at: int
    value: float
    device: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """So many `days` before `until`, milliseconds."""

    until: int
    days: int = DAYS

    def __post_init__(self) -> None:
        if self.days < 1:
            raise BadGlucose(expected("days", "at least 1", self.days), field="days")

    @property
    def since(self) -> int:
        """What was measured at this moment is not in it any more."""
        return self.until - self.days * 86_400_000

    @property
    def expected(self) -> int:
        """How many readings a sensor takes meanwhile."""
        return self.days * 86_400 // SLOT


def within(readings: Iterable[Reading], stretch: Stretch) -> list[Reading]:
    """Those that were measured in the stretch."""
    return [reading for reading in readings if stretch.since < reading.at <= stretch.until]


def completeness(readings: Iterable[Reading], stretch: Stretch) -> float:
    """How many of the expected readings there are, in per cent, of the whole hours that end in the stretch.

    Of an hour no more count than are expected: five hours of a sensor that tells each minute are no whole day.
    """
    ends = (_end(reading.at, HOUR) for reading in readings)
    hours = Counter(end for end in ends if stretch.since < end <= stretch.until)
    return 100 * sum(min(count, A_HOUR) for count in hours.values()) / stretch.expected


def _end(at: int, seconds: int) -> int:
    """The multiple of so many seconds at which what was measured `at` is over."""
    return -(-at // (seconds * 1000)) * seconds * 1000


def slots(readings: Iterable[Reading], stretch: Stretch) -> list[float]:
    """The newest value of each sensor in each slot that ends in the stretch, at a multiple of its own length."""
    newest: dict[tuple[str, int], Reading] = {}
    for reading in readings:
        end = _end(reading.at, SLOT)
        known = newest.get((reading.device, end))
        if stretch.since < end <= stretch.until and (known is None or reading.at > known.at):
            newest[reading.device, end] = reading
    return [reading.value for reading in newest.values()]


def share(goal: Goal, values: Iterable[float], unit: str = MG_PER_DL) -> float | None:
    """Per cent of the slots that lie where the goal says; None of no slots at all."""
    held = [goal.holds(value, unit) for value in values]
    return 100 * sum(held) / len(held) if held else None
