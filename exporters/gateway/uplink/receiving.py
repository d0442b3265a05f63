"""From the queue `uplink` to the journal: one transaction for a batch, then the ack."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable

import structlog

from chevet import metrics
from chevet.errors import BadReading
from chevet.parts import Part, from_message
from chevet.readings import Reading
from exporters.gateway import steps, telemetry
from exporters.gateway.bus import topology
from exporters.gateway.bus.client import Bus, Consumer, Delivery
from exporters.gateway.uplink.cutting import ArrivalClock, Cutting
from exporters.gateway.uplink.restating import Restating
from exporters.gateway.uplink.waiting import Waiting

log = structlog.get_logger()
READINGS = telemetry.counter(metrics.UPLINK_READINGS)
CUTS = telemetry.counter(metrics.UPLINK_CUTS)
CONSUMING = telemetry.gauge(metrics.UPLINK_CONSUMING)
LISTEN_SECONDS = 1.0
FULL_SECONDS = 1.0
CONFIRM_SECONDS = 5.0


class Receiver:
    """`full()` says why nothing more is to be consumed, in words, or nothing; RabbitMQ stays the buffer meanwhile."""

    def __init__(self, bus: Bus, cutting: Cutting, restating: Restating, full: Callable[[], str]) -> None:
        self._bus = bus
        self._restating = restating
        self._cutting = cutting
        self._full = full
        self._consuming = False
        self._clock = ArrivalClock(lambda: self._bus.connected and self._consuming)
        self._disk = Waiting("journal")
        self._room = Waiting("consumer", most=2 * FULL_SECONDS)
        self._dead = Waiting("dead letter")

    async def run(self) -> None:
        """Consume for ever. What was delivered and not acknowledged goes back to the queue at each pause."""
        while True:
            await self._restating.settled()
            while reason := self._full():
                await self._room.wait("journal_full", reason, FULL_SECONDS)
            self._room.over()
            async with self._bus.consume(topology.UPLINK) as batches:
                self._say(consuming=True)
                try:
                    await self._consume(batches)
                finally:
                    self._say(consuming=False)

    async def listen(self) -> None:
        """Close the windows of what has fallen silent, each second."""
        while True:
            try:
                _count(self._cutting.listen(self._clock.now()))
            except sqlite3.Error as error:
                await self._disk.wait("disk", f"the journal cannot be written ({error})")
            await asyncio.sleep(LISTEN_SECONDS)

    async def _consume(self, batches: Consumer) -> None:
        async for batch in batches:
            if not await self._take(batch) or self._full():
                return

    async def _take(self, batch: list[Delivery]) -> bool:
        """Whether all of the batch has found its place; if not, it is to be delivered again."""
        delivered, unreadable = _read(batch)
        readings = self._restated(delivered)
        try:
            counts = self._cutting.take([reading for _, reading in readings], self._clock.now())
        except sqlite3.Error as error:
            await self._disk.wait("disk", f"the journal cannot be written ({error}); nothing is acknowledged")
            return False
        self._disk.over()
        steps.passed("journal/ack")
        self._bus.ack_all(delivery for delivery, _ in readings)
        _count(counts)
        return await self._bury(unreadable) and len(readings) == len(delivered)

    def _restated(self, delivered: list[tuple[Delivery, Reading | Part]]) -> list[tuple[Delivery, Reading | Part]]:
        """In the service's time, up to the first of which it is not known how far its clock is off."""
        readings: list[tuple[Delivery, Reading | Part]] = []
        for delivery, one in delivered:
            restated = self._restating.restated(one)
            if restated is None:
                break
            readings.append((delivery, restated))
        return readings

    async def _bury(self, unreadable: list[tuple[Delivery, BadReading]]) -> bool:
        for delivery, error in unreadable:
            log.error("a message is no reading", sentence=str(error), field=error.field)
            if self._bus.blocked:  # each try would be one more copy that waits in memory
                await self._dead.wait("broker_refuses", "the broker does not take a dead letter")
                return False
            try:
                # A broker short of disk confirms nothing until somebody consumes: do not wait for it here.
                async with asyncio.timeout(CONFIRM_SECONDS):
                    taken = await self._bus.dead_letter(delivery, str(error))
            except TimeoutError:
                taken = False
            if not taken:
                await self._dead.wait("broker_refuses", "the broker does not take a dead letter")
                return False
            READINGS.labels("dead_lettered").inc()
        self._dead.over()
        return True

    def _say(self, *, consuming: bool) -> None:
        self._clock.now()
        self._consuming = consuming
        CONSUMING.set(consuming)


def _read(batch: list[Delivery]) -> tuple[list[tuple[Delivery, Reading | Part]], list[tuple[Delivery, BadReading]]]:
    readings: list[tuple[Delivery, Reading | Part]] = []
    unreadable: list[tuple[Delivery, BadReading]] = []
    for delivery in batch:
        try:
            readings.append((delivery, from_message(delivery.body)))
        except BadReading as error:
            unreadable.append((delivery, error))
    return readings, unreadable


def _count(counts: Counter[str]) -> None:
    for result in ("journaled", "duplicate"):
        READINGS.labels(result).inc(counts[result])
    for kind in ("window", "straggler"):
        CUTS.labels(kind).inc(counts[kind])
