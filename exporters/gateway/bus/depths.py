"""How much waits in each queue of the bus, dead letters among them, and whether the broker is there at all.

Whoever has a bus shows whether it is connected; the depths are one thing of a gateway, and one process asks for them.
"""

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


def shown() -> dict[str, int] | None:
    """The depth of each queue as it was seen last; None while the broker is away."""
    found = {sample.labels["queue"]: int(sample.value) for one in MESSAGES.collect() for sample in one.samples}
    return found or None


def show_connection(bus: Bus) -> None:
    """Whether the broker is there for this process, and takes anything, on its /metrics from now on."""
    CONNECTED.set_function(lambda: bus.connected)
    BLOCKED.set_function(lambda: bus.blocked)


async def watch(bus: Bus, queues: Iterable[topology.Queue]) -> None:
    """Until cancelled. While the broker is away the depths are unknown, and not shown as those of before."""
    names = [queue.name for queue in queues]
    show_connection(bus)
    while True:
        if not bus.connected:
            MESSAGES.clear()
        await bus.ready()
        try:
            for name in names:
                MESSAGES.labels(queue=name).set(await bus.depth(name))
        except BusDown:
            MESSAGES.clear()
        await asyncio.sleep(EVERY)
