"""Where a vital is going: the line through its last hours by least squares, and when that line meets a limit.

A line is no forecast. It says what comes if all goes on as it did, and is told with how many of the expected values it
goes through and how old the newest is. Times are milliseconds, slopes the vital's unit in a second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chevet.errors import ChevetError, expected
from chevet.severities import Side

Times = NDArray[np.int64]
Values = NDArray[np.float64]
MINUTE, HOUR = 60, 3600

SEEN, FORESEEN = 4 * HOUR, 2 * HOUR
"""Seconds that a line goes through, and for which it is believed: half as long."""


class BadTrend(ChevetError):
    """What was given can have no trend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """`level` is where the line is now. `points` of `awaited` lie behind it, the newest `age` seconds old."""

    level: float
    slope: float
    points: int
    awaited: int
    age: float

    def seconds_to(self, limit: float, side: Side) -> float | None:
        """Until the line meets the limit of that side; None where it is beyond, stands still or moves away."""
        inside = self.level > limit if side is Side.LOW else self.level < limit
        towards = self.slope < 0 if side is Side.LOW else self.slope > 0
        return (limit - self.level) / self.slope if inside and towards else None

    def __str__(self) -> str:
        """«-1.5 an hour (230 of 240 values, newest 1 min)»."""
        known = f"{self.points} of {self.awaited} values, newest {self.age // MINUTE:.0f} min"
        return f"{3600 * self.slope:+.1f} an hour ({known})"


def trend(at: Times, values: Values, now: int, seconds: int, interval: int) -> Trend | None:
    """The line through what was measured in the `seconds` that end `now`, where a value is due each `interval` seconds.

    `at` and `values` have one place for each window or reading, in any order. None where fewer than two times are left.
    Whether the points are enough is the caller's to judge. Raises BadTrend.
    """
    if at.shape != values.shape or at.ndim != 1:
        raise BadTrend(f"at: expected one time for each value, got {at.shape} for {values.shape}", field="at")
    if not 0 < interval <= seconds:
        raise BadTrend(expected("interval", f"more than 0 and at most {seconds} seconds", interval), field="interval")
    ago = now - at
    kept = (ago >= 0) & (ago < seconds * 1000)
    before, found = -ago[kept] / 1000, values[kept]
    if not np.isfinite(found).all():
        raise BadTrend("values: expected finite numbers, got one that is none", field="values")
    if np.unique(before).size < 2:
        return None
    slope = _slope(before, found)
    return Trend(
        level=float(found.mean() - slope * before.mean()),
        slope=slope,
        points=int(found.size),
        awaited=seconds // interval,
        age=float(ago[kept].min()) / 1000,
    )


def _slope(before: Values, found: Values) -> float:
    """Of the line for which the squares of the distances are least; 0 exactly where all values are alike."""
    if (found == found[0]).all():
        return 0.0
    centred = before - before.mean()
    return float((centred * (found - found.mean())).sum() / (centred**2).sum())
