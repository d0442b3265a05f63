"""Zigbee frames as octets: what a sensor hears of a coordinator and what it says, spelled out by hand.

Written from the Zigbee specification and docs/sensor.md, and from nothing of the gateway's, so that a slip on either
side shows. Numbers are little-endian.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

AIR = struct.Struct("<QHBHBHHB")
"""Time in microseconds, source and its endpoint, target and its endpoint, profile, cluster, link quality."""
LENGTH = struct.Struct("<H")

COORDINATOR = 0x0000
HOME_AUTOMATION, DEVICE_PROFILE = 0x0104, 0x0000
MANUFACTURER = 0xFFF1


class Zdo(IntEnum):
    """The cluster of a device profile's request; its answer's has the highest bit set."""

    IEEE_ADDRESS = 0x0001
    NODE_DESCRIPTOR = 0x0002
    SIMPLE_DESCRIPTOR = 0x0004
    ACTIVE_ENDPOINTS = 0x0005
    DEVICE_ANNOUNCE = 0x0013
    BIND = 0x0021
    LEAVE = 0x0034
    PERMIT_JOINING = 0x0036


class Zcl(IntEnum):
    """General commands."""

    READ = 0x00
    READ_ANSWER = 0x01
    CONFIGURE = 0x06
    CONFIGURE_ANSWER = 0x07
    REPORT = 0x0A
    DEFAULT_RESPONSE = 0x0B


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame on the air."""

    source: int
    target: int
    cluster: int
    payload: bytes
    source_endpoint: int = 0
    target_endpoint: int = 0
    profile: int = DEVICE_PROFILE


def packed(frame: Frame, at: int) -> bytes:
    """On the wire of the simulated stick; `at` in milliseconds."""
    head = AIR.pack(
        at * 1000,
        frame.source,
        frame.source_endpoint,
        frame.target,
        frame.target_endpoint,
        frame.profile,
        frame.cluster,
        200,
    )
    return LENGTH.pack(len(head) + len(frame.payload)) + head + frame.payload


def unpacked(body: bytes) -> Frame:
    """What came over that wire, without its length."""
    _, source, source_endpoint, target, target_endpoint, profile, cluster, _ = AIR.unpack_from(body)
    return Frame(
        source=source,
        source_endpoint=source_endpoint,
        target=target,
        target_endpoint=target_endpoint,
        profile=profile,
        cluster=cluster,
        payload=body[AIR.size :],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Of a frame of the cluster library."""

    control: int
    manufacturer: int | None
    sequence: int
    command: int

    @property
    def general(self) -> bool:
        return self.control & 0x03 == 0


def header(payload: bytes) -> tuple[Header, bytes]:
    """The header and what follows it."""
    control, at = payload[0], 1
    manufacturer = None
    if control & 0x04:
        manufacturer, at = int.from_bytes(payload[1:3], "little"), 3
    return Header(control=control, manufacturer=manufacturer, sequence=payload[at], command=payload[at + 1]), payload[
        at + 2 :
    ]


def general(
    command: Zcl, sequence: int, body: bytes, *, manufacturer: int | None = None, answered: bool = True
) -> bytes:
    """A general command from a server; `answered` asks for a default response."""
    control = 0x08 | (0 if answered else 0x10) | (0 if manufacturer is None else 0x04)
    code = b"" if manufacturer is None else manufacturer.to_bytes(2, "little")
    return bytes([control]) + code + bytes([sequence, command]) + body


def attribute(number: int, kind: int, value: bytes) -> bytes:
    """One record of a report."""
    return struct.pack("<HB", number, kind) + value


def text(value: str) -> bytes:
    """A character string."""
    return bytes([len(value)]) + value.encode()


def node_descriptor(manufacturer: int) -> bytes:
    """Of a sleeping end device on 2.4 GHz that asks for an address."""
    return bytes([0x02, 0x40, 0x80]) + struct.pack("<HBHHHB", manufacturer, 82, 82, 0, 82, 0)


def simple_descriptor(endpoint: int, profile: int, device: int, servers: tuple[int, ...]) -> bytes:
    """An endpoint with these server clusters and no client's."""
    inputs = b"".join(one.to_bytes(2, "little") for one in servers)
    return struct.pack("<BHHBB", endpoint, profile, device, 0, len(servers)) + inputs + b"\x00"
