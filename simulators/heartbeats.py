"""Heartbeats of gateways that do not exist: without them they would seem to be down, and their alarms not to be."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from simulators.service import Service
from simulators.stopping import until_told

EVERY = 60.0
BOOT = "simulated"


def heartbeat(uptime: float) -> dict[str, object]:
    """What a gateway without a box knows of itself: that it is there. `uptime` in seconds."""
    return {"boot": BOOT, "uptime_seconds": uptime, "versions": {}, "processes": {}}


async def beat(
    gateway: str, service: Service, stopping: asyncio.Event, said: Callable[[str], None], every: float = EVERY
) -> None:
    """One heartbeat now and each `every` seconds until told to stop; one that does not come through is not made up."""
    began, failing = time.monotonic(), False
    while not stopping.is_set():
        taken = await service.beat(gateway, heartbeat(time.monotonic() - began))
        if taken.sentence and not failing:
            said(f"{gateway}: heartbeat: {taken.sentence}")
        failing = bool(taken.sentence)
        await until_told(every, stopping)
