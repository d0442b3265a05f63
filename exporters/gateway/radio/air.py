"""The wire of the simulated stick: frames as they were on the air, one after the other on a loopback TCP socket.

A frame is its length (two octets), then time, addresses and the payload's own bytes, little-endian as Zigbee is. The
simulated sensors have their own spelling of it, so that a slip on one side shows.
"""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass

_LENGTH = struct.Struct("<H")
_HEAD = struct.Struct("<QHBHBHHB")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """`at` is when it was on the air, in microseconds since 1970, by the stick's clock. Network addresses only."""

    at: int
    source: int
    source_endpoint: int
    target: int
    target_endpoint: int
    profile: int
    cluster: int
    quality: int
    payload: bytes


def packed(frame: Frame) -> bytes:
    """The frame as it goes over the wire."""
    head = _HEAD.pack(
        frame.at,
        frame.source,
        frame.source_endpoint,
        frame.target,
        frame.target_endpoint,
        frame.profile,
        frame.cluster,
        frame.quality,
    )
    return _LENGTH.pack(len(head) + len(frame.payload)) + head + frame.payload


async def received(reader: asyncio.StreamReader) -> Frame:
    """The next frame. Raises EOFError when the wire is cut, ValueError where it is no frame."""
    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    body = await reader.readexactly(length)
    if length < _HEAD.size:
        raise ValueError(f"frame: expected at least {_HEAD.size} octets, got {length}")
    at, source, source_endpoint, target, target_endpoint, profile, cluster, quality = _HEAD.unpack_from(body)
    return Frame(
        at=at,
        source=source,
        source_endpoint=source_endpoint,
        target=target,
        target_endpoint=target_endpoint,
        profile=profile,
        cluster=cluster,
        quality=quality,
        payload=body[_HEAD.size :],
    )
