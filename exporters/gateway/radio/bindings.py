"""Which devices have been bound and told what to report. A sleeping one is told when it has just been heard."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

import structlog

from exporters.gateway.intake.spool import Spool, SpoolFull

log = structlog.get_logger()

_SCHEMA = "CREATE TABLE IF NOT EXISTS bound_devices (address TEXT PRIMARY KEY)"


class Configures(Protocol):
    """What is needed of a radio."""

    async def configure(self, device: str) -> None:
        """Bind a device and have it report; raises where it does not answer."""


class Bindings:
    """Kept in the spool's database, so that a restart asks nothing of devices that sleep."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        with spool.transaction():
            spool.database.execute(_SCHEMA)
        self._bound = {row[0] for row in spool.database.execute("SELECT address FROM bound_devices")}
        self._radio: Configures | None = None
        self._under_way: dict[str, asyncio.Task[None]] = {}

    @asynccontextmanager
    async def serving(self, radio: Configures) -> AsyncIterator[None]:
        """While this radio is there; what is heard meanwhile is bound by it."""
        self._radio = radio
        try:
            yield
        finally:
            self._radio = None
            tasks: list[Any] = list(self._under_way.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def heard(self, device: str) -> None:
        """The device is awake: bind it, unless that was done."""
        if device not in self._bound and device not in self._under_way:
            task = asyncio.ensure_future(self._bind(device))
            self._under_way[device] = task
            task.add_done_callback(lambda _: self._under_way.pop(device, None))

    async def _bind(self, device: str) -> None:
        await asyncio.sleep(0)  # a known device is named while its radio is still being opened
        if self._radio is None:
            return
        try:
            await self._radio.configure(device)
        except Exception as error:  # of whichever library the stick has: the device is tried when it is heard again
            log.warning("a device is not bound yet", device=device, reason=str(error))
            return
        with contextlib.suppress(SpoolFull), self._spool.transaction():
            self._spool.database.execute("INSERT OR IGNORE INTO bound_devices VALUES (?)", (device,))
        self._bound.add(device)
        log.info("a device is bound", device=device)
