"""Readings leave the spool for one exchange, in order, a batch at a time, and are gone from it when confirmed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial

import structlog

from chevet import metrics
from exporters.gateway import steps, telemetry
from exporters.gateway.backoff import pauses
from exporters.gateway.bus import topology
from exporters.gateway.bus.client import Bus, BusDown
from exporters.gateway.intake.spool import Row, Spool, SpoolFull

log = structlog.get_logger()

SPOOLED = telemetry.gauge(metrics.SPOOL_READINGS)

BATCH = 500
"""How many publishes are under way at once: memory stays bounded however large the spool is."""


class Departures:
    """One leg. It keeps a place in the spool: `more` says that something was added behind it."""

    def __init__(self, bus: Bus, spool: Spool, exchange: str) -> None:
        self.more = asyncio.Event()
        self.exchange = exchange
        self._bus, self._spool, self._exchange = bus, spool, exchange
        self._after, self._publishing = 0, 0
        self._confirmed: list[int] = []

    async def run(self) -> None:
        """Publish what waits, first what was left from before, until cancelled."""
        waits = pauses()
        while True:
            self.more.clear()
            await self._bus.ready()  # only then: what is read now is still as it stands in the spool
            rows = self._spool.rows(self._exchange, self._after, BATCH)
            if not rows:
                await self.more.wait()
            elif await self._publish(rows):
                waits = pauses()
            else:
                await self._pause(waits)

    @property
    def under_way(self) -> int:
        """The newest id that is being published, or was confirmed and could not yet be removed: to be left alone."""
        return max(self._publishing, *self._confirmed, 0)

    async def _publish(self, rows: list[Row]) -> bool:
        """Whether every row left and is gone from the spool; else the next try begins with the first that did not."""
        self._publishing = rows[-1].id
        answers = await asyncio.gather(
            *(self._bus.publish(self._exchange, row.routing_key, row.body) for row in rows), return_exceptions=True
        )
        steps.passed("publish/confirm")
        left = [row.id for row, answer in zip(rows, answers, strict=True) if answer is True]
        stayed = [row.id for row, answer in zip(rows, answers, strict=True) if answer is not True]
        self._after = stayed[0] - 1 if stayed else rows[-1].id
        self._report(answers)
        gone = self._remove(left)
        self._publishing = 0
        return gone and not stayed

    def _remove(self, ids: list[int]) -> bool:
        # What a full disk does not let us remove is remembered, and only a restart would publish it again.
        self._confirmed += ids
        try:
            self._spool.remove(self._exchange, self._confirmed)
        except SpoolFull as error:
            log.error(str(error))
            return False
        self._confirmed = []
        return True

    def _report(self, answers: list[bool | BaseException]) -> None:
        unexpected = [one for one in answers if isinstance(one, BaseException) and not isinstance(one, BusDown)]
        if unexpected:
            raise unexpected[0]
        refused = answers.count(False)
        if refused:
            log.warning("the broker refused readings, which stay in the spool", exchange=self._exchange, count=refused)

    async def _pause(self, waits: Iterator[float]) -> None:
        await asyncio.sleep(next(waits))


def legs(bus: Bus, spool: Spool) -> tuple[Departures, ...]:
    """One for each exchange; how much waits for it is shown from now on."""
    for exchange in topology.EXCHANGES:
        SPOOLED.labels(exchange=exchange).set_function(partial(_waiting, spool, exchange))
    return tuple(Departures(bus, spool, exchange) for exchange in topology.EXCHANGES)


def _waiting(spool: Spool, exchange: str) -> float:
    return spool.waiting[exchange]
