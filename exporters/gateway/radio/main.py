"""The process `radio`: a stick of our own, its sensors' reports kept, answered and published.

A report is answered when its readings are fsynced in the spool; until then its sensor keeps it. Wherever the process
dies, the sensor sends it again, and it is known by its name. SIGUSR1 opens the network for a while: it is closed else.
"""

from __future__ import annotations

import asyncio
import importlib
import signal
from contextlib import closing
from types import ModuleType
from typing import TYPE_CHECKING

import structlog

from chevet import metrics
from chevet.errors import ChevetError
from exporters.gateway import telemetry
from exporters.gateway.backoff import pauses
from exporters.gateway.bus import depths, topology
from exporters.gateway.bus.client import Bus
from exporters.gateway.intake.departures import legs
from exporters.gateway.intake.folding import Folding
from exporters.gateway.intake.spool import RADIO_NAME, Spool
from exporters.gateway.radio.bindings import Bindings
from exporters.gateway.radio.driver import Driver
from exporters.gateway.settings import RadioSettings

if TYPE_CHECKING:
    from exporters.gateway.radio.stack import Radio

log = structlog.get_logger()

STEADY_SECONDS = 60.0
"""A stick that was there for so long begins with the shortest pause again."""

CONNECTED = telemetry.gauge(metrics.RADIO_CONNECTED)


class NoExtra(ChevetError):
    """The optional extra that this process needs is not installed."""


class Station:
    """Keeps the stick connected, and opens its network when it is asked to."""

    def __init__(self, stack: ModuleType, settings: RadioSettings, driver: Driver, bindings: Bindings) -> None:
        self._stack, self._settings, self._driver, self._bindings = stack, settings, driver, bindings
        self._radio: Radio | None = None
        self._asked: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until cancelled."""
        waits, loop = pauses(), asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                await self._serve()
            finally:
                CONNECTED.set(0)
            if loop.time() - began > STEADY_SECONDS:
                waits = pauses()
            await asyncio.sleep(next(waits))

    async def _serve(self) -> None:
        try:
            radio = await self._stack.Radio.opened(self._settings.radio, self._settings.state_dir, self._driver)
        except self._stack.Down as error:
            log.warning(str(error))
            return
        try:
            self._radio = radio
            CONNECTED.set(1)
            log.info("the stick is there")
            async with self._bindings.serving(radio):
                await radio.lost.wait()
            log.warning("the stick is gone")
        finally:
            self._radio = None
            await radio.close()

    def permit(self) -> None:
        """Let devices join for the time that the settings say."""
        task = asyncio.ensure_future(self._permit(self._settings.radio_permit_seconds))
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def _permit(self, seconds: int) -> None:
        if self._radio is None:
            log.warning("the network cannot be opened: the stick is not there")
            return
        try:
            await self._radio.permit(seconds)
            log.info("the network is open", seconds=seconds)
        except Exception as error:  # of whichever library the stick has
            log.warning("the network cannot be opened", reason=repr(error))


def _stack() -> ModuleType:
    """The module that imports zigpy. Raises NoExtra."""
    try:
        return importlib.import_module("exporters.gateway.radio.stack")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("exporters", "chevet"):
            raise
        raise NoExtra("zigpy: expected the extra zigbee, pip install 'chevet[zigbee]'", field="zigpy") from error


async def run(settings: RadioSettings) -> None:
    """The whole process, until cancelled."""
    stack = _stack()
    bus = Bus(settings.broker_url.get_secret_value(), "radio", topology.queues(settings.uplink_max_bytes))
    depths.show_connection(bus)
    with closing(Spool(settings.state_dir / RADIO_NAME, settings.spool_max_bytes)) as spool:
        departures = legs(bus, spool)

        def kept() -> None:
            for departure in departures:
                departure.more.set()

        bindings = Bindings(spool)
        driver = Driver(spool, settings.gateway, settings.radio_names, kept, bindings.heard)
        station = Station(stack, settings, driver, bindings)
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, station.permit)
        with telemetry.serving(settings.metrics_address):
            async with asyncio.TaskGroup() as group:
                group.create_task(bus.run())
                for departure in departures:
                    group.create_task(departure.run())
                group.create_task(station.run())
                group.create_task(Folding(spool, departures, settings.spool_fold_bytes, settings.state_dir).run())
