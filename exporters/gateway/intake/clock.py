"""The journal of the gateway's clock on disk: its segments, written each minute and at each step of the wall clock.

Only intake writes it. Where it cannot be written intake goes on with what it remembers: an id says of itself what the
others need to know of a segment, so all that a lost journal costs is to which of them a message belongs that waits in
the broker while intake is down.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from chevet import metrics
from chevet.segments import KEPT, BadClock, Moment, Segment, Segments
from exporters.gateway import clocks, telemetry

log = structlog.get_logger()
STEPS = telemetry.counter(metrics.CLOCK_STEPS)

NAME = "clock.sqlite"
MARK = 60_000
"""Milliseconds between two marks on disk when nothing steps."""

LOOK_SECONDS = 1.0

SCHEMA = """
CREATE TABLE IF NOT EXISTS segments (number INTEGER PRIMARY KEY, boot TEXT NOT NULL, ahead INTEGER NOT NULL,
    since INTEGER NOT NULL, until INTEGER NOT NULL, UNIQUE (boot, ahead, since))
"""
_KEEP = """
INSERT INTO segments (boot, ahead, since, until) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET until = excluded.until WHERE until < excluded.until
"""
_FORGET = "DELETE FROM segments WHERE number <= (SELECT max(number) FROM segments) - ?"


class Clock:
    """`segments` is always up to date with the last `look`, whatever the disk does."""

    def __init__(self, folder: Path, look: clocks.Look = clocks.look) -> None:
        self._file, self._look = folder / NAME, look
        self._database: sqlite3.Connection | None = None
        self._written: int | None = None
        self._silent = True
        self.segments = Segments(self._read())
        self.look()

    def look(self) -> Moment:
        """The clocks now; a step of the wall clock begins a segment here."""
        now = self._look()
        stepped = self.segments.look(now)
        if stepped:
            STEPS.inc()
            log.warning("the wall clock stepped", segment=self.segments.all[-1].id)
        if stepped or self._written is None or now.monotonic - self._written >= MARK:
            self._written = now.monotonic
            self._write()
        return now

    async def run(self) -> None:
        """Look each second, until cancelled: what is stamped around a step must not be taken for the other side."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_SECONDS)

    def close(self) -> None:
        """Fold the log into the file and close it."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _read(self) -> list[Segment]:
        rows: list[tuple[str, int, int, int]] = []
        with self._sentence():
            rows = self._opened().execute("SELECT boot, ahead, since, until FROM segments ORDER BY number").fetchall()
        try:
            return [Segment(boot=boot, ahead=ahead, since=since, until=until) for boot, ahead, since, until in rows]
        except (BadClock, TypeError) as error:
            log.error("the journal of the clock is not to be believed and begins anew", reason=str(error))
            return []

    def _write(self) -> None:
        with self._sentence():
            database = self._opened()
            database.execute("BEGIN IMMEDIATE")
            try:
                database.executemany(_KEEP, ((one.boot, one.ahead, one.since, one.until) for one in self.segments.all))
                database.execute(_FORGET, (KEPT,))
                database.execute("COMMIT")
            except BaseException:
                if database.in_transaction:
                    database.execute("ROLLBACK")
                raise

    def _opened(self) -> sqlite3.Connection:
        if self._database is None:
            os.close(os.open(self._file, os.O_CREAT | os.O_RDWR, 0o600))  # SQLite's own files beside it take its mode
            database = sqlite3.connect(self._file, isolation_level=None)
            try:
                for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", SCHEMA):
                    database.execute(statement)
            except BaseException:
                database.close()
                raise
            self._database = database
        return self._database

    @contextmanager
    def _sentence(self) -> Iterator[None]:
        """What goes wrong with the disk is said once, and nothing more comes of it."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            if self._silent:
                log.error(f"CHEVET_STATE_DIR: expected to write {self._file}, got: {error}; intake goes on without it")
            self._silent = False
            self._discard(error)
        else:
            if not self._silent:
                log.info("the journal of the clock is written again")
            self._silent = True

    def _discard(self, error: Exception) -> None:
        """Drop a file that is no journal. What can be known without it is soon in a new one."""
        self.close()
        broken = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
        if broken:
            for name in (NAME, f"{NAME}-wal", f"{NAME}-shm"):
                self._file.with_name(name).unlink(missing_ok=True)
