"""What intake has taken and the broker has not yet confirmed, on disk: numbered, once, and fsynced before it counts.

A reading leaves for each exchange on its own, so that a full queue behind one holds nothing up for the other. What
`folding` makes of many readings leaves in their place.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from chevet.errors import ChevetError
from chevet.readings import Reading
from exporters.gateway.bus import topology
from exporters.gateway.intake.reserve import Reserve

NAME, RADIO_NAME = "spool.sqlite", "radio.sqlite"
"""Of intake's, and of the radio's."""

UNNUMBERED = "unnumbered"
"""The run of a reading that the spool has not yet numbered."""

KNOWN_MESSAGES = 200_000
"""Hashes that are kept: far more than the broker may hold unacknowledged with us and so deliver again."""

KNOWN_STRETCHES = 1000
"""Whose newest time is remembered: a clock that steps for ever has segments without end. What is forgotten is learnt
again from the spool when that is folded."""

_PAGES_AT_ONCE = 1000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS known (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS sequences (device TEXT, vital TEXT, newest INTEGER NOT NULL, PRIMARY KEY (device, vital));
CREATE TABLE IF NOT EXISTS leaving (
    exchange TEXT, id INTEGER, routing_key TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (exchange, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS devices (routing_key TEXT PRIMARY KEY, name TEXT NOT NULL, model TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS unknown_devices (routing_key TEXT PRIMARY KEY, messages INTEGER NOT NULL, newest_at INTEGER);
"""
_NEXT = """
INSERT INTO sequences VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET newest = newest + 1 RETURNING newest
"""
_NEWEST = """
SELECT MAX((SELECT COALESCE(MAX(id), 0) FROM leaving), (SELECT COALESCE(SUM(newest), 0) FROM sequences))
"""
"""The number of the newest row, also when all have left: it never goes back, for urgent keeps a place by it."""


Stretch = tuple[str, str, str]
"""Device, vital and segment: readings whose times can be compared."""


class SpoolFull(ChevetError):
    """The disk, or the limit of the spool, takes no more; what was to be kept is still unacknowledged."""


@dataclass(frozen=True, slots=True)
class Row:
    """A reading on its way to one exchange."""

    id: int
    routing_key: str
    body: str


class Spool:
    """One file, one writer. `run` is minted when the file is new, and is part of each reading's identity.

    `refuses` says that there was no room for what was last to be taken in.
    """

    def __init__(self, file: Path, max_bytes: int) -> None:
        self._file = file
        self._reserve = Reserve(file.with_suffix(".reserve"))
        self.waiting, self._newest = dict.fromkeys(topology.EXCHANGES, 0), 0
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))  # SQLite's own files beside it take its mode
        self.database = sqlite3.connect(file, isolation_level=None)
        self._reserve.release()  # a full disk must not keep us from opening what is to leave
        with self._sentence():
            self._open(max_bytes)
        self.run: str = self.database.execute("SELECT value FROM facts WHERE name = 'run'").fetchone()[0]
        self._newest = self._number(_NEWEST)
        self.refuses = False
        self.newest_times: dict[Stretch, int] = {}
        self.waiting = {exchange: self._count(exchange) for exchange in topology.EXCHANGES}

    def _open(self, max_bytes: int) -> None:
        for pragma in ("auto_vacuum=INCREMENTAL", "journal_mode=WAL", "synchronous=FULL"):
            self.database.execute(f"PRAGMA {pragma}")
        pages = max_bytes // self._number("PRAGMA page_size")
        self.database.execute(f"PRAGMA max_page_count={max(1, pages)}")
        with self._atomically():
            for statement in _SCHEMA.split(";"):
                self.database.execute(statement)
            self.database.execute("INSERT OR IGNORE INTO facts VALUES ('run', ?)", (secrets.token_hex(8),))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """To take something in: all or nothing, fsynced when it ends. Raises SpoolFull where the disk has no room."""
        try:
            with self._sentence():
                self._hold_reserve()
                with self._atomically():
                    yield
        except SpoolFull:
            self.refuses = True
            raise
        self.refuses = False

    def _hold_reserve(self) -> None:
        while True:
            try:
                return self._reserve.hold()
            except OSError:
                if not self._number("PRAGMA freelist_count"):
                    raise
            # What has left made room inside the file; give some of it back to the disk.
            self.database.execute(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})").fetchall()
            self.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def _atomically(self) -> Iterator[None]:
        waiting, newest = dict(self.waiting), self._newest
        try:
            self.database.execute("BEGIN IMMEDIATE")
            yield
            self.database.execute("COMMIT")
        except BaseException:
            if self.database.in_transaction:
                self.database.execute("ROLLBACK")
            self.waiting, self._newest = waiting, newest
            raise

    @contextmanager
    def _sentence(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise SpoolFull(f"CHEVET_STATE_DIR: expected room to write {self._file}, got: {error}") from error

    def knows(self, digest: bytes) -> bool:
        """Whether the message of this hash was taken before; its readings are numbered, here or already gone."""
        return self.database.execute("SELECT 1 FROM known WHERE digest = ?", (digest,)).fetchone() is not None

    def add(self, digest: bytes, readings: Iterable[Reading]) -> None:
        """Number the readings of a new message and keep them for their exchanges. Only inside a transaction."""
        self.database.execute("INSERT INTO known (digest) VALUES (?)", (digest,))
        for reading in readings:
            number = self.database.execute(_NEXT, (reading.device, reading.vital)).fetchone()[0]
            numbered = replace(reading, run=self.run, sequence=number)
            self._newest += 1
            self.seen_at(numbered)
            key, body = topology.routing_key(reading.vital, reading.device), numbered.to_json()
            for exchange in topology.exchanges_of(reading.vital):
                self.database.execute("INSERT INTO leaving VALUES (?, ?, ?, ?)", (exchange, self._newest, key, body))
                self.waiting[exchange] += 1

    def seen_at(self, reading: Reading) -> None:
        """Remember how far the time of the reading's series has come: windows before it are over."""
        stretch = (reading.device, reading.vital, reading.segment)
        self.newest_times[stretch] = max(reading.measured_at, self.newest_times.pop(stretch, 0))
        if len(self.newest_times) > KNOWN_STRETCHES:
            del self.newest_times[next(iter(self.newest_times))]  # that of which nothing came for longest

    def forget_old(self) -> None:
        """Let go of the hashes that no redelivery can bring again. Only inside a transaction."""
        self.database.execute("DELETE FROM known WHERE id <= (SELECT MAX(id) FROM known) - ?", (KNOWN_MESSAGES,))

    def rows(self, exchange: str, after: int, most: int) -> list[Row]:
        """The oldest rows waiting for `exchange` beyond the id `after`, in order."""
        query = "SELECT id, routing_key, body FROM leaving WHERE exchange = ? AND id > ? ORDER BY id LIMIT ?"
        return [Row(*row) for row in self.database.execute(query, (exchange, after, most))]

    def remove(self, exchange: str, ids: Iterable[int]) -> None:
        """The exchange has confirmed these. On a full disk the reserve is used up for it. Raises SpoolFull."""
        self.replace(exchange, ids, ())

    def replace(self, exchange: str, ids: Iterable[int], rows: Iterable[Row]) -> None:
        """These go and `rows`, which are smaller, stand in their place; on a full disk as `remove`."""
        gone, new = [(exchange, one) for one in ids], [(exchange, row.id, row.routing_key, row.body) for row in rows]
        with self._sentence():
            try:
                self._replace(exchange, gone, new)
            except sqlite3.Error:
                self._reserve.release()
                self.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                self._replace(exchange, gone, new)

    def _replace(self, exchange: str, gone: list[tuple[str, int]], new: list[tuple[str, int, str, str]]) -> None:
        with self._atomically():
            self.database.executemany("DELETE FROM leaving WHERE exchange = ? AND id = ?", gone)
            self.database.executemany("INSERT INTO leaving VALUES (?, ?, ?, ?)", new)
            self.waiting[exchange] += len(new) - len(gone)

    def bytes_used(self) -> int:
        """Bytes of the file that hold something; the file itself shrinks only where the disk has no room."""
        free, pages = self._number("PRAGMA freelist_count"), self._number("PRAGMA page_count")
        return (pages - free) * self._number("PRAGMA page_size")

    def close(self) -> None:
        """Fold the log into the file and close it."""
        self.database.close()

    def _count(self, exchange: str) -> int:
        return self._number("SELECT COUNT(*) FROM leaving WHERE exchange = ?", exchange)

    def _number(self, query: str, *values: object) -> int:
        return int(self.database.execute(query, values).fetchone()[0])
