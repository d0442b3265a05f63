"""What every stick's application does besides: it lets nothing that a device sends pass unsaid."""

from __future__ import annotations

import contextlib
from typing import Any

import zigpy.types as t
from zigpy.application import ControllerApplication
from zigpy.device import ZigbeeDevice
from zigpy.profiles import zha

from exporters.gateway.radio.reporting import Listens
from exporters.gateway.radio.stack.answering import READ

HEALTH_CARE = 0x0108
"""The profile that zigpy passes over; its frames are those of any other."""


class Listening(ControllerApplication):
    """To be mixed with a stick's own application, before it."""

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
