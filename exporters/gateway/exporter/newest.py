"""What a pull gateway shows: for each series the newest closed window and the newest good reading, in the journal.

uplink writes it, exporter reads it from another process. There are no stragglers here: pull promises no replay.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from chevet import windows
from chevet.readings import Quality, Reading
from chevet.remote_write import Series
from chevet.windows import Window
from exporters.gateway.uplink.journal import Journal

WAIT_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Milliseconds in which the gateway is with the patient whose label the scraped series get."""

    since: int = 0
    until: int = 2**53


ALWAYS = Span()


def keep_windows(of: Journal, cuts: Iterable[Window]) -> None:
    """Within a transaction of `of`: the newest window of each series."""
    of.db.executemany(
        "INSERT INTO newest_windows VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " start = excluded.start, ended = excluded.ended, mean = excluded.mean, low = excluded.low,"
        " high = excluded.high, counts = excluded.counts WHERE excluded.ended > newest_windows.ended",
        (
            (
                of.series_id((cut.gateway, cut.device, cut.vital)),
                cut.start,
                cut.end,
                cut.mean,
                cut.low,
                cut.high,
                json.dumps(cut.counts),
            )
            for cut in cuts
        ),
    )


def keep_readings(of: Journal, readings: Iterable[Reading]) -> None:
    """Within a transaction of `of`: the newest good reading of each series."""
    of.db.executemany(
        "INSERT INTO newest_readings VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET measured_at = excluded.measured_at,"
        " value = excluded.value WHERE excluded.measured_at > newest_readings.measured_at",
        (
            (of.series_id(reading.identity[:3]), reading.measured_at, reading.value)
            for reading in readings
            if reading.quality is Quality.GOOD
        ),
    )


@contextmanager
def opened(file: Path) -> Iterator[sqlite3.Connection]:
    """The state of another process, to read only."""
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=WAIT_SECONDS)) as db:
        yield db


def window_series(db: sqlite3.Connection, span: Span = ALWAYS) -> list[Series]:
    """The series of the newest windows that lie wholly inside `span`, as they would be pushed."""
    rows = db.execute(
        "SELECT gateway, device, vital, start, ended, mean, low, high, counts FROM newest_windows"
        " JOIN series ON series.id = newest_windows.series WHERE start >= ? AND ended <= ?"
        " ORDER BY gateway, device, vital",
        (span.since, span.until),
    )
    return windows.to_series(
        Window(
            gateway=gateway,
            device=device,
            vital=vital,
            start=start,
            end=end,
            mean=mean,
            low=low,
            high=high,
            counts={Quality(quality): count for quality, count in json.loads(counts).items()},
        )
        for gateway, device, vital, start, end, mean, low, high, counts in rows
    )


def latest_series(db: sqlite3.Connection, span: Span = ALWAYS) -> list[Series]:
    """The series of the newest good readings measured within `span`, as they would be pushed."""
    rows = db.execute(
        "SELECT gateway, device, vital, measured_at, value FROM newest_readings"
        " JOIN series ON series.id = newest_readings.series WHERE measured_at >= ? AND measured_at < ?"
        " ORDER BY gateway, device, vital",
        (span.since, span.until),
    )
    return [
        windows.latest(
            Reading(
                gateway=gateway,
                device=device,
                vital=vital,
                value=value,
                measured_at=measured_at,
                segment="journal",
                run="journal",
                sequence=0,
                quality=Quality.GOOD,
                origin="journal",
            )
        )
        for gateway, device, vital, measured_at, value in rows
    ]
