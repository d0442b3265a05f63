"""agent: looks at the gateway each minute and tells the service: a heartbeat, and in push mode its metrics.

Nobody waits for the agent, and it waits for nobody: what does not answer is said not to, and the rest is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

import structlog

from exporters.gateway import machinery, server, telemetry
from exporters.gateway.agent import box, heartbeat, own, sensors
from exporters.gateway.agent.free import Free
from exporters.gateway.agent.telling import Teller
from exporters.gateway.bus import depths, topology
from exporters.gateway.bus.client import BrokerRefused, Bus
from exporters.gateway.machinery import Looked
from exporters.gateway.server import Server, Tokens
from exporters.gateway.settings import AgentSettings

log = structlog.get_logger()

OURSELVES = "agent"
SERVER_SECONDS = 8.0
"""For each read; two posts, each with its token, then end within a minute whatever the link does."""

REFUSED_SECONDS = 60.0

Found = TypeVar("Found")


async def run(settings: AgentSettings) -> None:
    """The process. Raises ChevetError where it cannot begin."""
    server.read_credentials(settings.credentials_file)
    tokens = Tokens(settings.credentials_file)
    queues = topology.queues(settings.uplink_max_bytes)
    bus = Bus(settings.broker_url.get_secret_value(), OURSELVES, queues)
    with closing(Free(settings.state_dir)) as free, telemetry.serving(settings.metrics_address):
        async with Server(settings.server_url, tokens, SERVER_SECONDS) as service, asyncio.TaskGroup() as tasks:
            agent = Agent(settings, bus, Teller(settings.gateway, service), free)
            for program in (_connected(bus), depths.watch(bus, queues), agent.run()):
                tasks.create_task(program)


class Agent:
    """Looks and tells, for as long as it runs."""

    def __init__(self, settings: AgentSettings, bus: Bus, teller: Teller, free: Free) -> None:
        self._settings, self._bus, self._teller, self._free = settings, bus, teller, free
        self._others = {name: at for name, at in settings.processes.items() if name != OURSELVES}
        self._newest = own.Newest()
        telemetry.REGISTRY.register(self._newest)

    async def run(self) -> None:
        """Every so many seconds, whatever the last time met."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + self._settings.heartbeat_seconds
            try:
                await self._once()
            except Exception as error:  # the next minute may be better, and no heartbeat at all says the worst
                log.error("the agent could not look at everything", error=repr(error))
            await asyncio.sleep(max(0.0, due - loop.time()))

    async def _once(self) -> None:
        asked = [asyncio.to_thread(machinery.look, self._settings.gateway, *one) for one in self._others.items()]
        others: list[Looked] = await asyncio.gather(*asked)
        disk, battery = _or_none(lambda: self._free.look(box.uptime())), _or_none(box.battery)
        self._newest.show(disk, battery)
        ours = machinery.look_at_oneself(self._settings.gateway, OURSELVES)
        answered = await self._teller.beat(
            heartbeat.body(
                processes=(*others, ours),
                broker=self._bus.version,
                queues=depths.shown() if self._bus.connected else None,
                disk=disk,
                battery=battery,
                offset=self._teller.offset,
                heard=sensors.ages(self._settings.state_dir, self._teller.now),
            )
        )
        if answered and self._settings.mode == "push":
            await self._teller.push([series for looked in (*others, ours) for series in looked.series])


async def _connected(bus: Bus) -> None:
    """A broker that will not have us is said, and asked again: the heartbeat goes on."""
    while True:
        try:
            await bus.run()
        except* BrokerRefused as refused:
            log.error(str(refused.exceptions[0]))
        await asyncio.sleep(REFUSED_SECONDS)


def _or_none(look: Callable[[], Found]) -> Found | None:
    try:
        return look()
    except OSError as error:
        log.warning("a part of the machine cannot be looked at", error=str(error))
        return None
