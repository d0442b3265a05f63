"""How much waits in each queue of the bus, dead letters among them, and whether the broker is there at all."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from chevet import metrics
from exporters.gateway import telemetry
from exporters.gateway.bus import topology
from exporters.gateway.bus.client import Bus, BusDown

EVERY = 10.0

CONNECTED = telemetry.gauge(metrics.BUS_CONNECTED)
BLOCKED = telemetry.gauge(metrics.BUS_BLOCKED)
MESSAGES = telemetry.gauge(metrics.BUS_QUEUE_MESSAGES)


async def watch(bus: Bus, queues: Iterable[topology.Queue]) -> None:
    """Until cancelled. While the broker is away the depths are unknown, and not shown as those of before."""
    names = [queue.name for queue in queues]
    CONNECTED.set_function(lambda: bus.connected)
    BLOCKED.set_function(lambda: bus.blocked)
    while True:
        await bus.ready()
        try:
            for name in names:
                MESSAGES.labels(queue=name).set(await bus.depth(name))
        except BusDown:
            MESSAGES.clear()
        await asyncio.sleep(EVERY)
