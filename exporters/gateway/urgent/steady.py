"""The steady clock of urgent, kept on disk for as long as the machine is up: a restart goes on counting by it."""

from __future__ import annotations

from chevet.segments import Moment
from chevet.steady import Steady
from exporters.gateway.urgent.state import UrgentState

_SCHEMA = "CREATE TABLE IF NOT EXISTS steady (boot TEXT PRIMARY KEY, ahead INTEGER NOT NULL)"


def kept(state: UrgentState, now: Moment) -> Steady:
    """That of this boot, as it was first asked for."""
    with state.transaction():
        state.db.execute(_SCHEMA)
        state.db.execute("INSERT OR IGNORE INTO steady VALUES (?, ?)", (now.boot, now.ahead))
        state.db.execute("DELETE FROM steady WHERE boot <> ?", (now.boot,))
        (ahead,) = state.db.execute("SELECT ahead FROM steady").fetchone()
    return Steady(boot=now.boot, ahead=ahead)
