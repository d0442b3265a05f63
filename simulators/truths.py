"""The truth of each episode, written beside the log: what it does to which device and vital, and what it should raise.

A first line when it starts (`"state": "started"`), a last one when it is over (`"ended"`) with what the devices said.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from chevet.units import convert
from chevet.vitals import BY_KEY
from simulators.devices import Device
from simulators.measurements import measurements, truth
from simulators.patients import Patient
from simulators.script import Occurrence

HOME = "home"
"""The device of an episode that strikes no single one."""


def truths(one: Occurrence, devices: Sequence[Device], state: str) -> list[dict[str, Any]]:
    """The lines of `one`, one for each device and vital that it is about. Times in milliseconds since 1970."""
    return [_line(one, device, vital) | {"state": state} for device, vital in _about(one, devices)]


def _line(one: Occurrence, device: str, vital: str) -> dict[str, Any]:
    open_ended = math.isinf(one.end)
    rows = [row for row in one.episode.expects if row.vital == vital and one.end - one.start >= row.after]
    return {
        "episode": one.episode.name,
        "device": device,
        "vital": vital,
        "start": round(one.start * 1000),
        "end": None if open_ended else round(one.end * 1000),
        "over": None if open_ended else round(one.over * 1000),
        "target": next((effect.target for effect in one.episode.effects if effect.vital == vital), None),
        "alerts": [{"rule": row.rule, "severity": row.severity.value} for row in rows],
    }


def _about(one: Occurrence, devices: Sequence[Device]) -> Iterator[tuple[str, str]]:
    about = one.episode.effects[0].vital if one.episode.effects else ""
    if not about and not one.device:
        yield HOME, ""
    for device in devices:
        for attribute in device.row.attributes:
            if attribute.vital == about or (not about and device.name == one.device):
                yield device.name, attribute.vital


def nadir(
    one: Occurrence,
    device: Device,
    patient: Patient,
    vital: str,
    occurrences: Sequence[Occurrence],
    until: float = math.inf,
) -> float | None:
    """The furthest value that `device` sent during the episode, in the unit of the vital's row.

    None where the episode draws this vital nowhere, or nothing was sent with the probe on and the hand still.
    """
    target = next((effect.target for effect in one.episode.effects if effect.vital == vital), None)
    if target is None:
        return None
    measured = measurements(device, patient, one.start - 0.001, min(one.over, until), occurrences)
    column = next(column for column in measured.columns if column.attribute.vital == vital)
    sent = column.values[column.due & measured.contact & ~measured.motion]
    if not sent.size:
        return None
    falls = target < float(truth(patient, vital, np.array([one.start]))[0])
    return convert(float(sent.min() if falls else sent.max()), sent=column.unit, kept=BY_KEY[vital].unit)
