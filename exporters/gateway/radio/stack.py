"""The Zigbee stack in our own terms. Alone in importing zigpy, and the libraries of the sticks that it speaks to.

Reports of the clusters that we read are handed over before they are answered, and answered with what that gave:
zigpy's own cluster answers by itself, and success at that, whatever its listeners made of a report.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

import zigpy.config as config
import zigpy.types as t
from zigpy.application import ControllerApplication
from zigpy.device import BaseDevice, ZigbeeDevice
from zigpy.exceptions import ZigbeeException
from zigpy.profiles import zha
from zigpy.zcl import Cluster, foundation
from zigpy.zcl.clusters.general import PowerConfiguration
from zigpy.zcl.clusters.measurement import TemperatureMeasurement
from zigpy.zcl.clusters.protocol import IEEEProtocolTunnel11073
from zigpy.zdo.types import LogicalType, NodeDescriptor, SimpleDescriptor
from zigpy.zdo.types import Status as ZdoStatus

from chevet import clusters
from exporters.gateway.radio import air, reporting
from exporters.gateway.radio.reporting import Answer, Device, Report

logging.getLogger("zigpy").setLevel(logging.ERROR)  # what matters of it is said by those who listen

DATABASE, BACKUP = "zigbee.sqlite", "zigbee-backup.json"
HEALTH_CARE = 0x0108
"""The profile that zigpy passes over; its frames are those of any other."""

STICKS = {"ezsp": "bellows.zigbee.application", "znp": "zigpy_znp.zigbee.application"}
TRANSFER, CONNECT = 0x00, 0x01
"""Commands of the tunnel."""

COORDINATOR = t.EUI64.convert("00:12:4b:00:00:00:00:01")
"""The address of the simulated stick. It keeps it, as a real one does."""


class Down(ConnectionError):
    """The stick is not there."""


class Unanswered(Exception):
    """A device did not take what it was told; it is asleep, or gone."""


class Listens(Protocol):
    """Whom the stack tells. Everything happens in the event loop, and before the device is answered."""

    def interviewed(self, device: Device) -> None:
        """A device has said what it is: it joined, or it was known from before."""

    def report(self, report: Report) -> Answer | None:
        """Keep a report. None leaves it unanswered, and then the device sends it again."""

    def apdu(self, device: str, octets: bytes, at: int) -> Sequence[bytes] | None:
        """Keep what an IEEE 11073 device measured, and say what to answer; None as for a report."""

    def refused(self, device: str, reason: str) -> None:
        """What a device sent is no frame that can be read."""


class _Kept:
    """Mixed into a zigpy cluster: its reports are kept, then answered."""

    def handle_cluster_general_request(self: Any, hdr: Any, args: Any, **kwargs: Any) -> None:
        if hdr.command_id != foundation.GeneralCommand.Report_Attributes:
            super().handle_cluster_general_request(hdr, args, **kwargs)  # type: ignore[misc]  # it is the cluster's
            return
        device = self.endpoint.device
        report = Report(
            device=str(device.ieee),
            cluster=int(self.cluster_id),
            manufacturer=None if hdr.manufacturer is None else int(hdr.manufacturer),
            attributes={int(one.attrid): (int(one.value.type), _plain(one.value.value)) for one in args[0]},
            at=round(device.last_seen * 1000),
        )
        answer = device.application.listener.report(report)
        if answer is not None and not hdr.frame_control.disable_default_response:
            self.create_catching_task(self._answered(hdr, foundation.Status[answer.name]))

    def _answered(self: Any, hdr: Any, status: foundation.Status) -> Any:
        return self.general_command(
            foundation.GeneralCommand.Default_Response,
            hdr.command_id,
            status,
            tsn=hdr.tsn,
            manufacturer=hdr.manufacturer,
        )


# zigpy finds a cluster's class by its id, the newest that was written; so these stand for every device's.
class Vitals(_Kept, Cluster):
    """Our own cluster."""

    cluster_id = t.uint16_t(clusters.VITALS)
    ep_attribute = "chevet_vitals"
    name = "Chevet vitals"


class Temperature(_Kept, TemperatureMeasurement):
    """Of bought thermometers."""


class Power(_Kept, PowerConfiguration):
    """The battery of any device."""


class Tunnel(IEEEProtocolTunnel11073):
    """Of devices that speak IEEE 11073: what they transfer is kept, then acknowledged, then answered."""

    class ClientCommandDefs(foundation.BaseCommandDefs):
        """The device is the tunnel's server, and says this to its client."""

        transfer_apdu = foundation.ZCLCommandDef(id=TRANSFER, schema={"apdu": t.LongOctetString})
        connect_status_noti = foundation.ZCLCommandDef(id=0x03, schema={"connect_status": t.enum8})

    def handle_cluster_request(self, hdr: Any, args: Any, **_: Any) -> None:
        if hdr.command_id != TRANSFER or isinstance(args, bytes):
            return
        device = self.endpoint.device
        answers = device.application.listener.apdu(str(device.ieee), bytes(args[0]), round(device.last_seen * 1000))
        if answers is None:
            return
        if not hdr.frame_control.disable_default_response:
            self.send_default_rsp(hdr, foundation.Status.SUCCESS)
        for answer in answers:
            transfer = self.command(TRANSFER, t.LongOctetString(answer), expect_reply=False)
            self.create_catching_task(transfer)

    async def connect(self, manager: Any) -> None:
        """Ask the device to speak to us, on our first endpoint, and never to hang up."""
        await self.command(CONNECT, 0, 0xFFFF, manager, 1, expect_reply=False)


READ = (Vitals, Temperature, Power, Tunnel)


class _Listening(ControllerApplication):
    """What every stick's application does besides: it lets nothing pass unsaid."""

    listener: Listens

    def packet_received(self, packet: t.ZigbeePacket) -> None:
        self._refuse_strays(packet)
        if packet.profile_id == HEALTH_CARE:
            packet = packet.replace(profile_id=t.uint16_t(zha.PROFILE_ID))
        try:
            self._refuse_malformed(packet)
            super().packet_received(packet)
        except Exception as error:  # a frame must not end the stack, whatever is in it
            self.listener.refused(str(packet.src), f"frame: expected one of Zigbee, got {_hex(packet)} ({error!r})")

    def _refuse_strays(self, packet: t.ZigbeePacket) -> None:
        if 0 in (packet.src_ep, packet.dst_ep):
            return
        device = _device(self, packet)
        if device is None:
            self.listener.refused(str(packet.src), "device: expected one that has joined, got a stranger's report")
        elif device.is_initialized and not _has(device, packet):
            place = f"cluster 0x{packet.cluster_id:04x} of endpoint {packet.src_ep}"
            self.listener.refused(str(device.ieee), f"frame: expected a cluster that the device named, got {place}")

    def _refuse_malformed(self, packet: t.ZigbeePacket) -> None:
        device = _device(self, packet)
        if device is None or 0 in (packet.src_ep, packet.dst_ep) or not _has(device, packet):
            return
        endpoint = device.endpoints[packet.src_ep]
        cluster: Any = {**endpoint.out_clusters, **endpoint.in_clusters}[packet.cluster_id]
        if isinstance(cluster, READ):
            cluster.deserialize(packet.data.serialize())  # zigpy itself would pass over what this raises


def _device(app: ControllerApplication, packet: t.ZigbeePacket) -> ZigbeeDevice | None:
    with contextlib.suppress(KeyError, ValueError):
        if packet.src is not None:
            device = app.get_device_with_address(packet.src)
            return device if isinstance(device, ZigbeeDevice) else None
    return None


def _has(device: ZigbeeDevice, packet: t.ZigbeePacket) -> bool:
    endpoint = device.endpoints.get(packet.src_ep) if packet.src_ep else None
    return endpoint is not None and packet.cluster_id in {**endpoint.in_clusters, **endpoint.out_clusters}


def _hex(packet: t.ZigbeePacket) -> str:
    return str(packet.data.serialize().hex(" "))


def _plain(value: object) -> object:
    if isinstance(value, int):
        return int(value)
    return bytes(value) if isinstance(value, bytes) else value


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
            await app.shutdown()
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
        if answer[0] != ZdoStatus.SUCCESS:
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
    base = importlib.import_module(STICKS[scheme]).ControllerApplication if scheme in STICKS else _Simulated
    return type("Application", (_Listening, base), {})


class _Simulated(ControllerApplication):
    """A stick whose air is a loopback socket: what comes from it enters where a real one's does, and what zigpy sends
    goes out as the bytes that a real one would radiate."""

    _writer: asyncio.StreamWriter | None = None
    _reading: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        where = urlsplit(self.config[config.CONF_DEVICE][config.CONF_DEVICE_PATH])
        reader, self._writer = await asyncio.open_connection(where.hostname, where.port)
        self._reading = asyncio.create_task(self._receive(reader))

    async def disconnect(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
        if self._writer is not None:
            self._writer.close()

    async def _receive(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                self.packet_received(_packet(await air.received(reader)))
        except (EOFError, OSError, ValueError) as error:
            self.connection_lost(error)

    async def send_packet(self, packet: t.ZigbeePacket) -> None:
        if self._writer is None or self._writer.is_closing() or packet.dst is None:
            raise ZigbeeException("the simulated stick is not connected")
        address = packet.dst.address
        if isinstance(address, t.EUI64):
            address = self.get_device(ieee=address).nwk
        frame = air.Frame(
            at=0,
            source=0,
            source_endpoint=packet.src_ep or 0,
            target=int(address),
            target_endpoint=packet.dst_ep or 0,
            profile=packet.profile_id,
            cluster=packet.cluster_id,
            quality=0,
            payload=packet.data.serialize(),
        )
        self._writer.write(air.packed(frame))

    async def load_network_info(self, *, load_devices: bool = False) -> None:
        info, network = self.state.node_info, self.state.network_info
        info.nwk, info.ieee, info.logical_type = t.NWK(0), COORDINATOR, LogicalType.Coordinator
        info.model, info.manufacturer = "simulated", "Chevet"
        network.pan_id, network.channel = t.PanId(0x1A62), t.uint8_t(15)
        network.channel_mask = t.Channels.from_channel_list([15])
        network.extended_pan_id = t.ExtendedPanId.convert("00:12:4b:00:00:00:00:01")
        network.network_key.key = t.KeyData.convert("01:03:05:07:09:0b:0d:0f:00:02:04:06:08:0a:0c:0d")

    async def start_network(self) -> None:
        device = self.add_device(COORDINATOR, t.NWK(0))
        device.node_desc = NodeDescriptor(0, 64, 142, 0, 82, 128, 11329, 128, 0)
        device.model, device.manufacturer = "simulated", "Chevet"
        await self.register_endpoints()

    async def add_endpoint(self, descriptor: SimpleDescriptor) -> None:
        endpoint = self._device.add_endpoint(descriptor.endpoint)
        endpoint.profile_id, endpoint.status = descriptor.profile, 1

    async def write_network_info(self, **_: Any) -> None:
        """It has always been formed."""

    async def reset_network_info(self) -> None:
        """It cannot be left."""

    async def permit_ncp(self, time_s: int = 60) -> None:
        """The sensors hear the broadcast."""

    async def permit_with_link_key(self, node: t.EUI64, link_key: t.KeyData, time_s: int = 60) -> None:
        """The simulated air is not encrypted."""

    async def force_remove(self, dev: ZigbeeDevice) -> None:
        """Nothing is lower than the air here."""


def _packet(frame: air.Frame) -> t.ZigbeePacket:
    return t.ZigbeePacket(
        timestamp=reporting.moment(frame.at),
        src=t.AddrModeAddress(addr_mode=t.AddrMode.NWK, address=t.NWK(frame.source)),
        src_ep=t.uint8_t(frame.source_endpoint),
        dst=t.AddrModeAddress(addr_mode=t.AddrMode.NWK, address=t.NWK(frame.target)),
        dst_ep=t.uint8_t(frame.target_endpoint),
        profile_id=t.uint16_t(frame.profile),
        cluster_id=t.uint16_t(frame.cluster),
        data=t.SerializableBytes(frame.payload),
        lqi=t.uint8_t(frame.quality),
    )
