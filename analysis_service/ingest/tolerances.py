"""What a sample of each series of a vital may be, as numbers: the rules of `samples` in columns. Pure.

`samples` says why; a test holds the two to the same answers.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis_service.ingest.samples import MAX_COUNT, OF_A_WINDOW
from chevet import metrics
from chevet.metrics import OF_VITALS, Metric
from chevet.readings import Quality

FINITE = (-sys.float_info.max, sys.float_info.max)
_MISSING = np.float64(math.nan).view(np.uint64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """Values within `low` and `high`, `whole` where they count, the plain NaN where `missing`; window in ms."""

    low: float
    high: float
    whole: bool = False
    missing: bool = False
    window: int


def _tolerance(metric: Metric, quality: str) -> Tolerance:
    assert metric.vital is not None  # noqa: S101 - only metrics of vitals have one
    window = (metric.vital.window or 0) * 1000 if metric.suffix in OF_A_WINDOW else 0
    if metric.suffix == metrics.STRAGGLER and quality == Quality.MISSING:
        return Tolerance(low=math.nan, high=math.nan, missing=True, window=window)
    if metric.suffix == metrics.READINGS:
        return Tolerance(low=1, high=MAX_COUNT, whole=True, window=window)
    low, high = FINITE if quality != Quality.GOOD else (metric.vital.plausible or (math.nan, math.nan))
    folded = metric.suffix == metrics.STRAGGLER and quality == Quality.SUSPECT
    return Tolerance(low=low, high=high, missing=folded, window=window)


def _rows() -> Iterator[tuple[tuple[str, str], Tolerance]]:
    for metric in OF_VITALS:
        for quality in Quality if metrics.QUALITY in metric.labels else (Quality.GOOD,):
            yield (metric.name, quality.value), _tolerance(metric, quality)


BY_SERIES: Mapping[tuple[str, str], Tolerance] = dict(_rows())
"""By metric and quality."""
NUMBERS: Mapping[tuple[str, str], int] = {key: number for number, key in enumerate(BY_SERIES)}
_TABLE = tuple(BY_SERIES.values())
_LOW = np.array([one.low for one in _TABLE])
_HIGH = np.array([one.high for one in _TABLE])
_WHOLE = np.array([one.whole for one in _TABLE])
_IS_MISSING = np.array([one.missing for one in _TABLE])
_WINDOW = np.array([one.window for one in _TABLE], np.int64)


def within(numbers: NDArray[np.intp], values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Of each value whether it is one that its row tolerates."""
    found: NDArray[np.bool_] = (values >= _LOW[numbers]) & (values <= _HIGH[numbers])
    with np.errstate(invalid="ignore"):  # a NaN may be any of many, and is no whole number
        found &= ~_WHOLE[numbers] | (values == np.floor(values))
    found |= _IS_MISSING[numbers] & (values.view(np.uint64) == _MISSING)
    return found


def stretches(numbers: NDArray[np.intp], times: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """From when until when each was measured: over a whole window, or within a millisecond."""
    windows = _WINDOW[numbers]
    return times - windows, times + (windows == 0)
