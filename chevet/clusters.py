"""Zigbee clusters as sensors speak them: which attribute is which vital. What each number means is in docs/sensor.md.

Our own cluster carries with each report what makes it safe to repeat: the boot and the counter that name the
measurement, and its age at sending. Bought devices speak the standard clusters, which know nothing of the kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from chevet.errors import BadReport, expected
from chevet.readings import Quality
from chevet.vitals import BY_KEY
from chevet.zigbee import Value

MANUFACTURER = 0xFFF1
"""A code that is kept for trials; whoever sells sensors has one of their own."""

VITALS, POWER, TEMPERATURE, TUNNEL = 0xFC11, 0x0001, 0x0402, 0x0614
BOOT, COUNTER, AGE, FLAGS, ACCELERATION = 0x0000, 0x0001, 0x0002, 0x0003, 0x0020
BATTERY = 0x0021
UINT8, UINT16, UINT24, UINT32, INT16, BITMAP8, OCTETS = 0x20, 0x21, 0x22, 0x23, 0x29, 0x18, 0x41
TYPES: Mapping[int, str] = MappingProxyType(
    {
        UINT8: "uint8",
        UINT16: "uint16",
        UINT24: "uint24",
        UINT32: "uint32",
        INT16: "int16",
        BITMAP8: "map8",
        OCTETS: "octstr",
    }
)

PROBE_OFF, MOTION = 0x01, 0x02
"""The bits of FLAGS."""

Attributes = Mapping[int, tuple[int, object]]
"""Of one report, by id: the type it was sent as, and the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """`missing` says "I have none"; `per_unit` is how many of the sender's steps make one of the vital's unit."""

    id: int
    vital: str
    type: int
    missing: int
    per_unit: int = 1


OWN: tuple[Attribute, ...] = (
    Attribute(id=0x0010, vital="heart_rate", type=UINT16, missing=0xFFFF),
    Attribute(id=0x0011, vital="oxygen_saturation", type=UINT8, missing=0xFF),
    Attribute(id=0x0012, vital="respiratory_rate", type=UINT8, missing=0xFF),
    Attribute(id=0x0013, vital="body_temperature", type=INT16, missing=-0x8000, per_unit=100),
    Attribute(id=0x0014, vital="glucose_sensor", type=UINT16, missing=0xFFFF),
    Attribute(id=0x0015, vital="glucose_finger", type=UINT16, missing=0xFFFF),
    Attribute(id=0x0016, vital="systolic_pressure", type=UINT16, missing=0xFFFF),
    Attribute(id=0x0017, vital="diastolic_pressure", type=UINT16, missing=0xFFFF),
    Attribute(id=0x0018, vital="weight", type=UINT24, missing=0xFFFFFF),
)
BOUGHT: tuple[Attribute, ...] = (
    Attribute(id=0x0000, vital="body_temperature", type=INT16, missing=-0x8000, per_unit=100),
)
BY_CLUSTER: Mapping[int, Mapping[int, Attribute]] = MappingProxyType(
    {
        VITALS: MappingProxyType({row.id: row for row in OWN}),
        TEMPERATURE: MappingProxyType({row.id: row for row in BOUGHT}),
    }
)
OF_VITALS = frozenset({VITALS, TEMPERATURE, TUNNEL})
"""A device with none of them has nothing to say to us."""

COUNT_BYTES, SAMPLE_BYTES, MOST_SAMPLES = 4, 6, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A report that was read. `age` in milliseconds at sending; `refusals` are sentences about what was left out."""

    boot: int
    counter: int
    age: int
    values: tuple[Value, ...]
    refusals: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """Acceleration: `octets` are 16-bit x, y and z in milli-g, the first of them the `first`-th of the sensor.

    `age` in milliseconds since the last of them was taken.
    """

    first: int
    age: int
    octets: bytes


def measurement(attributes: Attributes) -> Measurement:
    """A report of our own cluster. Raises BadReport where what names it is not there."""
    boot, counter, age = (_number(attributes, one, UINT32) for one in (BOOT, COUNTER, AGE))
    flags = _number(attributes, FLAGS, BITMAP8)
    rest = {one: sent for one, sent in attributes.items() if one not in (BOOT, COUNTER, AGE, FLAGS)}
    values, refusals = values_of(VITALS, rest, off=bool(flags & PROBE_OFF), moving=bool(flags & MOTION))
    if not values and not refusals:
        raise BadReport("report: expected at least one measurement, got none", field="report")
    return Measurement(boot=boot, counter=counter, age=age, values=tuple(values), refusals=tuple(refusals))


def values_of(
    cluster: int, attributes: Attributes, *, off: bool = False, moving: bool = False
) -> tuple[list[Value], list[str]]:
    """The values of a report's attributes, and a sentence for each that is none of the table's or of another type."""
    values: list[Value] = []
    refusals: list[str] = []
    for one in sorted(attributes):
        row = BY_CLUSTER[cluster].get(one)
        if row is None:
            refusals.append(f"attribute 0x{one:04x}: expected one that cluster 0x{cluster:04x} has, got another")
            continue
        try:
            values.append(_value(row, _number(attributes, one, row.type), off=off, moving=moving))
        except BadReport as refusal:
            refusals.append(str(refusal))
    return values, refusals


def battery(attributes: Attributes) -> float | None:
    """Percent, from the half steps of the cluster; None where the report says nothing of it. Raises BadReport."""
    if BATTERY not in attributes:
        return None
    halves = _number(attributes, BATTERY, UINT8)
    if halves == 0xFF:
        return None
    if halves > 200:
        raise BadReport(expected("battery", "half steps of a percent, at most 200", halves), field="battery")
    return halves / 2


def sampled(attributes: Attributes) -> Sampled:
    """A report of acceleration. Raises BadReport."""
    age = _number(attributes, AGE, UINT32)
    sent, octets = attributes[ACCELERATION]
    if sent != OCTETS or not isinstance(octets, bytes):
        raise BadReport(expected("acceleration", TYPES[OCTETS], octets), field="acceleration")
    count, over = divmod(len(octets) - COUNT_BYTES, SAMPLE_BYTES)
    if over or not 1 <= count <= MOST_SAMPLES:
        wanted = f"{COUNT_BYTES} octets and 1 to {MOST_SAMPLES} samples of {SAMPLE_BYTES}"
        raise BadReport(expected("acceleration", wanted, f"{len(octets)} octets"), field="acceleration")
    return Sampled(first=int.from_bytes(octets[:COUNT_BYTES], "little"), age=age, octets=octets[COUNT_BYTES:])


def _number(attributes: Attributes, one: int, wanted: int) -> int:
    sent, value = attributes.get(one, (None, None))
    if sent != wanted or not isinstance(value, int):
        name, got = f"attribute 0x{one:04x}", "nothing" if sent is None else f"type 0x{sent:02x}"
        raise BadReport(f"{name}: expected {TYPES[wanted]}, got {got}", field=name)
    return int(value)


def _value(row: Attribute, sent: int, *, off: bool, moving: bool) -> Value:
    if off or sent == row.missing:
        return row.vital, None, Quality.MISSING
    value = sent / row.per_unit
    believed = BY_KEY[row.vital].is_plausible(value) and not moving
    return row.vital, value, Quality.GOOD if believed else Quality.SUSPECT
