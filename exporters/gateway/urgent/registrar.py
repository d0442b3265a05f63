"""Registers alerts: whatever changed about one is published to `alerts.outbox`, whole, until the broker has it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time

import structlog

from exporters.gateway.backoff import pauses
from exporters.gateway.bus import topology
from exporters.gateway.bus.client import Bus, BusDown
from exporters.gateway.bus.told import ONSET, SINCE
from exporters.gateway.urgent import counters
from exporters.gateway.urgent.bedside import Bedside
from exporters.gateway.urgent.cases import Case

log = structlog.get_logger()

LOOK_AGAIN = 0.5
"""Seconds between two looks while something is held back for its first SMS."""

MOST_ATTEMPTS = 100
"""Attempts that travel with an alert: the newest. The service appends those that it does not know, and days of a dead
sender must not fill the broker with ever longer lists."""


class Registrar:
    """`enabled` is set when it is known what is late; `wake` when something changed."""

    def __init__(self, bedside: Bedside, bus: Bus) -> None:
        self._bedside, self._bus = bedside, bus
        self.enabled = asyncio.Event()
        self.wake = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled."""
        waits = pauses()
        while True:
            await self.enabled.wait()
            await self._bus.ready()
            self.wake.clear()
            waiting = [case for case in self._bedside.cases.values() if case.published < case.revision]
            counters.UNREGISTERED.set(len(waiting))
            now = time.time_ns() // 1_000_000
            ripe = [case for case in waiting if case.registrable(now)]
            if all(await asyncio.gather(*(self._publish(case) for case in ripe))):
                waits = pauses()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_AGAIN):
                        await self.wake.wait()
            else:
                await asyncio.sleep(next(waits))

    async def _publish(self, case: Case) -> bool:
        revision = case.revision
        body = case.alert.to_dict()
        body["attempts"] = body["attempts"][-MOST_ATTEMPTS:]
        try:
            clocks = {ONSET: case.clock, SINCE: self._bedside.clocks.segment()}
            taken = await self._bus.publish("", topology.OUTBOX, json.dumps(body), clocks)
        except BusDown:
            return False
        if taken:
            self._bedside.published(case, revision)
        else:
            log.warning("the broker would not take an alert, it is sent again", alert=case.alert.id)
        return taken
