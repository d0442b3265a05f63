"""A spool that grows too large, or whose disk is full, is folded: the oldest windows that are over become parts.

A step is one transaction of at most `MOST` rows, so memory stays bounded and a kill finds all of a step or nothing.
What is being published stays as it is. A reading that left without our having heard of it may be in a part all the
same: uplink tells by its sequence. For urgent nothing is folded; what it has judged from the spool waits no more.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import structlog

from chevet import metrics
from chevet.parts import BEGINNING, fold
from chevet.readings import Reading
from chevet.vitals import GRACE
from exporters.gateway import steps, telemetry
from exporters.gateway.bus import topology
from exporters.gateway.intake.departures import Departures
from exporters.gateway.intake.spool import Row, Spool, SpoolFull

log = structlog.get_logger()

BYTES = telemetry.gauge(metrics.SPOOL_BYTES)
FOLDED = telemetry.counter(metrics.SPOOL_FOLDED)

MOST = 2000
LOOK_SECONDS = 1.0
GROWTH = 1 / 16
"""A pass follows when the spool has grown by this share of its limit since the last one, or after a while."""

PAUSE_SECONDS, PAUSE_TIMES = 30.0, 20.0
"""The while: so long, or so many times as long as the last pass took."""

SEEN = "urgent.sqlite"
"""urgent's state, of which only the highest sequence that it has judged is asked."""

_BEGINNING = BEGINNING.decode()
Marks = Mapping[tuple[str, str, str], int]
"""Device, vital and run to the highest sequence that urgent has judged."""


class Folding:
    """Keeps one spool below `limit` bytes, as far as folding can. `departures` are its legs."""

    def __init__(self, spool: Spool, departures: Iterable[Departures], limit: int, state_dir: Path) -> None:
        self._spool, self._limit, self._state = spool, limit, state_dir / SEEN
        self._legs = {leg.exchange: leg for leg in departures}
        self._left, self._next = 0, 0.0

    async def run(self) -> None:
        """Look each second, until cancelled."""
        while True:
            used = self._spool.bytes_used()
            BYTES.set(used)
            self._left = min(self._left, used)
            crowded, due = used > self._limit or self._spool.refuses, time.monotonic() > self._next
            if crowded and (due or used > self._left + self._limit * GROWTH):
                await self._pass()
            await asyncio.sleep(LOOK_SECONDS)

    async def _pass(self) -> None:
        began, before = time.monotonic(), self._spool.bytes_used()
        try:
            await self.drop_judged()
            await self.fold()
        except SpoolFull as error:
            log.error(str(error))
        self._left = self._spool.bytes_used()
        self._next = time.monotonic() + max(PAUSE_SECONDS, PAUSE_TIMES * (time.monotonic() - began))
        log.warning("the spool was folded", bytes_before=before, bytes_after=self._left, limit=self._limit)

    async def fold(self) -> None:
        """All that can be folded now. Raises SpoolFull."""
        async for rows in self._steps(topology.READINGS):
            gone, parts = folded(rows, self._spool)
            steps.passed("read/folded")
            if gone:
                self._spool.replace(topology.READINGS, gone, parts)
                steps.passed("folded/committed")
            FOLDED.labels(exchange=topology.READINGS).inc(len(gone))

    async def drop_judged(self) -> None:
        """What urgent has already judged where it lay. Raises SpoolFull."""
        marks = judged(self._state)
        async for rows in self._steps(topology.URGENT):
            gone = [row.id for row in rows if _is_judged(row, marks)]
            if gone:
                self._spool.remove(topology.URGENT, gone)
            FOLDED.labels(exchange=topology.URGENT).inc(len(gone))

    async def _steps(self, exchange: str) -> AsyncIterator[list[Row]]:
        after = 0
        while rows := self._spool.rows(exchange, max(after, self._legs[exchange].under_way), MOST):
            after = rows[-1].id
            yield rows
            await asyncio.sleep(0)  # messages are taken in and leave between two steps


def folded(rows: Iterable[Row], spool: Spool) -> tuple[list[int], list[Row]]:
    """Of `rows` the ids that can go, and the rows that stand for them: each at the place of its newest reading."""
    gone: list[int] = []
    parts: list[Row] = []
    for stretch in list(_stretches(rows, spool)):  # to the end first: a later reading tells which windows are over
        if len(stretch) > 1 and _is_over(stretch[0][1], spool):
            row = stretch[-1][0]
            gone += [one.id for one, _ in stretch]
            part = fold(reading for _, reading in stretch)
            parts.append(Row(id=row.id, routing_key=row.routing_key, body=part.to_json()))
    return gone, parts


def judged(state: Path) -> Marks:
    """What urgent has seen, read from its state; nothing where that cannot be read."""
    with (
        contextlib.suppress(sqlite3.Error),
        closing(sqlite3.connect(f"{state.resolve().as_uri()}?mode=ro", uri=True, timeout=0.1)) as database,
    ):
        rows = database.execute("SELECT device, vital, run, sequence FROM seen")
        return {(device, vital, run): sequence for device, vital, run, sequence in rows}
    return {}


def _stretches(rows: Iterable[Row], spool: Spool) -> Iterator[list[tuple[Row, Reading]]]:
    """Readings of one series, run, segment and window without a gap in their sequences."""
    open_ones: dict[tuple[str, str], list[tuple[Row, Reading]]] = {}
    for row in rows:
        if row.body.startswith(_BEGINNING):
            continue
        reading = Reading.from_json(row.body)
        if not reading.row.window:
            continue
        spool.seen_at(reading)
        stretch = open_ones.setdefault((reading.device, reading.vital), [])
        if stretch and not _goes_on(stretch[-1][1], reading):
            yield stretch
            stretch = open_ones[reading.device, reading.vital] = []
        stretch.append((row, reading))
    yield from open_ones.values()


def _goes_on(before: Reading, reading: Reading) -> bool:
    return (
        reading.sequence == before.sequence + 1
        and (reading.run, reading.segment) == (before.run, before.segment)
        and _end(reading) == _end(before)
    )


def _end(reading: Reading) -> int:
    period = (reading.row.window or 1) * 1000
    return (reading.measured_at // period + 1) * period


def _is_over(reading: Reading, spool: Spool) -> bool:
    newest = spool.newest_times.get((reading.device, reading.vital, reading.segment), 0)
    return newest >= _end(reading) + GRACE * 1000


def _is_judged(row: Row, marks: Marks) -> bool:
    fields = json.loads(row.body)
    return bool(fields["sequence"] <= marks.get((fields["device"], fields["vital"], fields["run"]), -1))
