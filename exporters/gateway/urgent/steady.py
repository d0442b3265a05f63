"""The clocks of urgent: a steady one, kept on disk while the machine is up, and the service's, as uplink knows it.

A restart goes on counting by the steady one. The service's is only as good as the last time that there was a link.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from chevet.detection import Transition
from chevet.readings import Reading
from chevet.segments import Moment
from chevet.sheet import Sheet
from chevet.steady import Steady
from exporters.gateway import clocks
from exporters.gateway.uplink.restating import clock_offset
from exporters.gateway.urgent.state import UrgentState

READ_SECONDS = 5.0

_SCHEMA = "CREATE TABLE IF NOT EXISTS steady (boot TEXT PRIMARY KEY, ahead INTEGER NOT NULL)"


def kept(state: UrgentState, now: Moment) -> Steady:
    """That of this boot, as it was first asked for."""
    with state.transaction():
        state.db.execute(_SCHEMA)
        state.db.execute("INSERT OR IGNORE INTO steady VALUES (?, ?)", (now.boot, now.ahead))
        state.db.execute("DELETE FROM steady WHERE boot <> ?", (now.boot,))
        (ahead,) = state.db.execute("SELECT ahead FROM steady").fetchone()
    return Steady(boot=now.boot, ahead=ahead)


class Clocks:
    """Detectors count on the steady one; people are told the time by the wall clock, and a sheet is judged by the
    service's, which is `offset()` milliseconds ahead of it. Times in milliseconds."""

    def __init__(self, state: UrgentState, look: clocks.Look) -> None:
        self._look, self._steady = look, kept(state, look())
        self.offset: Callable[[], int] = lambda: 0

    def now(self) -> Moment:
        """A look at the machine's own."""
        return self._look()

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
