"""A sensor that speaks Zigbee: it joins, is interviewed and bound, and keeps each report until it is acknowledged.

One report at a time is on its way, so that they arrive in order; one that is not answered in time is sent again with a
new transaction number and its new age. docs/sensor.md says why.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from chevet.units import MG_PER_DL_IN_MMOL_PER_L, round_half_up
from simulators import radio_frames as frames
from simulators.radio_frames import Frame, Zcl, Zdo

ENDPOINT = 1
BASIC, POWER, TEMPERATURE, TUNNEL, VITALS = 0x0000, 0x0001, 0x0402, 0x0614, 0xFC11
SENSOR_DEVICE = 0x0302
SUCCESS, UNSUPPORTED, NO_TARGET = 0x00, 0x86, 0x81
REPEAT_AFTER = 2000
"""Milliseconds without an answer after which a report is sent again."""

PROBE_OFF, MOTION = 0x01, 0x02
Payload = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """How one attribute of a payload is sent: `steps` of it make one of the payload's unit."""

    id: int
    kind: int
    octets: int
    missing: int
    steps: int = 1
    signed: bool = False

    def spelled(self, value: int) -> bytes:
        return frames.attribute(self.id, self.kind, value.to_bytes(self.octets, "little", signed=self.signed))


SPELLINGS: Mapping[str, Spelling] = MappingProxyType(
    {
        "heart_rate": Spelling(id=0x0010, kind=0x21, octets=2, missing=0xFFFF),
        "spo2": Spelling(id=0x0011, kind=0x20, octets=1, missing=0xFF),
        "respiratory_rate": Spelling(id=0x0012, kind=0x20, octets=1, missing=0xFF),
        "temperature": Spelling(id=0x0013, kind=0x29, octets=2, missing=-0x8000, steps=100, signed=True),
        "glucose": Spelling(id=0x0014, kind=0x21, octets=2, missing=0xFFFF),
        "systolic": Spelling(id=0x0016, kind=0x21, octets=2, missing=0xFFFF),
        "diastolic": Spelling(id=0x0017, kind=0x21, octets=2, missing=0xFFFF),
        "weight": Spelling(id=0x0018, kind=0x22, octets=3, missing=0xFFFFFF, steps=1000),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A report until it is acknowledged: what was measured at `at`, in milliseconds, as it will be logged."""

    counter: int
    at: int
    records: bytes
    payload: Payload


def ieee(address: bytes) -> str:
    """An address as people write it."""
    return ":".join(f"{octet:02x}" for octet in reversed(address))


Acknowledged = Callable[["Sensor", Payload], None]


@dataclass(slots=True)
class Sensor:
    """One device. `hear` and `due` give the frames that it sends; `acknowledged` is told what is safe."""

    name: str
    model: str
    address: bytes
    short: int
    boot: int
    acknowledged: Acknowledged
    clusters: tuple[int, ...] = (BASIC, POWER, VITALS)
    profile: int = frames.HOME_AUTOMATION
    tunnel: Callable[[Frame], Iterator[Frame]] | None = None
    """Hears what comes for the endpoint in place of its clusters."""
    member: bool = False
    bound: bool = False
    counter: int = 0
    refused: list[int] = field(default_factory=list)
    _kept: deque[Kept] = field(default_factory=deque)
    _sequence: int = 0
    _asked: tuple[int, int] | None = None

    @property
    def ieee(self) -> str:
        """The address as people write it."""
        return ieee(self.address)

    @property
    def left(self) -> int:
        """Reports that nobody has acknowledged yet."""
        return len(self._kept)

    def drop(self) -> list[Payload]:
        """Give up what is left, and say what it was."""
        given_up, self._kept = [one.payload for one in self._kept], deque()
        return given_up

    def measure(self, payload: Payload, now: int) -> None:
        """Keep a report of this. It has no clock that could be wrong: nothing was measured later than `now`."""
        records, said = _records(payload | {"last_seen": min(payload["last_seen"], now)})
        self.counter += 1
        self._kept.append(Kept(counter=self.counter, at=said["last_seen"], records=records, payload=said))

    def change_battery(self, boot: int) -> None:
        """Begin anew: the counter, and the number that tells this life from the last. What was kept is gone."""
        self.boot, self.counter, self._asked = boot, 0, None
        self._kept.clear()

    def due(self, now: int) -> Iterator[Frame]:
        """The oldest report, for the first time or again. `now` in milliseconds."""
        if not (self.member and self.bound and self._kept):
            return
        if self._asked is None or now - self._asked[1] >= REPEAT_AFTER:
            self._sequence = (self._sequence + 1) % 256
            self._asked = (self._sequence, now)
            yield self.report(self._kept[0], self._sequence, now)

    def report(self, one: Kept, sequence: int, now: int) -> Frame:
        """The frame of a report that is sent at `now`."""
        naming = (
            frames.attribute(0x0000, 0x23, self.boot.to_bytes(4, "little")),
            frames.attribute(0x0001, 0x23, one.counter.to_bytes(4, "little")),
            frames.attribute(0x0002, 0x23, (now - one.at).to_bytes(4, "little")),
        )
        body = frames.general(Zcl.REPORT, sequence, b"".join(naming) + one.records, manufacturer=frames.MANUFACTURER)
        return self.said(VITALS, body)

    def said(self, cluster: int, payload: bytes) -> Frame:
        """A frame of the cluster library to the coordinator."""
        return Frame(
            source=self.short,
            source_endpoint=ENDPOINT,
            target=frames.COORDINATOR,
            target_endpoint=ENDPOINT,
            profile=self.profile,
            cluster=cluster,
            payload=payload,
        )

    def hear(self, frame: Frame) -> Iterator[Frame]:
        """Answer a frame that reached this sensor."""
        if frame.cluster == Zdo.PERMIT_JOINING and frame.profile == frames.DEVICE_PROFILE:
            if frame.payload[1] and not self.member:
                self.member = True
                yield self.announce()
        elif not self.member:
            return
        elif frame.target_endpoint == 0:
            yield from self._device_profile(frame)
        elif frame.target_endpoint == ENDPOINT:
            yield from self.tunnel(frame) if self.tunnel and frame.cluster == TUNNEL else self._cluster_library(frame)

    def announce(self) -> Frame:
        """That it is here."""
        body = bytes([0]) + struct.pack("<H", self.short) + self.address + bytes([0x80])
        return Frame(source=self.short, target=0xFFFD, cluster=Zdo.DEVICE_ANNOUNCE, payload=body)

    def _device_profile(self, frame: Frame) -> Iterator[Frame]:
        answer = _DEVICE_PROFILE.get(frame.cluster)
        body = answer(self, frame.payload[1:]) if answer else None
        if body is not None:
            payload = frame.payload[:1] + bytes([SUCCESS]) + body
            yield Frame(source=self.short, target=frame.source, cluster=frame.cluster | 0x8000, payload=payload)

    def _own_address(self, asked: bytes) -> bytes | None:
        short = struct.pack("<H", self.short)
        return self.address + short if asked[:2] == short else None

    def _node(self, _: bytes) -> bytes:
        return struct.pack("<H", self.short) + frames.node_descriptor(frames.MANUFACTURER)

    def _endpoints(self, _: bytes) -> bytes:
        return struct.pack("<HBB", self.short, 1, ENDPOINT)

    def _endpoint(self, _: bytes) -> bytes:
        described = frames.simple_descriptor(ENDPOINT, self.profile, SENSOR_DEVICE, self.clusters)
        return struct.pack("<HB", self.short, len(described)) + described

    def _bind(self, asked: bytes) -> bytes:
        self.bound = self.bound or int.from_bytes(asked[9:11], "little") == self.clusters[-1]
        return b""

    def _leave(self, _: bytes) -> bytes:
        self.member = self.bound = False
        return b""

    def _cluster_library(self, frame: Frame) -> Iterator[Frame]:
        head, body = frames.header(frame.payload)
        if head.general and head.command == Zcl.DEFAULT_RESPONSE:
            self._answered(head.sequence, body[1])
        elif head.general and head.command == Zcl.READ:
            records = b"".join(self._record(*struct.unpack_from("<H", body, at)) for at in range(0, len(body), 2))
            yield self.said(frame.cluster, frames.general(Zcl.READ_ANSWER, head.sequence, records, answered=False))
        elif head.general and head.command == Zcl.CONFIGURE:
            body = frames.general(Zcl.CONFIGURE_ANSWER, head.sequence, bytes([SUCCESS]), answered=False)
            yield self.said(frame.cluster, body)

    def _record(self, number: int) -> bytes:
        known = {0x0004: "Chevet", 0x0005: self.model}
        if number in known:
            return struct.pack("<HBB", number, SUCCESS, 0x42) + frames.text(known[number])
        return struct.pack("<HB", number, UNSUPPORTED)

    def _answered(self, sequence: int, status: int) -> None:
        if self._asked is None or self._asked[0] != sequence:
            return
        self._asked = None
        done = self._kept.popleft()
        if status == SUCCESS:
            self.acknowledged(self, done.payload)
        else:
            self.refused.append(status)


_DEVICE_PROFILE: Mapping[int, Callable[[Sensor, bytes], bytes | None]] = MappingProxyType(
    {
        Zdo.IEEE_ADDRESS: Sensor._own_address,
        Zdo.NODE_DESCRIPTOR: Sensor._node,
        Zdo.ACTIVE_ENDPOINTS: Sensor._endpoints,
        Zdo.SIMPLE_DESCRIPTOR: Sensor._endpoint,
        Zdo.BIND: Sensor._bind,
        Zdo.LEAVE: Sensor._leave,
    }
)


def _records(payload: Payload) -> tuple[bytes, Payload]:
    """The attributes of a report, and the payload as it was sent: in the cluster's steps and units."""
    said, off = dict(payload), payload.get("contact") is False
    flags = (PROBE_OFF if off else 0) | (MOTION if payload.get("motion") is True else 0)
    found = frames.attribute(0x0003, 0x18, bytes([flags]))
    for name, spelling in SPELLINGS.items():
        if name in payload:
            value = None if off or not isinstance(payload[name], int | float) else _whole(name, spelling, payload)
            found += spelling.spelled(spelling.missing if value is None else value)
            said[name] = None if value is None else value / spelling.steps
    if "glucose" in said:
        said["glucose_unit"] = "mg/dL"
    return found, said


def _whole(name: str, spelling: Spelling, payload: Payload) -> int:
    value = float(payload[name])
    if name == "glucose" and payload.get("glucose_unit") == "mmol/L":
        return int(round_half_up(value * MG_PER_DL_IN_MMOL_PER_L))
    return round(value * spelling.steps)
