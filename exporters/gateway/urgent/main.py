"""The process `urgent`: readings become alarms, alarms become calls to relatives and alerts for the service.

What it decides and keeps is `bedside`; here it is joined to the broker, and told when to decide. After a start it first
reads what waited in its queues, so that nobody is called about what has passed; no step of that waits for the network.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import closing

import structlog

from chevet.errors import BadReading, expected
from chevet.readings import Reading
from chevet.rules import URGENT_VITALS
from chevet.sheet import Contact
from exporters.gateway import steps, telemetry
from exporters.gateway.bus import topology
from exporters.gateway.bus.client import Bus, BusDown, Delivery
from exporters.gateway.server import Server, Tokens
from exporters.gateway.settings import UrgentSettings
from exporters.gateway.urgent import counters, sheets, sms, taken
from exporters.gateway.urgent.bedside import Bedside
from exporters.gateway.urgent.caller import Caller, Local
from exporters.gateway.urgent.gateway_conditions import GatewayConditions
from exporters.gateway.urgent.registrar import Registrar
from exporters.gateway.urgent.spooled import Spooled
from exporters.gateway.urgent.state import UrgentState
from exporters.gateway.urgent.steady import KnownOffset

log = structlog.get_logger()

BROKER_WITHIN = 2.0
"""Seconds that the start gives the broker. Without it, what is on disk decides who is called."""

IDLE = 0.5
"""Seconds without a message after which a queue is asked whether it is empty."""

QUEUES_QUIET = 60.0
"""Seconds after the queues came back for which no signal is called silent: its readings may still be on their way."""


LAST_DAY = 253_402_214_400_000
"""31 December 9999 in milliseconds: what is later has no local time, in which limits by hour and SMS are told."""

SPOOL_EVERY = 1.0
"""Seconds between two looks into intake's spool."""

STILL = 5.0
"""Seconds for which nothing may leave intake's spool before it is read though the broker is connected."""

UNREAD_QUEUES = 120.0
"""Seconds without the broker after which intake's spool is read though the queues were not read to their end. What
waits in them may then come too late to be judged, but a broker that never starts must not leave a patient unwatched."""


class Urgent:
    """The consumers of the urgent queues, and the clock."""

    def __init__(
        self, bus: Bus, spooled: Spooled, bedside: Bedside, caller: Caller, registrar: Registrar, gateway: str
    ) -> None:
        self._bus, self._spooled, self._bedside, self._gateway = bus, spooled, bedside, gateway
        self._caller, self._registrar = caller, registrar
        self._left: dict[str, int] = {}
        self._last = time.monotonic()
        self._judging = False
        self._quiet_until = float("inf")
        bedside.on_change += [caller.wake.set, registrar.wake.set]

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._bus.run())
            group.create_task(self._start(group))
            group.create_task(self._tick())
            group.create_task(self._read_spool())

    async def _start(self, group: asyncio.TaskGroup) -> None:
        counters.CATCHING_UP.set(1)
        try:
            async with asyncio.timeout(BROKER_WITHIN):
                await self._bus.ready()
        except TimeoutError:
            log.warning("the broker is away: what is on disk decides who is called")
            self._decide()
            await self._bus.ready()
        self._judging = False
        self._left = await self._depths()
        log.info("reading what waited in the queues", messages=sum(self._left.values()))
        for vital in URGENT_VITALS:
            group.create_task(self._consume(topology.urgent_queue(vital), group))
        await self._catch_up()
        counters.CATCHING_UP.set(0)
        self._decide()
        self._quiet_until = time.monotonic() + QUEUES_QUIET

    @property
    def _caught_up(self) -> bool:
        """Whether the queues were read to the depth that they had at the start."""
        return bool(self._left) and not any(left > 0 for left in self._left.values())

    async def _depths(self) -> dict[str, int]:
        while True:
            try:
                return {queue: await self._bus.depth(queue) for queue in map(topology.urgent_queue, URGENT_VITALS)}
            except BusDown:
                await asyncio.sleep(IDLE / 5)
                await self._bus.ready()

    async def _catch_up(self) -> None:
        """Until as many were read as had waited, or the queues are empty, or the broker is away again."""
        connected = time.monotonic()
        while any(left > 0 for left in self._left.values()) and time.monotonic() - connected < BROKER_WITHIN:
            await asyncio.sleep(IDLE / 5)
            connected = time.monotonic() if self._bus.connected else connected
            if time.monotonic() - self._last >= IDLE and self._bus.connected:
                depths = await self._depths()
                self._left = {queue: min(left, depths[queue]) for queue, left in self._left.items()}

    def _decide(self) -> None:
        self._judging = True
        self._bedside.judge(_now(), time.monotonic())
        self._caller.enabled.set()
        self._registrar.enabled.set()

    async def _consume(self, queue: str, group: asyncio.TaskGroup) -> None:
        async with self._bus.consume(queue) as batches:
            async for batch in batches:
                good, bad = self._read(batch)
                self._bedside.take([one for _, one in good], _now(), time.monotonic(), judging=self._judging)
                steps.passed("state/ack")
                self._bus.ack_all([delivery for delivery, _ in good])
                self._left[queue] = self._left.get(queue, 0) - len(batch)
                self._last = time.monotonic()
                for one in bad:  # a broker that takes nothing must not hold up what is good
                    group.create_task(self._set_aside(*one))

    def _read(self, batch: list[Delivery]) -> tuple[list[tuple[Delivery, Reading]], list[tuple[Delivery, str]]]:
        good: list[tuple[Delivery, Reading]] = []
        bad: list[tuple[Delivery, str]] = []
        for delivery in batch:
            try:
                reading = Reading.from_json(delivery.body)
                if reading.gateway != self._gateway:
                    raise BadReading(expected("gateway", self._gateway, reading.gateway), field="gateway")
                if reading.measured_at >= LAST_DAY:
                    raise BadReading(
                        expected("measured_at", "a day before 10000", reading.measured_at), field="measured_at"
                    )
                good.append((delivery, reading))
            except BadReading as error:
                bad.append((delivery, str(error)))
        return good, bad

    async def _set_aside(self, delivery: Delivery, reason: str) -> None:
        counters.READINGS.labels(outcome="refused").inc()
        log.warning("a message cannot be read and is dead-lettered", queue=delivery.queue, reason=reason)
        try:
            await self._bus.dead_letter(delivery, reason)
        except BusDown:
            log.info("the broker went first: the message comes again", queue=delivery.queue)

    async def _read_spool(self) -> None:
        """While the broker is away or takes nothing, what intake holds for us is read where it lies.

        Only when the queues had been read to their end: what waits in them is older and would come out of order.
        """
        there = time.monotonic()
        while True:
            await asyncio.sleep(SPOOL_EVERY)
            there = time.monotonic() if self._bus.connected else there
            still = self._spooled.stands_still(STILL)
            while still or self._bus.blocked or not self._bus.connected:
                if not self._caught_up and time.monotonic() - there < UNREAD_QUEUES:
                    break
                readings = [one for one in self._spooled.next() if one.gateway == self._gateway]
                if not readings:
                    break
                self._bedside.take(readings, _now(), time.monotonic(), judging=True)
                await asyncio.sleep(0)  # calls and their answers go on between two parts of a long spool

    async def _tick(self) -> None:
        """Once a second: what time alone changes. Silence is judged only while readings can arrive: those of a device
        that seems silent may be waiting in a queue, or in intake's spool, until the broker is back for a while.
        """
        while True:
            await asyncio.sleep(1)
            clock = time.monotonic()
            if not self._bus.connected:
                self._quiet_until = clock + QUEUES_QUIET
            if self._judging and clock >= self._quiet_until:
                self._bedside.silence(_now())
            if self._judging:
                self._bedside.judge(_now(), clock)


async def run(settings: UrgentSettings) -> None:
    """The process, until it is cancelled."""
    key, gateway = sheets.read_key(settings.sheet_key_file), settings.gateway
    local = _local(settings)
    bus = Bus(settings.broker_url.get_secret_value(), "urgent", topology.queues(settings.uplink_max_bytes))
    tokens = Tokens(settings.credentials_file)
    with telemetry.serving(settings.metrics_address), closing(UrgentState(settings.state_dir)) as state:
        stored = state.sheet()
        bedside = Bedside(state, gateway, settings.timezone, sheets.from_disk(stored, key, gateway))
        bedside.clocks.offset = KnownOffset(settings.state_dir)
        async with (
            Server(settings.server_url, tokens, timeout=5) as for_sheets,
            Server(settings.server_url, tokens, timeout=5) as for_taken,
            asyncio.TaskGroup() as group,
        ):
            polled = sheets.Sheets(bedside, for_sheets, key, gateway, stored)
            conditions = GatewayConditions(bedside, local.channels)
            caller = Caller(bedside, local, polled.ask, conditions)
            registrar = Registrar(bedside, bus)
            urgent = Urgent(bus, Spooled(settings.state_dir), bedside, caller, registrar, gateway)
            for part in (urgent, polled, caller, registrar, conditions):
                group.create_task(part.run())
            group.create_task(taken.run(bedside, for_taken))


def _local(settings: UrgentSettings) -> Local:
    """The local number is the house's, not of a relative whom the patient granted anything: it learns no values."""
    number = settings.local_number
    contact = None if number is None else Contact(number=number, language=settings.local_language, order=0)
    urls = [url.get_secret_value() for url in settings.sms_urls]
    return Local(contact=contact, channels=sms.channels(urls), zone=settings.timezone)


def _now() -> int:
    return time.time_ns() // 1_000_000
