"""Whether anything is still on its way at a home: in a queue of the broker, in intake's spool, in uplink's journal."""

from __future__ import annotations

import asyncio
import re
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from bench.deadlines import until
from bench.progress import Tell
from bench.stack import HOME, Stack
from chevet import metrics
from chevet.rules import URGENT_VITALS
from exporters.gateway.bus import topology
from exporters.gateway.bus.client import Bus, BusDown
from provisioning.local import homes
from provisioning.local.probes import DIRECT

QUEUES = (topology.RAW, *map(topology.urgent_queue, URGENT_VITALS), topology.UPLINK, topology.OUTBOX)
DEAD = tuple(topology.dead_queue(queue) for queue in QUEUES)
SPOOL = "the spool"
LOOKS = 4
"""So many looks a second apart must all find nothing: what is held unacknowledged shows in no depth."""
WITHIN = 420.0
_SAMPLE = re.compile(r"^(\w+)\{?([^}]*)\}? (\S+)$")


@asynccontextmanager
async def connected(bus: Bus) -> AsyncIterator[Bus]:
    """The bus while it is wanted."""
    running = asyncio.create_task(bus.run())
    try:
        await bus.ready()
        yield bus
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def drained(stack: Stack, tell: Tell, *, left_uncut: int) -> None:
    """Until nothing is on its way but `left_uncut` readings of windows still open. Raises Unmeasured."""
    quiet, last = 0, ""
    async with connected(stack.bus()) as bus:

        async def nothing_left() -> bool:
            nonlocal quiet, last
            waiting = await on_the_way(stack, bus)
            if waiting.get("uncut", 0) <= left_uncut:
                waiting.pop("uncut", None)
            quiet = 0 if waiting else quiet + 1
            now = ", ".join(f"{count:.0f} in {where}" for where, count in waiting.items())
            if now and now != last:
                tell(f"still on the way: {now}")
            last = now
            return quiet >= LOOKS

        await until(nothing_left, "nothing is on its way any more", WITHIN, every=1.0)


async def on_the_way(stack: Stack, bus: Bus) -> dict[str, float]:
    """What waits, by place; what cannot be asked is counted as one."""
    try:
        depths = {queue: float(await bus.depth(queue)) for queue in QUEUES}
    except BusDown:
        return {"a broker that does not answer": 1}
    taking = "radio" if stack.runs(homes.row_name(HOME, "radio")) else "intake"
    spool = await asyncio.to_thread(metric, stack, taking, metrics.SPOOL_READINGS.name)
    journal = await asyncio.to_thread(metric, stack, "uplink", metrics.JOURNAL_ROWS.name)
    by_state = {re.sub(r'.*="(.*)"', r"\1", labels): value for labels, value in journal.items()}
    found = depths | {SPOOL: sum(spool.values())} | by_state
    return {where: count for where, count in found.items() if count}


async def dead_letters(stack: Stack) -> dict[str, int]:
    """What was put aside as unreadable, by queue."""
    async with connected(stack.bus()) as bus:
        depths = {queue: await bus.depth(queue) for queue in DEAD}
    return {queue: depth for queue, depth in depths.items() if depth}


def metric(stack: Stack, process: str, name: str) -> Mapping[str, float]:
    """The samples of one of a process's own metrics, by labels."""
    url = stack.place(homes.row_name(HOME, process)).url() + "/metrics"
    try:
        with DIRECT.open(url, timeout=5) as answer:
            lines = answer.read().decode().splitlines()
    except (OSError, urllib.error.URLError):
        return {f'state="{process} that does not answer"': 1}
    samples = (_SAMPLE.match(line) for line in lines)
    return {sample[2]: float(sample[3]) for sample in samples if sample and sample[1] == name}
