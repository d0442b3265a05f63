"""What is usual for one person at this hour of the day, and how far from it they are now.

An hour is told by the median of its windows: not half an hour of exertion moves it. What is usual are the quartiles of
the same hour on the fourteen days before: three days of illness do not move them, they can be drawn as the band in
which half of the days lie, and a store finds each by one aggregation, where a median of absolute deviations would need
the days twice. How far is counted from the nearer quartile in widths of that band, as Tukey counts (Exploratory Data
Analysis, 1977): beyond 1.5 is unusual, beyond 3 is far out, whatever the shape of the distribution.

Hours are those of the clock of 24 hours that ends now, so no time zone is asked for; for two weeks after the clocks
change they are an hour off. Times are milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chevet.errors import ChevetError, expected

DAYS = 14
HOUR, DAY = 3_600_000, 86_400_000
QUARTILES = (0.25, 0.5, 0.75)
MINUTE = 60

RESTING = 0.05
"""Of a day's windows of the heart rate: the share that does not exceed what is called the resting heart rate."""
STILL = 10
"""Milli-g of a minute's movement: below it somebody lies or sits. Chevet's default."""
BRISK = 40
"""From here on somebody walks. Chevet's default."""

VITALS = ("heart_rate", "oxygen_saturation", "respiratory_rate", "body_temperature")
"""Measured often enough for an hour to have a median, and with a rhythm of the day.

Not pressure, weight and glucose by the finger: once a day is no hour. Not glucose by the sensor: meals move it, and the
consensus has shares of time for it. Not activity: what is unusual is none at all, which has a rule of its own.
"""

Times = NDArray[np.int64]
Values = NDArray[np.float64]


class BadBaseline(ChevetError):
    """What was given can have no baseline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """The quartiles of an hour over `days` days, in the unit of the vital."""

    lower: float
    median: float
    upper: float
    days: int

    def limit(self, reach: float, least: float, *, above: bool) -> float:
        """Where the unusual begins: `reach` widths of the band beyond it, but at least `least` of the unit."""
        beyond = max(reach * (self.upper - self.lower), least)
        return self.upper + beyond if above else self.lower - beyond

    def deviation(self, value: float, narrowest: float) -> float:
        """Widths of the band that `value` lies beyond it, negative below, 0 within.

        A band narrower than `narrowest`, which is more than 0, is taken to be as wide. Raises BadBaseline.
        """
        if not narrowest > 0:
            raise BadBaseline(expected("narrowest", "more than 0", narrowest), field="narrowest")
        nearest = min(max(value, self.lower), self.upper)
        return (value - nearest) / max(self.upper - self.lower, narrowest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """The hour that ends now: its median, how many `readings` are behind it, and the `age` of the newest in seconds."""

    value: float
    readings: int
    age: float
    usual: Usual
    deviation: float

    def __str__(self) -> str:
        """«+2.1 (12 of 14 days, newest 3 min)»."""
        return f"{self.deviation:+.1f} ({self.usual.days} of {DAYS} days, newest {self.age // MINUTE:.0f} min)"


def hours(at: Times, values: Values, now: int) -> Values:
    """The median of the hour that ends now, and of the same hour on each of the `DAYS` days before; NaN where none.

    `at` and `values` have one place for each window or reading, in any order; the answer has DAYS + 1.
    """
    _require_pairs(at, values)
    ago = now - at
    within = [values[(ago >= day * DAY) & (ago < day * DAY + HOUR)] for day in range(DAYS + 1)]
    return np.array([np.median(found) if found.size else np.nan for found in within])


def usual(days: Values) -> Usual | None:
    """The quartiles of what is known of some days, between two of which a part of both counts; None where nothing is.

    Whether that is enough is the caller's to judge: `days` says how many there were.
    """
    known = days[~np.isnan(days)]
    if not known.size:
        return None
    lower, median, upper = np.quantile(known, QUARTILES).tolist()
    return Usual(lower=lower, median=median, upper=upper, days=int(known.size))


def deviation(at: Times, values: Values, now: int, narrowest: float) -> Now | None:
    """How far from the usual this hour is. None where nothing was measured in it, or in none of the days before."""
    this, *days = hours(at, values, now)
    before = usual(np.array(days))
    if np.isnan(this) or before is None:
        return None
    ago = (now - at)[(now - at >= 0) & (now - at < HOUR)]
    return Now(
        value=float(this),
        readings=int(ago.size),
        age=float(ago.min()) / 1000,
        usual=before,
        deviation=before.deviation(float(this), narrowest),
    )


def _require_pairs(at: Times, values: Values) -> None:
    if at.shape != values.shape or at.ndim != 1:
        raise BadBaseline(f"at: expected one time for each value, got {at.shape} for {values.shape}", field="at")
    if not np.isfinite(values).all():
        raise BadBaseline("values: expected finite numbers, got one that is none", field="values")
