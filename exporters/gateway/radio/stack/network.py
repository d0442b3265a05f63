"""A stick and its network, from opening it to closing it."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import zigpy.config as config
import zigpy.types as t
from zigpy.device import BaseDevice, ZigbeeDevice
from zigpy.exceptions import ZigbeeException
from zigpy.zdo.types import Status

from exporters.gateway.radio import reporting
from exporters.gateway.radio.reporting import Device, Listens
from exporters.gateway.radio.stack.answering import READ, Tunnel
from exporters.gateway.radio.stack.listening import Listening
from exporters.gateway.radio.stack.simulated import Simulated

DATABASE, BACKUP = "zigbee.sqlite", "zigbee-backup.json"
STICKS = {"ezsp": "bellows.zigbee.application", "znp": "zigpy_znp.zigbee.application"}


class Down(ConnectionError):
    """The stick is not there."""


class Unanswered(Exception):
    """A device did not take what it was told; it is asleep, or gone."""


class Radio:
    """A stick and its network, from `opened` to `close`."""

    def __init__(self, app: Any, folder: Path) -> None:
        self._app, self._folder = app, folder
        self.lost = asyncio.Event()

    @classmethod
    async def opened(cls, url: str, folder: Path, listener: Listens) -> Self:
        """Raises Down where there is no stick at `url`."""
        scheme, device = urlsplit(url).scheme, url
        os.close(os.open(folder / DATABASE, os.O_CREAT | os.O_RDWR, 0o600))  # its own files beside it take its mode
        if scheme in STICKS:
            device = urlsplit(url).path
        kind = _application(scheme)
        app = kind(
            {
                config.CONF_DEVICE: {config.CONF_DEVICE_PATH: device},
                config.CONF_DATABASE: str(folder / DATABASE),
                config.CONF_DB_COMMIT_INTERVAL: 0,
                config.CONF_OTA: {config.CONF_OTA_ENABLED: False},
            }
        )
        app.listener = listener
        radio = cls(app, folder)
        app.add_listener(radio)
        app.backups.add_listener(radio)
        try:
            await app._load_db()
            await app.startup(auto_form=True)
        except Exception as error:  # each stick's library has errors of its own, and a bare one at times
            await radio.close()
            raise Down(f"CHEVET_RADIO: expected a stick at {url}, got {error!r}") from error
        for known in radio._devices():
            listener.interviewed(_described(known))
        return radio

    async def close(self) -> None:
        """Leave the stick and fold the database."""
        with contextlib.suppress(Exception):
            await self._app.shutdown()

    async def permit(self, seconds: int) -> None:
        """Let devices join for so long."""
        await self._app.permit(seconds)

    async def configure(self, device: str) -> None:
        """Bind the clusters that we read, and have them reported. Raises Unanswered."""
        found = self._app.devices.get(t.EUI64.convert(device))
        try:
            for endpoint in [] if found is None else found.non_zdo_endpoints:
                for cluster in list(endpoint.in_clusters.values()):
                    if isinstance(cluster, READ):
                        await self._bind(cluster)
        except (ZigbeeException, TimeoutError, OSError) as error:
            raise Unanswered(f"{device}: {error!r}") from error

    async def _bind(self, cluster: Any) -> None:
        answer = await cluster.bind()
        if answer[0] != Status.SUCCESS:
            raise Unanswered(f"{cluster.endpoint.device.ieee}: bind gave {answer[0]!r}")
        if isinstance(cluster, Tunnel):
            await cluster.connect(self._app.state.node_info.ieee)
        for row in reporting.REPORTED.get(cluster.cluster_id, ()):
            await cluster.configure_reporting(row.attribute, row.least_seconds, row.most_seconds, row.change)

    def _devices(self) -> Iterator[ZigbeeDevice]:
        for one in list(self._app.devices.values()):
            if isinstance(one, ZigbeeDevice) and one.is_initialized and one.nwk != 0:
                yield one

    def device_initialized(self, device: BaseDevice) -> None:
        """zigpy's: the interview is over."""
        if isinstance(device, ZigbeeDevice) and device.nwk != 0:
            self._app.listener.interviewed(_described(device))

    def connection_lost(self, _error: Exception) -> None:
        """zigpy's: the stick is gone."""
        self.lost.set()

    def network_backup_created(self, backup: Any) -> None:
        """zigpy's: what another stick needs to take this one's place, its keys among it."""
        reporting.write_private(self._folder / BACKUP, backup.as_open_coordinator_json())


def _described(device: ZigbeeDevice) -> Device:
    offered = {int(one) for endpoint in device.non_zdo_endpoints for one in endpoint.in_clusters}
    return Device(
        address=str(device.ieee),
        manufacturer=device.manufacturer or "",
        model=device.model or "",
        clusters=frozenset(offered),
    )


def _application(scheme: str) -> type[Any]:
    base = importlib.import_module(STICKS[scheme]).ControllerApplication if scheme in STICKS else Simulated
    return type("Application", (Listening, base), {})
