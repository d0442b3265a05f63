"""What a process of the local stack is: one row says its ports, how it is launched and when it answers."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chevet.errors import ChevetError

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a row runs: its own directory, and the ports of every row of the stack, by row and use."""

    row: str
    directory: Path
    ports: Mapping[str, Mapping[str, int]]

    def port(self, use: str, row: str = "") -> int:
        try:
            return self.ports[row or self.row][use]
        except KeyError:
            raise ChevetError(f"{row or self.row}: the stack has no such row, or it has no port «{use}»") from None

    def address(self, use: str, row: str = "") -> str:
        return f"{LOOPBACK}:{self.port(use, row)}"

    def url(self, use: str = "http", row: str = "") -> str:
        return f"http://{self.address(use, row)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Launch:
    """A command line and the variables it is started with, beside the harmless part of ours."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One process. `launch` may write configuration files into its place first; `ready` asks once and never waits.

    One that lived for `steady_after` seconds is started again without a longer pause than the first.
    """

    name: str
    launch: Callable[[Place], Launch]
    ready: Callable[[Place], bool]
    ports: Mapping[str, int] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    companions: tuple[Row, ...] = ()
    ready_within: float = 60.0
    stop_within: float = 10.0
    stop_signal: signal.Signals = signal.SIGTERM
    steady_after: float = 30.0


def with_companions(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """The rows and those they cannot be without, each once, companions first."""
    found: dict[str, Row] = {}
    for row in rows:
        for each in (*with_companions(row.companions), row):
            found.setdefault(each.name, each)
    return tuple(found.values())


def ranks(rows: tuple[Row, ...]) -> tuple[tuple[Row, ...], ...]:
    """The rows in the order in which they may be stopped: nobody before those that come after it."""
    left = {row.name: row for row in rows}
    order: list[tuple[Row, ...]] = []
    while left:
        needed = {name for row in left.values() for name in row.after}
        free = tuple(row for name, row in left.items() if name not in needed)
        if not free:
            raise ChevetError(f"{', '.join(left)}: these rows wait for one another in a circle")
        order.append(free)
        for row in free:
            del left[row.name]
    return tuple(order)
