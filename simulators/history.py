"""Weeks of series as OpenMetrics text, computed in columns: the same windows that gateways would have cut.

Where windows are made longer than the catalogue's, names and labels stay the same; only the steps are wider.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chevet import metrics
from chevet.readings import Quality
from chevet.units import convert
from chevet.vitals import BY_KEY, Vital
from simulators.measurements import Column, Measurements, measurements
from simulators.noise import Flags, Values
from simulators.residents import Resident
from simulators.script import Occurrence

Ends = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A series: `ends` in whole or broken seconds since 1970, one value for each."""

    name: str
    labels: tuple[tuple[str, str], ...]
    ends: Values
    values: Values

    def text(self) -> str:
        """Its samples as OpenMetrics, in order of time; values to a thousandth."""
        labels = ",".join(f'{name}="{value}"' for name, value in self.labels)
        head = f"{self.name}{{{labels}}} "
        pairs = zip(np.round(self.values, 3).tolist(), self.ends.tolist(), strict=True)
        return "".join([f"{head}{value:.10g} {end:.3f}\n" for value, end in pairs])


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """From `after` to `until`, seconds since 1970, in windows of `period` seconds; 0 is the catalogue's own."""

    after: float
    until: float
    period: int = 0


def lines(resident: Resident, stretches: tuple[Stretch, ...], occurrences: Sequence[Occurrence] = ()) -> Iterator[Line]:
    """All series of a resident whom `occurrences` strike, each stretch following the one before."""
    for device in resident.devices:
        labels: tuple[tuple[str, str], ...] = ((metrics.GATEWAY, resident.gateway), (metrics.DEVICE, device.name))
        labels += ((metrics.PATIENT, resident.pseudonym),) if resident.pseudonym else ()
        joined: dict[tuple[str, str], list[tuple[Values, Values]]] = {}
        for stretch in stretches:
            measured = measurements(device, resident.body, stretch.after, stretch.until - 0.0005, occurrences)
            for column in measured.columns:
                for name, quality, ends, values in _samples(measured, column, stretch):
                    joined.setdefault((name, quality), []).append((ends, values))
        for (name, quality), parts in joined.items():
            yield Line(
                name=name,
                labels=(*labels, (metrics.QUALITY, quality)) if quality else labels,
                ends=np.concatenate([ends for ends, _ in parts]),
                values=np.concatenate([values for _, values in parts]),
            )


def _samples(measured: Measurements, column: Column, stretch: Stretch) -> Iterator[tuple[str, str, Values, Values]]:
    """Metric, quality label or "", ends and values."""
    row = BY_KEY[column.attribute.vital]
    kept = _kept(column, row)
    at = np.round(measured.last_seen * 1000).astype(np.int64)
    period = (stretch.period or row.window or 0) * 1000 if row.window else 0
    ends = (at // period + 1) * period if period else at
    of_quality = _qualities(measured, column, kept, row)
    yield from _extremes(row, ends[of_quality[Quality.GOOD]], kept[of_quality[Quality.GOOD]])
    for quality, flags in of_quality.items():
        if flags.any():
            found, counts = np.unique(ends[flags], return_counts=True)
            yield row.metric + metrics.READINGS, quality.value, found / 1000, counts.astype(np.float64)


def _kept(column: Column, row: Vital) -> Values:
    """The values in the catalogue's unit. Few differ, so each is converted once."""
    sent, place = np.unique(column.values, return_inverse=True)
    kept = np.array([convert(value, sent=column.unit, kept=row.unit) for value in sent.tolist()], dtype=np.float64)
    return kept[place] if sent.size else kept


def _qualities(measured: Measurements, column: Column, kept: Values, row: Vital) -> dict[Quality, Flags]:
    """As `chevet.zigbee.values_of` judges one report after another; a test holds the two together."""
    low, high = row.plausible or (-np.inf, np.inf)
    believed = (kept >= low) & (kept <= high) & ~measured.motion
    there = column.due & measured.contact
    return {
        Quality.GOOD: there & believed,
        Quality.MISSING: column.due & ~measured.contact,
        Quality.SUSPECT: there & ~believed,
    }


def _extremes(row: Vital, ends: Ends, good: Values) -> Iterator[tuple[str, str, Values, Values]]:
    if not ends.size:
        return
    found, first, counts = np.unique(ends, return_index=True, return_counts=True)
    at = found / 1000
    yield row.metric + metrics.MEAN, "", at, np.add.reduceat(good, first) / counts
    if row.window:
        yield row.metric + metrics.LOW, "", at, np.minimum.reduceat(good, first)
        yield row.metric + metrics.HIGH, "", at, np.maximum.reduceat(good, first)
