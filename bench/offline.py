"""A house that was offline: what it owes to Prometheus, and the clock by which its past is believed."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bench.comparison import Content, StoredWindow, WindowKey
from exporters.gateway import clocks
from exporters.gateway.intake import clock

HOUR_MS = 3_600_000


@dataclass(slots=True)
class Backlog:
    """What is to be in Prometheus: the windows of the past without those that only silence closes."""

    expected: dict[WindowKey, Content]
    left_out: set[WindowKey]

    @property
    def readings(self) -> int:
        """How many."""
        return sum(one.counts.total() for one in self.expected.values())

    def of(self, stored: Mapping[WindowKey, StoredWindow]) -> dict[WindowKey, StoredWindow]:
        """What of the store is about it."""
        devices = {device for device, _, _ in self.expected}
        return {key: one for key, one in stored.items() if key[0] in devices and key not in self.left_out}


def has_been_up(state: Path, hours: int) -> None:
    """Let the gateway's journal of its clock say that it has gone on for so long, else the past is not believed."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    now = clocks.look()
    with closing(sqlite3.connect(state / clock.NAME)) as journal:
        journal.execute(clock.SCHEMA)
        row = (now.boot, now.ahead, now.monotonic - hours * HOUR_MS, now.monotonic)
        journal.execute("INSERT INTO segments (boot, ahead, since, until) VALUES (?, ?, ?, ?)", row)
        journal.commit()
