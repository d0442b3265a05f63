"""What a doctor reads of some weeks of glucose: shares, mean, variation, GMI and the day's profile, with how complete.

GMI estimates HbA1c: Bergenstal, Diabetes Care 2018;41:2275. The profile is the ambulatory glucose profile.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from chevet.glucose import LEVELS, MG_PER_DL, Goal, level
from chevet.time_in_range import ENOUGH, Reading, Stretch, completeness, share, slots, within
from chevet.units import MG_PER_DL_IN_MMOL_PER_L

STABLE = 36
"""Per cent of variation up to which glucose is stable."""
GMI_AT_ZERO, GMI_PER_MG = 3.31, 0.02392
PERCENTILES = (5, 25, 50, 75, 95)
HOUR_MS, DAY_MS = 3_600_000, 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """`shares` of time by the key of each level and `completeness`, in per cent; `oldest` reading's age in seconds.

    Numbers are in the unit measured. Below ENOUGH the others are not to be relied on, and `str` says so.
    """

    unit: str
    shares: Mapping[str, float]
    goals: Mapping[Goal, float]
    mean: float | None
    deviation: float | None
    completeness: float
    oldest: float | None

    @property
    def enough(self) -> bool:
        """Whether there are enough readings to speak of shares."""
        return self.completeness >= ENOUGH

    @property
    def variation(self) -> float | None:
        """Deviation by mean, in per cent; up to STABLE glucose is stable."""
        return None if self.mean is None or self.deviation is None else 100 * self.deviation / self.mean

    @property
    def gmi(self) -> float | None:
        """Glucose management indicator, per cent."""
        if self.mean is None:
            return None
        mg_per_dl = self.mean if self.unit == MG_PER_DL else self.mean * MG_PER_DL_IN_MMOL_PER_L
        return GMI_AT_ZERO + GMI_PER_MG * mg_per_dl

    @property
    def missed(self) -> tuple[Goal, ...]:
        """The goals that were not reached; none where there is not enough to tell."""
        return tuple(goal for goal, held in self.goals.items() if self.enough and goal.missed(held))

    def __str__(self) -> str:
        """«in range 64.2 % (88 % of readings, oldest 13.9 d)»."""
        if self.oldest is None:
            return "no readings"
        known = f"{math.floor(self.completeness)} % of readings, oldest {self.oldest / 86_400:.1f} d"
        if not self.enough:
            return f"too few readings ({known})"
        return f"in range {self.shares['in_range']:.1f} % ({known})"


def summary(
    readings: Iterable[Reading], stretch: Stretch, goals: Iterable[Goal] = (), unit: str = MG_PER_DL
) -> Summary:
    """Of the readings in `stretch`. The deviation is that of all values, as Prometheus computes it."""
    measured = list(readings)
    held = within(measured, stretch)
    values, each = [reading.value for reading in held], slots(measured, stretch)
    counted = Counter(level(value, unit).key for value in each)
    found = {goal: share(goal, each, unit) for goal in goals}
    return Summary(
        unit=unit,
        shares=MappingProxyType({row.key: 100 * counted[row.key] / len(each) for row in LEVELS} if each else {}),
        goals=MappingProxyType({goal: one for goal, one in found.items() if one is not None}),
        mean=math.fsum(values) / len(values) if values else None,
        deviation=float(np.std(sorted(values))) if values else None,
        completeness=completeness(measured, stretch),
        oldest=(stretch.until - min(reading.at for reading in held)) / 1000 if held else None,
    )


def profile(readings: Iterable[Reading], *, ahead: float = 0) -> Mapping[int, Mapping[int, float]]:
    """PERCENTILES of the values of each hour of the day, on a clock `ahead` hours of UTC, as far as there are any."""
    hours: dict[int, list[float]] = {}
    for reading in readings:
        hour = int((reading.at + ahead * HOUR_MS) % DAY_MS // HOUR_MS)
        hours.setdefault(hour, []).append(reading.value)
    return MappingProxyType({hour: _percentiles(hours[hour]) for hour in sorted(hours)})


def _percentiles(values: list[float]) -> Mapping[int, float]:
    found = np.percentile(sorted(values), PERCENTILES)
    return MappingProxyType(dict(zip(PERCENTILES, map(float, found), strict=True)))
