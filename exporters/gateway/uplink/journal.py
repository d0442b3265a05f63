"""What uplink has on disk: readings by identity, windows closed, samples and batches not yet with the service.

One file in SQLite, each commit synced. `cutting` makes samples of its readings, `batches` bytes of its samples.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chevet.errors import ChevetError
from chevet.parts import Part
from chevet.readings import Quality, Reading
from chevet.windows import SeriesKey
from exporters.gateway.intake.reserve import Reserve
from exporters.gateway.uplink import folded

NAME = "journal.sqlite"
VERSION = 1
TICK_SECONDS = 600
SPARE = 8 * 2**20
"""Bytes that must be free beside the reserve before readings are let in again: were the reserve alone enough, a full
disk would let in and refuse the same readings in turn, until the broker had given up to deliver them."""

KEPT_TICKS = 9 * 24 * 6
"""How long an identity is known: 9 days in ticks of running, for while uplink is off nothing is delivered to it. The
wall clock is not asked what is old: one that jumps by years must not make the journal forget."""

SCHEMA = """
CREATE TABLE series (id INTEGER PRIMARY KEY, gateway TEXT NOT NULL, device TEXT NOT NULL, vital TEXT NOT NULL,
    UNIQUE (gateway, device, vital));
CREATE TABLE runs (id INTEGER PRIMARY KEY, run TEXT NOT NULL UNIQUE);
CREATE TABLE readings (id INTEGER PRIMARY KEY, series INTEGER NOT NULL, run INTEGER NOT NULL, sequence INTEGER NOT NULL,
    measured_at INTEGER NOT NULL, value REAL, quality TEXT NOT NULL, cut INTEGER NOT NULL DEFAULT 0,
    UNIQUE (series, run, sequence));
CREATE INDEX uncut ON readings (series, measured_at) WHERE cut = 0;
CREATE TABLE closed (series INTEGER PRIMARY KEY, closed INTEGER NOT NULL);
CREATE TABLE own_times (series INTEGER NOT NULL, at INTEGER NOT NULL, reading INTEGER NOT NULL,
    PRIMARY KEY (series, at)) WITHOUT ROWID;
CREATE TABLE samples (id INTEGER PRIMARY KEY, labels TEXT NOT NULL, at INTEGER NOT NULL, value REAL);
CREATE TABLE batches (id INTEGER PRIMARY KEY, position INTEGER NOT NULL, name TEXT NOT NULL UNIQUE,
    samples INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE newest_windows (series INTEGER PRIMARY KEY, start INTEGER NOT NULL, ended INTEGER NOT NULL, mean REAL,
    low REAL, high REAL, counts TEXT NOT NULL);
CREATE TABLE newest_readings (series INTEGER PRIMARY KEY, measured_at INTEGER NOT NULL, value REAL NOT NULL);
CREATE TABLE ticks (tick INTEGER PRIMARY KEY, first_reading INTEGER NOT NULL);
"""


BACKLOG = {
    "uncut": "SELECT (SELECT count(*) FROM readings WHERE cut = 0)"
    " + (SELECT coalesce(sum(readings), 0) FROM parts WHERE cut = 0)",
    "unsent": "SELECT count(*) FROM samples",
    "unanswered": "SELECT coalesce(sum(samples), 0) FROM batches",
}
"""What is on its way: readings in no window yet, samples in no batch yet, samples in batches not yet stored."""


class BadJournal(ChevetError):
    """The journal's file is not a journal that this version can go on with."""


class Journal:
    """The open file. Everything that writes does so inside `transaction()`."""

    def __init__(self, folder: Path) -> None:
        path = folder / NAME
        path.touch(mode=0o600)
        self._reserve = Reserve(path.with_suffix(".reserve"))
        self._reserve.release()  # a full disk must not keep us from opening what is to leave
        self.full = False
        try:
            self.db = sqlite3.connect(path, isolation_level=None)
            self.db.execute("PRAGMA journal_mode = WAL")
            self.db.execute("PRAGMA synchronous = FULL")
            self._create()
        except sqlite3.DatabaseError as error:
            raise BadJournal(f"{path}: expected a journal of uplink, got {error}") from error
        self.find_room()
        self._series: dict[SeriesKey, int] = {}
        self._runs: dict[str, int] = {}

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it on disk when left, or nothing of it.

        Where the disk is full, the room that was kept for it lets out what is to leave; nothing new may come in then.
        """
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
            self.db.execute("COMMIT")
        except BaseException as error:
            if isinstance(error, sqlite3.OperationalError):
                self._reserve.release()
                self.full = True
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            # What the transaction had added to these is gone with it.
            self._series.clear()
            self._runs.clear()
            raise

    def find_room(self) -> None:
        """Keep room on the disk again, and so let readings in; to be tried from time to time."""
        try:
            self._reserve.hold(SPARE)
        except OSError:
            self.full = True
        else:
            self.full = False

    def add(self, reading: Reading) -> int | None:
        """The number of the reading's new row; None where its identity is known, also from within a part."""
        series, run = self.series_id(reading.identity[:3]), self._run_id(reading.run)
        if self._has_parts() and folded.covers(self.db, series, run, reading.sequence):
            return None
        row = self.db.execute(
            "INSERT INTO readings (series, run, sequence, measured_at, value, quality) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING RETURNING id",
            (series, run, reading.sequence, reading.measured_at, reading.value, reading.quality.value),
        ).fetchone()
        return int(row[0]) if row else None

    def add_part(self, part: Part) -> tuple[int, int, Part] | None:
        """The numbers of the part's new row and of the newest reading, and what of the part was not yet known."""
        return folded.add(self.db, self.series_id(part.key), self._run_id(part.run), part)

    def _has_parts(self) -> bool:
        return self.db.execute("SELECT 1 FROM parts LIMIT 1").fetchone() is not None

    def series_id(self, key: SeriesKey) -> int:
        """The number of a series, given when it is first seen."""
        if key not in self._series:
            self.db.execute("INSERT OR IGNORE INTO series (gateway, device, vital) VALUES (?, ?, ?)", key)
            query = "SELECT id FROM series WHERE gateway = ? AND device = ? AND vital = ?"
            self._series[key] = int(self.db.execute(query, key).fetchone()[0])
        return self._series[key]

    def uncut(self) -> list[Reading]:
        """The readings that stand in no window yet, as they arrived; segment and origin mean nothing to a window."""
        rows = self.db.execute(
            "SELECT gateway, device, vital, runs.run, sequence, measured_at, value, quality FROM readings"
            " JOIN series ON series.id = readings.series JOIN runs ON runs.id = readings.run"
            " WHERE cut = 0 ORDER BY readings.id"
        )
        return [
            Reading(
                gateway=gateway,
                device=device,
                vital=vital,
                run=run,
                sequence=sequence,
                measured_at=measured_at,
                value=value,
                quality=Quality(quality),
                segment="journal",
                origin="journal",
            )
            for gateway, device, vital, run, sequence, measured_at, value, quality in rows
        ]

    def closed(self) -> dict[SeriesKey, int]:
        """For each series the end of the newest window that no reading can enter any more."""
        query = "SELECT gateway, device, vital, closed FROM closed JOIN series ON series.id = closed.series"
        return {(gateway, device, vital): end for gateway, device, vital, end in self.db.execute(query)}

    def bytes_used(self) -> int:
        """Bytes of the file that hold something; the file itself never shrinks."""
        query = (
            "SELECT (page_count - freelist_count) * page_size"
            " FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
        )
        return int(self.db.execute(query).fetchone()[0])

    def tick(self) -> int:
        """`TICK_SECONDS` of running have gone by; forget identities older than `KEPT_TICKS`. Returns how many."""
        with self.transaction() as db:
            db.execute("INSERT INTO ticks (first_reading) SELECT coalesce(max(id), 0) + 1 FROM readings")
            old = "SELECT max(first_reading) FROM ticks WHERE tick <= (SELECT max(tick) FROM ticks) - ?"
            (bound,) = db.execute(old, (KEPT_TICKS,)).fetchone()
            if bound is None:
                return 0
            db.execute("DELETE FROM own_times WHERE reading < ?", (bound,))
            forgotten = db.execute("DELETE FROM readings WHERE id < ? AND cut = 1", (bound,)).rowcount
            forgotten += folded.forget(db, bound)
            db.execute("DELETE FROM ticks WHERE tick < (SELECT max(tick) FROM ticks) - ?", (KEPT_TICKS,))
            return forgotten

    def _run_id(self, run: str) -> int:
        if run not in self._runs:
            self.db.execute("INSERT OR IGNORE INTO runs (run) VALUES (?)", (run,))
            self._runs[run] = int(self.db.execute("SELECT id FROM runs WHERE run = ?", (run,)).fetchone()[0])
        return self._runs[run]

    def _create(self) -> None:
        (version,) = self.db.execute("PRAGMA user_version").fetchone()
        if version not in (0, VERSION):
            raise BadJournal(f"{NAME}: expected version {VERSION}, got {version}")
        # Half a schema must not survive a kill. A journal from before readings were folded gets what it lacks.
        new = "" if version else f"{SCHEMA} PRAGMA user_version = {VERSION};"
        self.db.executescript(f"BEGIN; {new} {folded.SCHEMA} COMMIT;")


def counts(db: sqlite3.Connection) -> dict[str, int]:
    """How much is on its way, by the names of `BACKLOG`."""
    return {state: int(db.execute(query).fetchone()[0]) for state, query in BACKLOG.items()}
