"""The sensors as far as they are known here: when each was last heard, and the charge of its battery."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from chevet import metrics
from exporters.gateway.exporter import newest
from exporters.gateway.machinery import Looked
from exporters.gateway.uplink import journal
from exporters.gateway.uplink.cutting import FUTURE_MS

MOST = 64
_HEARD = """
SELECT device, max(heard) AS newest FROM (
    SELECT series, max(measured_at) AS heard FROM readings WHERE cut = 0 GROUP BY series
    UNION ALL SELECT series, closed FROM closed
    UNION ALL SELECT series, max(at) FROM own_times WHERE at <= ? GROUP BY series
) JOIN series ON series.id = series GROUP BY device ORDER BY newest LIMIT ?
"""
"""Of a window that is closed the end is known: near enough, for one is a minute long. What came from the future travels
alone, and must not make a sensor seem awake until then."""


def ages(state: Path, now: int) -> dict[str, float]:
    """Seconds by device, at most `MOST` of them, those unheard the longest first; `now` in milliseconds, the service's.

    Empty where uplink has no journal yet. Whatever a sensor said counts, also that it has no finger in it.
    """
    try:
        with newest.opened(state / journal.NAME) as db:
            heard = db.execute(_HEARD, (now + FUTURE_MS, MOST))
            return {device: max(0, now - at) / 1000 for device, at in heard}
    except sqlite3.Error:
        return {}


def batteries(processes: Iterable[Looked]) -> dict[str, float]:
    """Percent by device, of those that some process says."""
    said = (one for looked in processes for one in looked.series if one.name == metrics.DEVICE_BATTERY.name)
    return {dict(one.labels)[metrics.DEVICE]: one.samples[-1][1] for one in said}
