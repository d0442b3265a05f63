"""The clocks of urgent: a steady one, kept on disk while the machine is up, and the service's, as uplink knows it.

A restart goes on counting by the steady one. The next boot has another, and what was counted by the one before is moved
by as much as the wall clock had stepped meanwhile: across boots there is only the wall clock. The service's is only as
good as the last time that there was a link.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from chevet.detection import Transition
from chevet.readings import Reading
from chevet.segments import STEP, Moment
from chevet.sheet import Sheet
from chevet.steady import Steady
from exporters.gateway import clocks
from exporters.gateway.uplink.restating import clock_offset
from exporters.gateway.urgent.state import UrgentState

READ_SECONDS = 5.0

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS steady (boot TEXT PRIMARY KEY, ahead INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS shown (boot TEXT PRIMARY KEY, ahead INTEGER NOT NULL)",
)
"""How far the steady clock is ahead of the monotonic one, and how far the wall clock was when last looked at."""

_STEPPED = "SELECT shown.ahead - steady.ahead FROM steady JOIN shown USING (boot) WHERE boot <> ?"


def kept(state: UrgentState, now: Moment) -> tuple[Steady, int]:
    """That of this boot, as it was first asked for, and by how much it is ahead of the one that was kept before.

    Within a transaction, in which what was counted is moved too.
    """
    for statement in _SCHEMA:
        state.db.execute(statement)
    stepped = state.db.execute(_STEPPED, (now.boot,)).fetchone()
    for table in ("steady", "shown"):
        state.db.execute(f"INSERT OR IGNORE INTO {table} VALUES (?, ?)", (now.boot, now.ahead))  # noqa: S608 - a table of ours
        state.db.execute(f"DELETE FROM {table} WHERE boot <> ?", (now.boot,))  # noqa: S608 - a table of ours
    (ahead,) = state.db.execute("SELECT ahead FROM steady").fetchone()
    return Steady(boot=now.boot, ahead=ahead), int(stepped[0]) if stepped else 0


class Clocks:
    """Detectors count on the steady one; people are told the time by the wall clock, and a sheet is judged by the
    service's, which is `offset()` milliseconds ahead of it. Times in milliseconds."""

    def __init__(self, state: UrgentState, look: clocks.Look) -> None:
        self._state, self._look = state, look
        self._steady, self.ahead_of_last = kept(state, look())
        self._shown: int | None = None
        self.offset: Callable[[], int] = lambda: 0

    def now(self) -> Moment:
        """A look at the machine's own."""
        return self._look()

    def note(self) -> None:
        """Within a transaction, now and then: keep by how much the wall clock has stepped, for the next boot."""
        now = self._look()
        if self._shown is None or abs(now.ahead - self._shown) > STEP:
            self._shown = now.ahead
            self._state.db.execute("UPDATE shown SET ahead = ?", (now.ahead,))

    def segment(self) -> str:
        """By whose clock people are told the time now."""
        now = self._look()
        return f"{now.boot}.{now.ahead}"

    def at(self, wall: int) -> int:
        """What the steady one shows when the wall clock shows `wall`."""
        return self._steady.at(wall, self._look())

    def measured(self, reading: Reading) -> Reading:
        """The reading in steady time."""
        return self._steady.of(reading)

    def told(self, transition: Transition) -> Transition:
        """The transition as people are told."""
        return self._steady.told(transition, self._look())

    def by_sheet(self, wall: int, sheet: Sheet | None) -> int:
        """The service's time as far as it is known, and never long before the sheet."""
        at = wall + self.offset()
        return at if sheet is None else sheet.at_least(at)

    def for_people(self, at: int, zone: ZoneInfo) -> datetime:
        """What the clock on the kitchen wall shows when ours shows `at`, as far as the service's time is known."""
        return datetime.fromtimestamp((at + self.offset()) / 1000, zone)

    def when(self, measured: Reading, sheet: Sheet | None) -> int:
        """As `by_sheet`, of a reading in steady time."""
        return self.by_sheet(self._steady.shown(measured.measured_at, self._look()), sheet)


class KnownOffset:
    """Milliseconds that the service's clock is ahead of the wall clock, read in uplink's journal now and then; 0 where
    it is not known."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._read, self._offset = folder, float("-inf"), 0

    def __call__(self) -> int:
        if time.monotonic() - self._read >= READ_SECONDS:
            self._read, seconds = time.monotonic(), clock_offset(self._folder)
            self._offset = round((seconds or 0) * 1000)
        return self._offset
