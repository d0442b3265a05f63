"""Produced against stored, window by window: what is lost, what stands twice, which windows are wrong. Pure.

A window is [start, end) of one series; a vital that has none stands at its own time, as a window of one. Windows and
stragglers together must give back count, mean, lowest and highest of what was produced.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bench.produced import GOOD, Produced
from chevet.vitals import BY_KEY, GRACE

WindowKey = tuple[str, str, int]
"""device, vital, and the end in milliseconds."""


@dataclass(slots=True)
class Content:
    """What a window holds: readings by quality, and its good values."""

    counts: Counter[str] = field(default_factory=Counter)
    values: list[float] = field(default_factory=list)

    def add(self, quality: str, value: float | None) -> None:
        self.counts[quality] += 1
        if quality == GOOD and value is not None:
            self.values.append(value)


@dataclass(slots=True)
class StoredWindow:
    """What the store has of a window: its own samples, and the stragglers measured in it."""

    counts: Counter[str] = field(default_factory=Counter)
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    stragglers: Content = field(default_factory=Content)


@dataclass(slots=True)
class Differences:
    """`first` is the first difference in the order of time, in words; empty where there is none."""

    lost: int = 0
    duplicated: int = 0
    wrong_windows: int = 0
    first: str = ""


def window_end(vital: str, at: int) -> int:
    """The end of the window that a reading of that time belongs to."""
    period = (BY_KEY[vital].window or 0) * 1000
    return (at // period + 1) * period if period else at


def expected_windows(produced: Iterable[Produced]) -> dict[WindowKey, Content]:
    """The windows that the readings make."""
    windows: dict[WindowKey, Content] = defaultdict(Content)
    for reading in produced:
        key = (reading.device, reading.vital, window_end(reading.vital, reading.at))
        windows[key].add(reading.quality, reading.value)
    return dict(windows)


def still_open(produced: Iterable[Produced]) -> set[WindowKey]:
    """The windows that no later reading of their own series has closed; only silence closes them."""
    newest: dict[tuple[str, str], int] = {}
    ends: set[WindowKey] = set()
    for reading in produced:
        series = (reading.device, reading.vital)
        newest[series] = max(newest.get(series, 0), reading.at)
        if BY_KEY[reading.vital].window:
            ends.add((*series, window_end(reading.vital, reading.at)))
    return {(device, vital, end) for device, vital, end in ends if end + GRACE * 1000 > newest[device, vital]}


def compared(expected: Mapping[WindowKey, Content], stored: Mapping[WindowKey, StoredWindow]) -> Differences:
    """Every window that either side knows, in the order of time."""
    found = Differences()
    for key in sorted(expected.keys() | stored.keys(), key=lambda key: (key[2], key)):
        wanted, had = expected.get(key, Content()), stored.get(key, StoredWindow())
        counts = had.counts + had.stragglers.counts
        found.lost += (wanted.counts - counts).total()
        found.duplicated += (counts - wanted.counts).total()
        if not _same(wanted, had):
            found.wrong_windows += 1
            found.first = found.first or _sentence(key, wanted, had)
    return found


def _same(wanted: Content, had: StoredWindow) -> bool:
    if wanted.counts != had.counts + had.stragglers.counts:
        return False
    late = had.stragglers.values
    total = (had.mean or 0.0) * had.counts[GOOD] + math.fsum(late)
    lows = [*late, *([] if had.low is None else [had.low])]
    highs = [*late, *([] if had.high is None else [had.high])]
    return (
        _close(total, math.fsum(wanted.values))
        and min(lows, default=None) == min(wanted.values, default=None)
        and max(highs, default=None) == max(wanted.values, default=None)
    )


def _close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-9)


def _sentence(key: WindowKey, wanted: Content, had: StoredWindow) -> str:
    device, vital, end = key
    lows, highs = min(wanted.values, default=None), max(wanted.values, default=None)
    mean = math.fsum(wanted.values) / len(wanted.values) if wanted.values else None
    return (
        f"{vital} of {device}, window ending {end}: expected {dict(wanted.counts)} mean {mean} from {lows} to {highs}, "
        f"got {dict(had.counts)} mean {had.mean} from {had.low} to {had.high} "
        f"and stragglers {dict(had.stragglers.counts)} {had.stragglers.values}"
    )
