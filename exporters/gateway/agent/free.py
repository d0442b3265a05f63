"""What is free where the gateway keeps its state, remembered on disk for some hours, and how long it lasts.

Looks are timed by how long the agent has been running, for the wall clock may jump; the time in which it did not run
counts as one pause between two of them.
"""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import structlog

from chevet import autonomy

log = structlog.get_logger()

NAME = "agent.sqlite"
KEPT_SECONDS = 6 * 3600.0
PAUSE = 180.0
"""Seconds between two looks that are remembered: enough of them for a trend, and few to compare each with each."""

_SCHEMA = "CREATE TABLE IF NOT EXISTS looks (id INTEGER PRIMARY KEY, at REAL NOT NULL, free INTEGER NOT NULL)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """`seconds_left` is None while the disk does not fill."""

    free: int
    size: int
    seconds_left: float | None


class Free:
    """The looks of the last hours. Without a file that can be written they are remembered until the process ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._looks: list[autonomy.Look] = []
        self._now: float | None = None
        self._at = 0.0
        self._writes = True
        try:
            (folder / NAME).touch(mode=0o600)
            self._db = sqlite3.connect(folder / NAME, isolation_level=None, timeout=0.5)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute(_SCHEMA)
            self._looks = self._db.execute("SELECT at, free FROM looks ORDER BY id").fetchall()
        except (OSError, sqlite3.Error) as error:
            self._fail(error)

    def close(self) -> None:
        """Close the file."""
        if hasattr(self, "_db"):
            self._db.close()

    def look(self, now: float) -> Disk:
        """One more look; `now` in seconds since boot. Raises OSError where the disk cannot be asked."""
        usage = shutil.disk_usage(self._folder)
        if self._now is not None:
            self._at += max(0.0, now - self._now)
        elif self._looks:
            self._at = self._looks[-1][0] + PAUSE
        self._now = now
        newest = self._at, usage.free
        looks = [*self._looks, newest]
        if not self._looks or self._at - self._looks[-1][0] >= PAUSE:
            self._keep(*newest)
        return Disk(free=usage.free, size=usage.total, seconds_left=autonomy.seconds_left(looks))

    def _keep(self, at: float, free: int) -> None:
        self._looks = [*(one for one in self._looks if at - one[0] <= KEPT_SECONDS), (at, free)]
        try:
            self._db.execute("INSERT INTO looks (at, free) VALUES (?, ?)", (at, free))
            self._db.execute("DELETE FROM looks WHERE at < ?", (self._looks[0][0],))
            self._writes = True
        except (AttributeError, sqlite3.Error) as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        if self._writes:
            log.warning("looks at the disk cannot be kept; a restart forgets them", error=str(error))
        self._writes = False
