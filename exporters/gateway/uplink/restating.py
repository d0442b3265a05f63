"""Readings in the server's time: each segment of the gateway's clock is compared with the service's once, and moved.

What a segment is off is journaled before a reading of it is, and never changes. Until the service has told the time the
readings of this boot stay in the broker. A segment of an earlier boot that was never compared never will be: what was
read in it keeps its time, and is suspect. An id that tells of no clock, as earlier versions wrote, is left as it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

import structlog

from chevet import metrics, segments
from chevet.parts import Part
from chevet.readings import Reading
from chevet.segments import STEP, Moment
from exporters.gateway import clocks, telemetry
from exporters.gateway.server import Answer, Server
from exporters.gateway.uplink.answers import verdict
from exporters.gateway.uplink.journal import NAME, Journal
from exporters.gateway.uplink.waiting import Waiting

log = structlog.get_logger()
OFFSET = telemetry.gauge(metrics.SEGMENT_OFFSET)

PATH = "/healthz"
TRIES = 5
QUICK = 500
"""Milliseconds. The answer that came quickest of at most `TRIES` counts; one that is as quick as this is enough."""

HOLDS = 6 * 60 * 60_000
"""How long one comparison serves for segments that are met later: a cheap quartz is off by less than half a second."""

LOOK_SECONDS = 1.0
HEAR_SECONDS = 5.0
KEPT = 1000

_SCHEMA = "CREATE TABLE IF NOT EXISTS offsets (segment TEXT PRIMARY KEY, milliseconds INTEGER NOT NULL)"


@dataclass(frozen=True, slots=True)
class Compared:
    """How far the service's clock was `ahead` of our monotonic one, `at` a monotonic time of this boot."""

    ahead: int
    at: int


class Restating:
    """What each segment is off. Whoever meets a reading of a segment that is not yet compared waits for `settled`."""

    def __init__(self, journal: Journal, server: Server, look: clocks.Look = clocks.look) -> None:
        self._journal, self._server, self._look = journal, server, look
        with journal.transaction() as db:
            db.execute(_SCHEMA)
        self._offsets: dict[str, int] = dict(
            journal.db.execute("SELECT segment, milliseconds FROM offsets ORDER BY rowid")
        )
        self._compared: Compared | None = None
        self._wanted: set[str] = set()
        self._ask, self._settled = asyncio.Event(), asyncio.Event()
        self._settled.set()
        self._waiting = Waiting("clock")
        self._show()

    def now(self) -> float:
        """Seconds since 1970, by the service's clock as far as it is known."""
        now = self._look()
        return (now.wall + (present(self._offsets, now) or 0)) / 1000

    def restated(self, one: Reading | Part) -> Reading | Part | None:
        """In the service's time; None as long as that may still become known."""
        if segments.clock_of(one.segment) is None:
            return one
        offset = self.offset(one.segment)
        if offset is not None:
            return segments.restated(one, offset) if isinstance(one, Reading) else one.moved(offset)
        if self._is_of_this_boot(one.segment):
            return None
        return segments.suspected(one) if isinstance(one, Reading) else one.suspected()

    def offset(self, segment: str) -> int | None:
        """Milliseconds that the segment is off, journaled; None where it is not known, and then it is asked for."""
        if segment not in self._offsets and self._is_of_this_boot(segment):
            self._wanted.add(segment)
            if not self._settle():
                self._settled.clear()
                self._ask.set()
        return self._offsets.get(segment)

    def best(self, segment: str) -> int:
        """As `offset` for what must not wait: nothing is asked for or journaled, and what is not known counts as 0."""
        return self._best(segment) or 0

    async def hear_of(self, several: Iterable[str]) -> None:
        """Before something is told that must not wait: ask the service for the time, where it was not asked yet."""
        if not any(self._best(one) is None and self._is_of_this_boot(one) for one in several):
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HEAR_SECONDS):
                _, compared = await self._asked()
                self._compared = compared or self._compared

    def _best(self, segment: str) -> int | None:
        clock = segments.clock_of(segment)
        if clock is None:
            return None
        known = present(self._offsets, Moment(boot=clock[0], monotonic=0, wall=clock[1]))
        if known is None and self._compared is not None:
            known = segments.offset(segment, self._look().boot, self._compared.ahead)
        return known

    async def settled(self) -> None:
        """Wait until every segment of which a reading was met is known."""
        await self._settled.wait()

    async def run(self) -> None:
        """Compare for ever, whenever there is a segment that is not known."""
        while True:
            self._ask.clear()
            now = self._look()
            if self._wanted or present(self._offsets, now) is None:
                await self._compare(now)
            self._show()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):  # wait_for may swallow a cancellation
                    await self._ask.wait()

    def _show(self) -> None:
        offset = present(self._offsets, self._look())
        OFFSET.set(math.nan if offset is None else offset / 1000)

    async def _compare(self, now: Moment) -> None:
        if present(self._offsets, now) is None:
            self._wanted.add(f"{now.boot}.{now.ahead}")
        if not self._is_recent(now):
            answer, self._compared = await self._asked()
            if self._compared is None:
                said = verdict(answer, "")
                await self._waiting.wait(said.reason, f"what the time is: {said.sentence}", said.retry_after)
                return
        self._waiting.over()
        if not self._settle():
            await asyncio.sleep(LOOK_SECONDS)

    async def _asked(self) -> tuple[Answer, Compared | None]:
        """The service's answers, until one came quickly; the last one, and what the quickest says of its clock."""
        answer, quickest = Answer(), None
        for _ in range(TRIES):
            before = self._look()
            answer = await self._server.ask("GET", PATH)
            after = self._look()
            took, date = after.monotonic - before.monotonic, _date(answer)
            if date is None:
                break
            if quickest is None or took < quickest[0]:
                quickest = took, Compared(segments.server_ahead(before, after, date), after.monotonic)
            if took <= QUICK:
                break
        return answer, quickest[1] if quickest else None

    def _is_recent(self, now: Moment) -> bool:
        return self._compared is not None and now.monotonic - self._compared.at <= HOLDS

    def _settle(self) -> bool:
        """Journal what is asked for, where the service's clock is known. Whether nothing is asked for any more."""
        now = self._look()
        if self._compared is None or not self._is_recent(now):
            return False
        found = {one: segments.offset(one, now.boot, self._compared.ahead) for one in self._wanted}
        try:
            self._keep({one: offset for one, offset in found.items() if offset is not None})
        except sqlite3.Error as error:
            log.error("what the clock is off cannot be journaled, and nothing leaves before it is", error=str(error))
            return False
        self._wanted.clear()
        self._settled.set()
        return True

    def _keep(self, found: dict[str, int]) -> None:
        with self._journal.transaction() as db:
            db.executemany("INSERT OR IGNORE INTO offsets VALUES (?, ?)", found.items())
            db.execute("DELETE FROM offsets WHERE rowid <= (SELECT max(rowid) FROM offsets) - ?", (KEPT,))
        self._offsets |= {one: offset for one, offset in found.items() if one not in self._offsets}
        for one, offset in found.items():
            log.info(
                "a segment of the clock was compared with the service's", segment=one, offset_seconds=offset / 1000
            )

    def _is_of_this_boot(self, segment: str) -> bool:
        clock = segments.clock_of(segment)
        return clock is not None and clock[0] == self._look().boot


def present(offsets: dict[str, int], now: Moment) -> int | None:
    """What the clock is off in the segment of `now`, the newest that was compared; None where it was not."""
    return next((offset for one, offset in reversed(offsets.items()) if _is_present(one, now)), None)


def clock_offset(folder: Path, look: clocks.Look = clocks.look) -> float | None:
    """Seconds that the gateway's clock is to be moved by at present, as uplink knows it; None where it does not."""
    try:
        with closing(sqlite3.connect(f"{(folder / NAME).resolve().as_uri()}?mode=ro", uri=True, timeout=1)) as db:
            offsets = dict(db.execute("SELECT segment, milliseconds FROM offsets ORDER BY rowid"))
    except sqlite3.Error:
        return None
    offset = present(offsets, look())
    return None if offset is None else offset / 1000


def _is_present(segment: str, now: Moment) -> bool:
    clock = segments.clock_of(segment)
    return clock is not None and clock[0] == now.boot and abs(clock[1] - now.ahead) <= STEP


def _date(answer: Answer) -> int | None:
    """Milliseconds since 1970 in an answer's `Date`; only the service's own is believed."""
    if not answer.ours:
        return None
    try:
        return int(parsedate_to_datetime(answer.headers.get("date", "")).timestamp() * 1000)
    except (ValueError, TypeError, OverflowError):
        return None
