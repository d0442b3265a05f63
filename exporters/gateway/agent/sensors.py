"""When each sensor was last heard, as uplink's journal has it: the age of its newest good reading."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from exporters.gateway.exporter import newest
from exporters.gateway.uplink import journal

MOST = 64


def ages(state: Path, now: int) -> dict[str, float]:
    """Seconds by device, at most `MOST` of them, those unheard the longest first; `now` in milliseconds, the service's.

    Empty where uplink has no journal yet.
    """
    query = (
        "SELECT device, max(measured_at) AS heard FROM newest_readings JOIN series ON series.id ="
        " newest_readings.series GROUP BY device ORDER BY heard LIMIT ?"
    )
    try:
        with newest.opened(state / journal.NAME) as db:
            return {device: max(0, now - heard) / 1000 for device, heard in db.execute(query, (MOST,))}
    except sqlite3.Error:
        return {}
