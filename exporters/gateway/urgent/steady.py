"""The clocks of urgent: a steady one, kept on disk while the machine is up, and the service's, as uplink knows it.

A restart goes on counting by the steady one. The service's is only as good as the last time that there was a link.
"""

from __future__ import annotations

import time
from pathlib import Path

from chevet.segments import Moment
from chevet.steady import Steady
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
