"""Measurements to the payloads that Zigbee2MQTT publishes: one JSON object for each report of a device."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulators.devices import Device
from simulators.measurements import Measurements, measurements
from simulators.noise import uniform
from simulators.patients import Patient
from simulators.script import Occurrence

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One message of one device, due at `at` (seconds since 1970)."""

    at: float
    device: Device
    payload: Payload


def reports(
    devices: Sequence[Device],
    patient: Patient,
    after: float,
    until: float,
    occurrences: Sequence[Occurrence] = (),
) -> list[Report]:
    """What the devices of a home send in (after, until], seconds since 1970, in order of time."""
    found = [
        report
        for device in devices
        for report in _reports(patient, measurements(device, patient, after, until, occurrences))
    ]
    return sorted(found, key=lambda report: (report.at, report.device.name))


def _reports(patient: Patient, measured: Measurements) -> Iterator[Report]:
    for place in range(measured.at.size):
        payload = _attributes(patient, measured, place)
        if measured.device.row.contact:
            payload[measured.device.row.contact] = bool(measured.contact[place])
        if measured.device.row.motion:
            payload[measured.device.row.motion] = bool(measured.motion[place])
        payload["battery"] = int(measured.battery[place])
        payload["linkquality"] = int(measured.link_quality[place])
        payload["last_seen"] = round(float(measured.last_seen[place]) * 1000)
        yield Report(at=float(measured.at[place]), device=measured.device, payload=payload)


def _attributes(patient: Patient, measured: Measurements, place: int) -> Payload:
    payload: Payload = {}
    for column in measured.columns:
        if not column.due[place]:
            continue
        name, value = column.attribute.name, float(column.values[place])
        if not measured.contact[place]:
            draw = uniform(patient.seed, name + "/off", np.array([measured.places[place]]))[0]
            payload[name] = column.attribute.missing[int(draw * len(column.attribute.missing))]
            continue
        payload[name] = int(value) if value.is_integer() else value
        if column.attribute.unit_from:
            payload[column.attribute.unit_from] = column.unit
    return payload


def bridge_devices(devices: Sequence[Device], patient: Patient) -> list[Payload]:
    """The list that Zigbee2MQTT keeps at `bridge/devices`."""
    return [
        {
            "ieee_address": device.ieee_address(patient.seed),
            "friendly_name": device.name,
            "type": "EndDevice",
            "supported": True,
            "interview_completed": True,
            "power_source": "Battery",
            "definition": {"vendor": device.row.vendor, "model": device.model},
        }
        for device in devices
    ]
