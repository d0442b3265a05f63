"""The simulated stick as an application of zigpy's."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import zigpy.config as config
import zigpy.types as t
from zigpy.application import ControllerApplication
from zigpy.device import ZigbeeDevice
from zigpy.exceptions import ZigbeeException
from zigpy.zdo.types import LogicalType, NodeDescriptor, SimpleDescriptor

from exporters.gateway.radio import air, reporting

COORDINATOR = t.EUI64.convert("00:12:4b:00:00:00:00:01")
"""The address of the simulated stick. It keeps it, as a real one does."""


class Simulated(ControllerApplication):
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
