"""What urgent has on disk: detectors, identities seen, alerts with their calls, the sheet. One file in SQLite, synced.

Whatever belongs together is written inside one `transaction()`; when it has returned, a kill forgets nothing of it.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from chevet.errors import ChevetError
from chevet.readings import Reading
from exporters.gateway.intake.reserve import Reserve
from exporters.gateway.urgent.cases import Case
from exporters.gateway.urgent.detectors import Key

log = structlog.get_logger()

NAME = "urgent.sqlite"
VERSION = 1
KEPT_RUNS, KEPT_CASES = 100, 10_000
"""The horizon: so many runs of each device and vital are known, and so many alerts that are over. It counts and asks no
clock, for a clock that jumps by years must not make it forget."""

ROOM = 6 * 2**20
"""Bytes: more than SQLite's log grows to before it is folded into the file."""

SCHEMA = """
CREATE TABLE watches (device TEXT NOT NULL, vital TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (device, vital));
CREATE TABLE seen (device TEXT NOT NULL, vital TEXT NOT NULL, run TEXT NOT NULL, sequence INTEGER NOT NULL,
    PRIMARY KEY (device, vital, run));
CREATE TABLE cases (id TEXT PRIMARY KEY, active INTEGER NOT NULL, state TEXT NOT NULL);
CREATE INDEX active ON cases (active) WHERE active;
CREATE TABLE sheet (only INTEGER PRIMARY KEY CHECK (only = 1), assignment TEXT NOT NULL, token TEXT NOT NULL,
    etag TEXT NOT NULL, ended INTEGER);
"""


class BadState(ChevetError):
    """The file is not a state that this version can go on with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSheet:
    """The signed sheet as it came; `ended` is when the service said that it stands no more."""

    assignment: str
    token: str
    etag: str
    ended: int | None = None


class UrgentState:
    """The open file. Everything that writes does so inside `transaction()`."""

    def __init__(self, folder: Path) -> None:
        path = folder / NAME
        path.touch(mode=0o600)
        reserve = Reserve(path.with_suffix(".reserve"))
        reserve.release()  # a full disk must not keep us from opening
        try:
            self.db = sqlite3.connect(path, isolation_level=None)
            self.db.execute("PRAGMA journal_mode = WAL")
            self.db.execute("PRAGMA synchronous = FULL")
            self._create()
        except sqlite3.DatabaseError as error:
            raise BadState(f"{path}: expected the state of urgent, got {error}") from error
        self._make_room()
        with contextlib.suppress(OSError):
            reserve.hold()

    def _create(self) -> None:
        version = int(self.db.execute("PRAGMA user_version").fetchone()[0])
        if version not in (0, VERSION):
            raise BadState(f"{NAME}: expected version {VERSION}, got {version}")
        if version == 0:
            self.db.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")

    def _make_room(self) -> None:
        """Pages in the file and its log that are there to be written again: a disk that fills up stops no call."""
        try:
            with self.transaction():
                self.db.execute("CREATE TABLE room (bytes BLOB)")
                self.db.execute("INSERT INTO room VALUES (zeroblob(?))", (ROOM,))
                self.db.execute("DROP TABLE room")
        except sqlite3.OperationalError as error:
            log.error(f"CHEVET_STATE_DIR: expected {ROOM} bytes of room on the disk, got {error}")

    def close(self) -> None:
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, on disk when it is left."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def watches(self) -> dict[Key, dict[str, Any]]:
        """What the detectors remembered."""
        rows = self.db.execute("SELECT device, vital, state FROM watches")
        return {(device, vital): json.loads(state) for device, vital, state in rows}

    def save_watch(self, key: Key, state: dict[str, Any]) -> None:
        self.db.execute("INSERT OR REPLACE INTO watches VALUES (?, ?, ?)", (*key, json.dumps(state)))

    def seen(self) -> dict[tuple[str, str, str], int]:
        """The highest sequence of each device, vital and run."""
        rows = self.db.execute("SELECT device, vital, run, sequence FROM seen")
        return {(device, vital, run): sequence for device, vital, run, sequence in rows}

    def save_seen(self, reading: Reading) -> None:
        row = (reading.device, reading.vital, reading.run, reading.sequence)
        self.db.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?)", row)

    def cases(self) -> list[Case]:
        """The cases about which anything is still to come."""
        rows = self.db.execute("SELECT state FROM cases WHERE active ORDER BY rowid")
        return [Case.from_dict(json.loads(state)) for (state,) in rows]

    def case(self, alert: str) -> Case | None:
        """The case of one alert, also when it is over, as far back as is kept."""
        row = self.db.execute("SELECT state FROM cases WHERE id = ?", (alert,)).fetchone()
        return None if row is None else Case.from_dict(json.loads(row[0]))

    def knows(self, alert: str) -> bool:
        """Whether an alert of this id was ever declared, as far back as is kept."""
        return self.db.execute("SELECT 1 FROM cases WHERE id = ?", (alert,)).fetchone() is not None

    def save_case(self, case: Case) -> None:
        row = (case.alert.id, case.active, json.dumps(case.to_dict()))
        self.db.execute("INSERT OR REPLACE INTO cases VALUES (?, ?, ?)", row)

    def sheet(self) -> StoredSheet | None:
        row = self.db.execute("SELECT assignment, token, etag, ended FROM sheet").fetchone()
        return None if row is None else StoredSheet(assignment=row[0], token=row[1], etag=row[2], ended=row[3])

    def save_sheet(self, sheet: StoredSheet) -> None:
        row = (sheet.assignment, sheet.token, sheet.etag, sheet.ended)
        self.db.execute("INSERT OR REPLACE INTO sheet VALUES (1, ?, ?, ?, ?)", row)

    def prune(self) -> None:
        """Forget what lies beyond the horizon; a row's number grows with each time that it is written."""
        self.db.execute(
            "DELETE FROM seen WHERE rowid IN (SELECT rowid FROM (SELECT rowid, row_number() OVER"
            " (PARTITION BY device, vital ORDER BY rowid DESC) AS place FROM seen) WHERE place > ?)",
            (KEPT_RUNS,),
        )
        self.db.execute(
            "DELETE FROM cases WHERE rowid IN"
            " (SELECT rowid FROM cases WHERE NOT active ORDER BY rowid DESC LIMIT -1 OFFSET ?)",
            (KEPT_CASES,),
        )
