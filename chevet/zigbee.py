"""Attribute reports of Zigbee devices to values of vitals: a table of device models, read by one function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from chevet.readings import Quality, is_finite_number
from chevet.units import convert
from chevet.vitals import BY_KEY

Value = tuple[str, float | None, Quality]
"""vital, value in the vital's unit, quality."""

NOT_AVAILABLE = 0x8000
"""What the Zigbee cluster library sends for a measurement that is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute of a payload. `missing` are values that say "I have none"; None and NaN always say so.

    `unit` is the sender's; `unit_from` names the attribute that says it in the payload.
    """

    name: str
    vital: str
    unit: str
    unit_from: str = ""
    missing: tuple[float | str, ...] = (NOT_AVAILABLE,)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceModel:
    """`contact` names the attribute that is false while the probe is off, `motion` the one that is true in motion.

    `acceleration` names raw samples, which `chevet.activity` reduces, `count` the number of the first of them.
    """

    model: str
    vendor: str
    attributes: tuple[Attribute, ...] = ()
    contact: str = ""
    motion: str = ""
    acceleration: str = ""
    count: str = ""


_PROBE_OFF = (0, NOT_AVAILABLE, "leads off", "searching")

DEVICE_MODELS: tuple[DeviceModel, ...] = (
    DeviceModel(
        model="CV-OX1",
        vendor="Chevet",
        attributes=(
            Attribute(name="spo2", vital="oxygen_saturation", unit="%", missing=(*_PROBE_OFF, 127)),
            Attribute(name="heart_rate", vital="heart_rate", unit="/min", missing=(*_PROBE_OFF, 511)),
        ),
        contact="contact",
        motion="motion",
    ),
    DeviceModel(
        model="CV-HR1",
        vendor="Chevet",
        attributes=(
            Attribute(name="heart_rate", vital="heart_rate", unit="/min", missing=_PROBE_OFF),
            Attribute(name="respiratory_rate", vital="respiratory_rate", unit="/min"),
        ),
        contact="contact",
    ),
    DeviceModel(
        model="CV-TH1",
        vendor="Chevet",
        attributes=(Attribute(name="temperature", vital="body_temperature", unit="Cel"),),
    ),
    DeviceModel(
        model="CV-GL1",
        vendor="Chevet",
        attributes=(
            Attribute(
                name="glucose", vital="glucose_sensor", unit="mg/dL", unit_from="glucose_unit", missing=_PROBE_OFF
            ),
        ),
    ),
    DeviceModel(
        model="CV-GF1",
        vendor="Chevet",
        attributes=(Attribute(name="glucose", vital="glucose_finger", unit="mg/dL", unit_from="glucose_unit"),),
    ),
    DeviceModel(
        model="CV-BP1",
        vendor="Chevet",
        attributes=(
            Attribute(name="systolic", vital="systolic_pressure", unit="mm[Hg]", missing=_PROBE_OFF),
            Attribute(name="diastolic", vital="diastolic_pressure", unit="mm[Hg]", missing=_PROBE_OFF),
        ),
    ),
    DeviceModel(
        model="CV-WS1",
        vendor="Chevet",
        attributes=(Attribute(name="weight", vital="weight", unit="kg", missing=(0, NOT_AVAILABLE)),),
    ),
    DeviceModel(
        model="CV-AC1",
        vendor="Chevet",
        attributes=(
            Attribute(name="activity", vital="activity", unit="m[g]"),
            Attribute(name="fall", vital="fall", unit="[g]"),
        ),
    ),
    DeviceModel(model="CV-AC2", vendor="Chevet", acceleration="acceleration", count="sample_count"),
)
BY_MODEL: Mapping[str, DeviceModel] = MappingProxyType({row.model: row for row in DEVICE_MODELS})

HOUSEKEEPING = frozenset({"battery", "linkquality", "last_seen", "voltage", "update", "update_available", "device"})
"""Attributes that every device of Zigbee2MQTT may send and that are no measurement."""


def values_of(model: DeviceModel, payload: Mapping[str, Any]) -> list[Value]:
    """The values in `payload`, one for each known attribute that it has.

    A probe that is off is missing, not zero. A value that is no number, is out of the plausible range or was taken in
    motion is suspect; one that is no number at all, having no value to suspect, is missing.
    """
    off = bool(model.contact) and payload.get(model.contact) is False
    moving = bool(model.motion) and payload.get(model.motion) is True
    return [
        _value(attribute, payload, off=off, moving=moving)
        for attribute in model.attributes
        if attribute.name in payload
    ]


def unknown_attributes(model: DeviceModel, payload: Mapping[str, Any]) -> list[str]:
    """The attributes of `payload` that the model's row does not know, sorted; they are listed, never guessed at."""
    known = {attribute.name for attribute in model.attributes}
    known |= {attribute.unit_from for attribute in model.attributes} | HOUSEKEEPING
    known |= {model.contact, model.motion, model.acceleration, model.count}
    return sorted(set(payload) - known)


def _value(attribute: Attribute, payload: Mapping[str, Any], *, off: bool, moving: bool) -> Value:
    sent = payload[attribute.name]
    if off or sent in attribute.missing or not is_finite_number(sent):
        return attribute.vital, None, Quality.MISSING
    row = BY_KEY[attribute.vital]
    try:
        unit = payload.get(attribute.unit_from, attribute.unit) if attribute.unit_from else attribute.unit
        value = convert(float(sent), sent=unit, kept=row.unit)
    except (KeyError, TypeError):
        return attribute.vital, float(sent), Quality.SUSPECT
    believed = row.is_plausible(value) and not moving
    return attribute.vital, value, Quality.GOOD if believed else Quality.SUSPECT
