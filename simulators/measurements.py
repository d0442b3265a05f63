"""What the devices of a patient say at given times: body, episodes, noise and artefacts together, as columns.

One function, vectorised, for a home that is alive and for fourteen days of history alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chevet.units import MG_PER_DL_IN_MMOL_PER_L
from chevet.vitals import BY_KEY
from chevet.zigbee import Attribute
from simulators import devices, physiology
from simulators.days import exertion
from simulators.devices import Channel, Device, Places
from simulators.episodes import Fault
from simulators.noise import Flags, Values, gaussian, uniform
from simulators.patients import Patient
from simulators.script import Occurrence

SENT_PER_KEPT = {("kg", "g"): 1 / 1000, ("mmol/L", "mg/dL"): 1 / MG_PER_DL_IN_MMOL_PER_L}
"""From the catalogue's unit to the sender's."""
FINEST_STEP = {"mmol/L": 0.1}
SLOW = 60.0
"""Seconds between two reports from which on a sensor reports out of turn when it matters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """The values of one attribute in the unit `unit`; only where `due` is it in the report."""

    attribute: Attribute
    unit: str
    values: Values
    due: Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """Reports of one device, in order of time. `contact` and `motion` hold for devices whose model says so."""

    device: Device
    places: Places
    at: Values
    columns: tuple[Column, ...]
    contact: Flags
    motion: Flags
    battery: Values
    link_quality: Values
    last_seen: Values


def measurements(
    device: Device, patient: Patient, after: float, until: float, occurrences: Sequence[Occurrence] = ()
) -> Measurements:
    """All that `device` sends in (after, until], seconds since 1970."""
    near = [one for one in occurrences if one.start <= until and one.over >= after]
    places, at = _moments(device, patient, after, until, near)
    faults = {fault: _strikes(device, fault, at, near) for fault in Fault}
    ill = _ill(at, near)
    contact = (devices.probe_is_on(device, patient, at) | ill) & ~faults[Fault.PROBE_OFF]
    motion = (devices.in_motion(device, patient, at, exertion(patient, at)) & ~ill) | faults[Fault.MOTION]
    return Measurements(
        device=device,
        places=places,
        at=at,
        columns=tuple(_column(device, patient, channel, places, at, motion, near) for channel in device.channels),
        contact=contact,
        motion=motion,
        battery=_battery(device, patient, at, near),
        link_quality=devices.link_quality(device, patient, places),
        last_seen=at + _clock_error(at, near),
    )


def _moments(
    device: Device, patient: Patient, after: float, until: float, near: Sequence[Occurrence]
) -> tuple[Places, Values]:
    """The usual reports, less those of a silent device, and one more when a slow sensor sees an episode set in."""
    places, at = devices.report_times(device, patient, after, until)
    extra = np.array([alarm for one in near if after < (alarm := _own_alarm(device, one)) <= until], dtype=np.float64)
    at, order = np.unique(np.concatenate([at, extra]), return_index=True)
    places = np.concatenate([places, extra.astype(np.int64)])[order]
    mute = _strikes(device, Fault.SILENT, at, near) | (_battery(device, patient, at, near) <= 0)
    return places[~mute], at[~mute]


def _own_alarm(device: Device, one: Occurrence) -> float:
    """When a slow sensor reports out of turn, as glucose sensors do at their threshold and all do at a fall."""
    about = one.episode.effects[0].vital if one.episode.effects else ""
    measured = any(attribute.vital == about for attribute in device.row.attributes)
    return round(one.start + one.episode.onset, 3) if measured and device.interval >= SLOW else -np.inf


def _strikes(device: Device, fault: Fault, at: Values, near: Sequence[Occurrence]) -> Flags:
    struck = np.zeros(at.shape, dtype=np.bool_)
    for one in near:
        if one.episode.fault is fault and one.device in ("", device.name):
            struck |= (at >= one.start) & (at < one.end)
    return struck


def _ill(at: Values, near: Sequence[Occurrence]) -> Flags:
    """Who is ill lies still and keeps the probe on."""
    ill = np.zeros(at.shape, dtype=np.bool_)
    for one in near:
        if one.episode.effects:
            ill |= one.strength(at) > 0
    return ill


def _battery(device: Device, patient: Patient, at: Values, near: Sequence[Occurrence]) -> Values:
    percent = devices.battery(device, patient, at)
    for one in near:
        if one.episode.fault is Fault.FLAT_BATTERY and one.device == device.name:
            percent = np.where((at >= one.start) & (at < one.end), np.floor(percent * (1 - one.strength(at))), percent)
    return percent


def _clock_error(at: Values, near: Sequence[Occurrence]) -> Values:
    error = np.zeros(at.shape)
    for one in near:
        if one.episode.fault is Fault.WRONG_CLOCK:
            error += np.where((at >= one.start) & (at < one.end), one.episode.shift, 0)
    return error


def _column(
    device: Device,
    patient: Patient,
    channel: Channel,
    places: Places,
    at: Values,
    motion: Flags,
    near: Sequence[Occurrence],
) -> Column:
    attribute = device.attribute(channel)
    unit = patient.glucose_unit if attribute.unit_from else attribute.unit
    stream = f"{device.name}/{channel.attribute}"
    true = truth(patient, attribute.vital, at, near)
    scale = SENT_PER_KEPT.get((unit, BY_KEY[attribute.vital].unit), 1.0)
    noise = channel.noise * (scale if attribute.unit_from else 1) * gaussian(patient.seed, stream, places)
    moved = channel.artefact * (0.3 + 0.7 * uniform(patient.seed, stream + "/artefact", places))
    step = FINEST_STEP.get(unit, channel.step)
    exact = true * scale + noise + np.where(motion, moved, 0.0)
    low, high = BY_KEY[attribute.vital].plausible or (-np.inf, np.inf)
    values: Values = np.round(np.clip(np.round(exact / step) * step, low * scale, high * scale), 6).astype(np.float64)
    return Column(
        attribute=attribute,
        unit=unit,
        values=values,
        due=np.isin(at, [_own_alarm(device, one) for one in near]) if channel.event else places % channel.every == 0,
    )


def truth(patient: Patient, vital: str, at: Values, near: Sequence[Occurrence] = ()) -> Values:
    """What is so in the body, in the unit of the vital's row, with what the episodes do to it.

    What is no state of a body but an event, such as a fall, is 0 until an episode brings it.
    """
    values = physiology.VITALS[vital](patient, at) if vital in physiology.VITALS else np.zeros(at.shape)
    for one in near:
        for effect in one.episode.effects:
            if effect.vital == vital:
                values = values + one.strength(at) * (effect.target - values)
    return values
