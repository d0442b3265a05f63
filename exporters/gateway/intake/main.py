"""The process `intake`: raw messages of sensors become readings, numbered, on disk, and then on the bus.

A raw message is acknowledged when its readings are fsynced in the spool; a reading leaves the spool when its exchanges
have confirmed it. Wherever the process dies, the message comes again and is known by its hash.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, field

import structlog

from chevet import metrics
from exporters.gateway import clocks, steps, telemetry
from exporters.gateway.backoff import pauses
from exporters.gateway.bus import depths, topology
from exporters.gateway.bus.client import Bus, Delivery
from exporters.gateway.intake import departures
from exporters.gateway.intake.clock import Clock
from exporters.gateway.intake.devices import Devices
from exporters.gateway.intake.folding import Folding
from exporters.gateway.intake.spool import NAME, Spool, SpoolFull
from exporters.gateway.intake.zigbee2mqtt import Driver, Refused, Report
from exporters.gateway.settings import IntakeSettings

log = structlog.get_logger()

MESSAGES = telemetry.counter(metrics.INTAKE_MESSAGES)
READINGS = telemetry.counter(metrics.INTAKE_READINGS)
UNKNOWN_DEVICES = telemetry.gauge(metrics.INTAKE_UNKNOWN_DEVICES)
SPOOL_FULL = telemetry.gauge(metrics.SPOOL_FULL)


@dataclass(slots=True)
class Sorted:
    """A batch after it is safe: `done` is to be acknowledged, `refused` goes to the dead letters with its reason."""

    done: list[Delivery] = field(default_factory=list)
    refused: list[tuple[Delivery, str]] = field(default_factory=list)


class Intake:
    """Takes batches from the raw queue for as long as it runs."""

    def __init__(self, bus: Bus, spool: Spool, gateway: str, clock: Clock) -> None:
        self._bus, self._spool, self._clock = bus, spool, clock
        self._devices = Devices(spool.database)
        self._driver = Driver(self._devices, gateway, clock.segments)
        self.departures = departures.legs(bus, spool)

    async def run(self) -> None:
        """Until cancelled."""
        async with self._bus.consume(topology.RAW) as batches, asyncio.TaskGroup() as asides:
            async for batch in batches:
                async for kept in self._keep_at_last(batch):
                    steps.passed("spool/ack")
                    self._bus.ack_all(kept.done)
                    for departure in self.departures:
                        departure.more.set()
                    for refused in kept.refused:  # a broker that takes nothing must not hold up what is good
                        asides.create_task(self._bus.dead_letter(*refused))

    async def _keep_at_last(self, batch: list[Delivery]) -> AsyncIterator[Sorted]:
        """As `keep`, in smaller parts while there is little room; without any, the messages wait in the broker."""
        waits, most = pauses(), len(batch)
        while batch:
            try:
                kept = self.keep(batch[:most])
            except SpoolFull as error:
                self._devices.reload()
                if most > 1:
                    most //= 2
                    continue
                SPOOL_FULL.set(1)
                log.error(str(error))
                await asyncio.sleep(next(waits))
            else:
                SPOOL_FULL.set(0)
                batch = batch[most:]
                yield kept

    def keep(self, batch: list[Delivery]) -> Sorted:
        """Read a batch and fsync it, in one transaction. Raises SpoolFull, and then nothing was kept."""
        kept, now, readings = Sorted(), self._clock.look().wall, 0
        with self._spool.transaction():
            for delivery in batch:
                try:
                    report = self._driver.read(delivery.routing_key, delivery.body, now)
                except Refused as error:
                    kept.refused.append((delivery, str(error)))
                    continue
                readings += self._add(delivery, report)
                if report.refusals:
                    kept.refused.append((delivery, "; ".join(report.refusals)))
                else:
                    kept.done.append(delivery)
            self._spool.forget_old()
        self._count(kept, readings)
        return kept

    def _add(self, delivery: Delivery, report: Report) -> int:
        digest = hashlib.blake2b(
            delivery.routing_key.encode() + b"\0" + delivery.body, digest_size=16, usedforsecurity=False
        ).digest()
        if not report.readings or self._spool.knows(digest):
            return 0
        self._spool.add(digest, report.readings)
        return len(report.readings)

    def _count(self, kept: Sorted, readings: int) -> None:
        MESSAGES.labels(outcome="taken").inc(len(kept.done))
        MESSAGES.labels(outcome="refused").inc(len(kept.refused))
        READINGS.inc(readings)
        UNKNOWN_DEVICES.set(len(self._devices.unknown()))


async def run(settings: IntakeSettings, look: clocks.Look = clocks.look) -> None:
    """The whole process, until cancelled."""
    bus = Bus(settings.broker_url.get_secret_value(), "intake", topology.queues(settings.uplink_max_bytes))
    with (
        closing(Spool(settings.state_dir / NAME, settings.spool_max_bytes)) as spool,
        closing(Clock(settings.state_dir, look)) as clock,
        telemetry.serving(settings.metrics_address),
    ):
        depths.show_connection(bus)
        intake = Intake(bus, spool, settings.gateway, clock)
        async with asyncio.TaskGroup() as group:
            group.create_task(bus.run())
            group.create_task(clock.run())
            for departure in intake.departures:
                group.create_task(departure.run())
            group.create_task(intake.run())
            folding = Folding(spool, intake.departures, settings.spool_fold_bytes, settings.state_dir)
            group.create_task(folding.run())
