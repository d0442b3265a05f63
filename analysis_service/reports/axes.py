"""Axes of a chart: which numbers and which moments stand at it. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

MINUTE = 60_000
HOUR, DAY = 60 * MINUTE, 24 * 60 * MINUTE
_STEPS = (
    *(MINUTE * many for many in (1, 2, 5, 10, 15, 30)),
    *(HOUR * many for many in (1, 2, 3, 6, 12)),
    *(DAY * many for many in (1, 2, 5, 7, 14)),
)
_MOST_MOMENTS = 8
_MOST_NUMBERS = 6
_CLOSE = 1e-9
_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """An axis of numbers from `low` to `high`, with a line at each of `ticks`."""

    low: float
    high: float
    ticks: tuple[float, ...]
    decimals: int


def numbers(values: Sequence[float]) -> Numbers:
    """An axis that holds all of `values`, of which there is at least one."""
    low, high = min(values), max(values)
    room = (high - low) or abs(high) * 0.1 or 1.0
    step = _nice(room / (_MOST_NUMBERS - 2))
    first, last = math.floor(low / step + _CLOSE), math.ceil(high / step - _CLOSE)
    if first == last:
        last += 1
    ticks = tuple(round(step * many, 6) for many in range(first, last + 1))
    return Numbers(low=ticks[0], high=ticks[-1], ticks=ticks, decimals=_decimals(step))


def _nice(room: float) -> float:
    power = 10.0 ** math.floor(math.log10(room))
    return next(power * nice for nice in _NICE if power * nice >= room * (1 - _CLOSE))


def _decimals(step: float) -> int:
    return next(decimals for decimals in range(7) if math.isclose(round(step, decimals), step, rel_tol=1e-6))


def moments(since: int, until: int, offsets: Sequence[Sequence[int]]) -> tuple[list[int], int]:
    """The moments that stand at an axis, whole on local clocks, and the step between them."""
    step = next((one for one in _STEPS if (until - since) / one <= _MOST_MOMENTS), _STEPS[-1])
    found: list[int] = []
    first = since + minutes_ahead(since, offsets) * MINUTE
    for many in range(-(-first // step), first // step + (until - since) // step + 3):
        at = _instant(many * step, offsets)
        if since <= at <= until and (not found or at > found[-1]):
            found.append(at)
    return found, step


def _instant(local: int, offsets: Sequence[Sequence[int]]) -> int:
    guess = local - minutes_ahead(local, offsets) * MINUTE
    return local - minutes_ahead(guess, offsets) * MINUTE


def minutes_ahead(at: int, offsets: Sequence[Sequence[int]]) -> int:
    """How far local clocks are ahead at `at`, by rows of (since, minutes), the oldest first."""
    ahead = offsets[0][1]
    for since, minutes in offsets:
        if at >= since:
            ahead = minutes
    return ahead
