"""How long something lasts that is being used up: by the median slope of all pairs of looks at what is left.

The median (Theil and Sen) is not moved by a file that comes and goes, nor by one large one; and a trend is only
believed where it falls in clearly more pairs than it rises (Mann and Kendall), so that a store that stands still is not
said to end because it trembles.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from itertools import combinations

Look = tuple[float, float]
"""Seconds on a clock that never steps, and what is left then, in any unit."""

ENOUGH = 10
"""Looks below which nothing is said."""

SPAN = 30 * 60.0
"""Seconds that they must span: a download of ten minutes is no trend."""

CLEAR = 4.0
"""Standard deviations of Kendall's S by which it must fall."""

BEYOND = 366 * 86_400.0
"""Seconds after which an end is no forecast any more."""


def seconds_left(looks: Sequence[Look]) -> float | None:
    """Seconds from the newest of `looks` (oldest first) until nothing is left; None while there is no such trend."""
    if len(looks) < ENOUGH or looks[-1][0] - looks[0][0] < SPAN:
        return None
    pairs = [(later[0] - earlier[0], later[1] - earlier[1]) for earlier, later in combinations(looks, 2)]
    slope = statistics.median(change / seconds for seconds, change in pairs if seconds > 0)
    if slope >= 0 or not _falls_clearly(len(looks), [change for _, change in pairs]):
        return None
    left = max(0.0, looks[-1][1]) / -slope
    return left if left <= BEYOND else None


def _falls_clearly(number: int, changes: Sequence[float]) -> bool:
    score = sum((change > 0) - (change < 0) for change in changes)
    deviation = math.sqrt(number * (number - 1) * (2 * number + 5) / 18)
    return score <= -CLEAR * deviation
