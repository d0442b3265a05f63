"""Downsampling: readings to windows, on event time, each series by itself.

A window [start, end) closes when a reading of its own series stands `GRACE` past its end, or after two periods in which
nothing of its series arrived. What comes for a window already closed travels alone, as a straggler. So, as long as no
reading is later than `GRACE`, windows do not depend on the order of arrival; otherwise windows and stragglers together
conserve count, minimum and maximum. Only good readings enter mean, low and high. Readings that were folded into a part
on their way count as if each had come by itself.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from chevet import metrics
from chevet.parts import Part
from chevet.readings import Quality, Reading
from chevet.remote_write import Series, series
from chevet.vitals import BY_KEY, GRACE

SILENT_PERIODS = 2
SeriesKey = tuple[str, str, str]
"""gateway, device, vital."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The readings of one series in [start, end), milliseconds; a vital with no window has start = end.

    `mean`, `low` and `high` are None where no reading was good.
    """

    gateway: str
    device: str
    vital: str
    start: int
    end: int
    mean: float | None
    low: float | None
    high: float | None
    counts: Mapping[Quality, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Straggler:
    """A reading that came after its window was closed."""

    reading: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A folded part that came after its window was closed: a straggler for each of its readings.

    `times` are as many as its readings, the good ones first. Together they have the part's counts, sum, lowest and
    highest; which value was measured when is no longer known, and of those that are not good none is.
    """

    part: Part
    times: tuple[int, ...]


Cut = Window | Straggler | Late


@dataclass(slots=True)
class _Open:
    """What is still open of one series. `closed` is the end of the newest window that no reading can enter any more."""

    closed: int = 0
    arrived: float = -math.inf
    windows: dict[int, list[Reading | Part]] = field(default_factory=dict)


class Cutter:
    """Cuts windows for any number of series. `closed` restores what `dump` gave; then add what was not yet cut."""

    def __init__(self, closed: Mapping[SeriesKey, int] | None = None) -> None:
        self._open = {key: _Open(closed=end) for key, end in (closed or {}).items()}

    def dump(self) -> dict[SeriesKey, int]:
        """For each series, the end of the newest closed window in milliseconds."""
        return {key: one.closed for key, one in self._open.items()}

    def add(self, reading: Reading, arrived: float) -> list[Cut]:
        """What `reading` closes, itself among it where it came too late.

        `arrived` is any clock in seconds that runs only while readings can arrive.
        """
        period = (BY_KEY[reading.vital].window or 0) * 1000
        if not period:
            return [aggregate([reading], reading.measured_at, reading.measured_at)]
        one = self._open.setdefault(reading.identity[:3], _Open())
        one.arrived = max(one.arrived, arrived)
        end = (reading.measured_at // period + 1) * period
        if end <= one.closed:
            return [Straggler(reading=reading)]
        one.windows.setdefault(end, []).append(reading)
        passed = (reading.measured_at - GRACE * 1000) // period * period
        return list(_close(one, max(one.closed, passed), period))

    def add_part(self, part: Part, arrived: float) -> list[Cut]:
        """As `add`. It closes what a reading at the window's start would, for more of its times is not known."""
        one = self._open.setdefault(part.key, _Open())
        one.arrived = max(one.arrived, arrived)
        end = part.start + part.period
        if end <= one.closed or part.offset:
            return [late(part)]
        one.windows.setdefault(end, []).append(part)
        passed = (part.start - GRACE * 1000) // part.period * part.period
        return list(_close(one, max(one.closed, passed), part.period))

    def at(self, clock: float) -> list[Cut]:
        """What silence closes: series of which nothing arrived for two periods on the clock of `arrived`."""
        cuts: list[Cut] = []
        for key, one in self._open.items():
            period = BY_KEY[key[2]].window or 0
            if one.windows and clock - one.arrived >= SILENT_PERIODS * period:
                cuts += _close(one, max(one.windows), period * 1000)
        return cuts


def _close(one: _Open, closed: int, period: int) -> Iterator[Window]:
    one.closed = closed
    for end in sorted(end for end in one.windows if end <= closed):
        yield aggregate(one.windows.pop(end), end - period, end)


def late(part: Part) -> Late:
    """A part that travels alone, its readings spread over its time."""
    return Late(
        part=part, times=tuple(part.begins + number * part.period // part.total for number in range(part.total))
    )


def aggregate(pieces: Sequence[Reading | Part], start: int, end: int) -> Window:
    """The window of `pieces`, which are all of one series and not none. The mean does not depend on their order."""
    readings = [one for one in pieces if isinstance(one, Reading)]
    parts = [one for one in pieces if isinstance(one, Part)]
    good = [
        float(reading.value) for reading in readings if reading.quality is Quality.GOOD and reading.value is not None
    ]
    ends = [end for part in parts for end in part.ends()]
    counts = sum((Counter(part.counts) for part in parts), Counter(reading.quality for reading in readings))
    first = pieces[0]
    return Window(
        gateway=first.gateway,
        device=first.device,
        vital=first.vital,
        start=start,
        end=end,
        mean=math.fsum([*good, *(part.sum for part in parts)]) / counts[Quality.GOOD] if counts[Quality.GOOD] else None,
        low=min([*good, *ends], default=None),
        high=max([*good, *ends], default=None),
        counts=dict(sorted(counts.items())),
    )


def to_series(cuts: Iterable[Cut]) -> list[Series]:
    """The samples of `cuts`, one series for each metric and label set, as ingest takes them.

    A store keeps one sample of a series at one time: a second one (the clock stepped back) stands a millisecond later.
    """
    samples: dict[tuple[str, tuple[tuple[str, str], ...]], dict[int, float]] = {}
    for cut in cuts:
        for name, labels, at, value in _samples(cut):
            points = samples.setdefault((name, tuple(labels.items())), {})
            while at in points:
                at += 1
            points[at] = value
    return [series(name, dict(labels), *sorted(points.items())) for (name, labels), points in samples.items()]


def latest(reading: Reading) -> Series:
    """The sample that screens show as "now"; for good readings only."""
    value = math.nan if reading.value is None else reading.value
    name = BY_KEY[reading.vital].metric + metrics.LATEST
    return series(name, _labels(reading), (reading.measured_at, value))


def _samples(cut: Cut) -> Iterator[tuple[str, dict[str, str], int, float]]:
    if isinstance(cut, Late):
        yield from _samples_of_late(cut)
        return
    if isinstance(cut, Straggler):
        value = math.nan if cut.reading.value is None else cut.reading.value
        labels = _labels(cut.reading) | {"quality": cut.reading.quality.value}
        yield BY_KEY[cut.reading.vital].metric + metrics.STRAGGLER, labels, cut.reading.measured_at, value
        return
    row = BY_KEY[cut.vital]
    ends = ((metrics.MEAN, cut.mean), *(((metrics.LOW, cut.low), (metrics.HIGH, cut.high)) if row.window else ()))
    for suffix, value in ends:
        if value is not None:
            yield row.metric + suffix, _labels(cut), cut.end, value
    for quality, count in cut.counts.items():
        yield row.metric + metrics.READINGS, _labels(cut) | {"quality": quality.value}, cut.end, count


def _samples_of_late(cut: Late) -> Iterator[tuple[str, dict[str, str], int, float]]:
    name = BY_KEY[cut.part.vital].metric + metrics.STRAGGLER
    others = [
        (quality, math.nan) for quality, n in cut.part.counts.items() if quality is not Quality.GOOD for _ in range(n)
    ]
    valued = [(Quality.GOOD, value) for value in cut.part.values()] + others
    for at, (quality, value) in zip(cut.times, valued, strict=True):
        yield name, _labels(cut.part) | {"quality": quality.value}, at, value


def _labels(of: Window | Reading | Part) -> dict[str, str]:
    return {"gateway": of.gateway, "device": of.device}
