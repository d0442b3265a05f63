"""Blood pressure as it is measured at home: which readings of some days are averaged, and whether they are enough.

Two readings in the morning and two in the evening, for three to seven days; the first day is dropped, for people get
used to the cuff; the others are averaged (ESH 2023, ESC 2024). Days are counted back from the moment of looking, 24
hours each, so that no time zone decides. Where somebody measures every day, the day dropped is the oldest of seven.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

DAY_MS = 86_400_000
MOST_DAYS, FEWEST_DAYS = 7, 3
PER_DAY = 4
"""Readings: two in the morning, two in the evening."""
SYSTOLIC, DIASTOLIC = 135, 85
"""mmHg, from which an average at home is hypertension."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One measurement in mmHg, `at` in milliseconds."""

    at: int
    systolic: float
    diastolic: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Average:
    """Of `kept` readings, of `taken` in `days` days of which the first was dropped; `oldest` kept, age in seconds."""

    systolic: float
    diastolic: float
    taken: int
    kept: int
    days: int
    oldest: float

    @property
    def enough(self) -> bool:
        """Whether there are as many as the shortest protocol asks for, in all and without the first day."""
        return self.taken >= FEWEST_DAYS * PER_DAY and self.kept >= (FEWEST_DAYS - 1) * PER_DAY

    @property
    def hypertension(self) -> bool | None:
        """Whether it is from the limit on; None where there is not enough to tell."""
        return (self.systolic >= SYSTOLIC or self.diastolic >= DIASTOLIC) if self.enough else None

    def __str__(self) -> str:
        """«136/84 mmHg (12 readings of 3 days, the first dropped, oldest 2.0 d)»."""
        known = f"{self.taken} readings of {self.days} days, the first dropped, oldest {self.oldest / 86_400:.1f} d"
        return f"{self.systolic:.0f}/{self.diastolic:.0f} mmHg ({known})"


def average(readings: Iterable[Reading], until: int) -> Average | None:
    """Of the seven days before `until`; None where they hold no day but the first."""
    held = [(_day(reading, until), reading) for reading in readings if 0 <= until - reading.at < MOST_DAYS * DAY_MS]
    first = max((day for day, _ in held), default=0)
    kept = [reading for day, reading in held if day < first]
    if not kept:
        return None
    return Average(
        systolic=sum(reading.systolic for reading in kept) / len(kept),
        diastolic=sum(reading.diastolic for reading in kept) / len(kept),
        taken=len(held),
        kept=len(kept),
        days=first + 1,
        oldest=(until - min(reading.at for reading in kept)) / 1000,
    )


def _day(reading: Reading, until: int) -> int:
    """0 for the last 24 hours."""
    return (until - reading.at) // DAY_MS
