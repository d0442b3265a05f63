"""The devices of a home as rows, and what each would measure of a body: noise, steps, artefacts, battery.

Their models and attributes stand in `chevet.zigbee`; here is what a model does not say: how well and how often.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from chevet.zigbee import BY_MODEL, Attribute, DeviceModel
from simulators.days import DAY, HOUR, MINUTE, moment
from simulators.noise import Flags, Values, chance, uniform
from simulators.patients import Patient

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One attribute that a device sends: standard deviation of its noise and its step, both in the unit sent.

    `every` n-th report carries it, or an `event` only. `artefact` is what motion adds at most.
    """

    attribute: str
    noise: float
    step: float
    every: int = 1
    event: bool = False
    artefact: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device reports each `interval` seconds, or at `moments` of the day (hours after waking, minutes later)."""

    name: str
    model: str
    channels: tuple[Channel, ...]
    interval: float = 0
    moments: tuple[tuple[float, float], ...] = ()

    @property
    def row(self) -> DeviceModel:
        """The row of its model."""
        return BY_MODEL[self.model]

    def attribute(self, channel: Channel) -> Attribute:
        """The model's row of `channel`."""
        return next(one for one in self.row.attributes if one.name == channel.attribute)

    def ieee_address(self, seed: int) -> str:
        """A Zigbee address of its own."""
        return f"0x{int(chance(seed, self.name + '/address') * 2**52) | 0x00C0 << 48:016x}"


DEVICES: tuple[Device, ...] = (
    Device(
        name="oximeter",
        model="CV-OX1",
        interval=10,
        channels=(
            Channel(attribute="spo2", noise=0.35, step=1, artefact=-16),
            Channel(attribute="heart_rate", noise=0.8, step=1, artefact=22),
        ),
    ),
    Device(
        name="chest-strap",
        model="CV-HR1",
        interval=10,
        channels=(
            Channel(attribute="heart_rate", noise=0.6, step=1),
            Channel(attribute="respiratory_rate", noise=0.3, step=1, every=3),
        ),
    ),
    Device(
        name="thermometer",
        model="CV-TH1",
        interval=5 * MINUTE,
        channels=(Channel(attribute="temperature", noise=0.04, step=0.05),),
    ),
    Device(
        name="glucose-sensor",
        model="CV-GL1",
        interval=5 * MINUTE,
        channels=(Channel(attribute="glucose", noise=1.5, step=1),),
    ),
    Device(
        name="cuff",
        model="CV-BP1",
        moments=((0.8, 0), (0.8, 2), (12.6, 0), (12.6, 2)),
        channels=(
            Channel(attribute="systolic", noise=2.5, step=1),
            Channel(attribute="diastolic", noise=2.0, step=1),
        ),
    ),
    Device(
        name="scale",
        model="CV-WS1",
        moments=((0.3, 0),),
        channels=(Channel(attribute="weight", noise=0.05, step=0.05),),
    ),
    Device(
        name="accelerometer",
        model="CV-AC1",
        interval=MINUTE,
        channels=(
            Channel(attribute="activity", noise=1.2, step=0.1),
            Channel(attribute="fall", noise=0.05, step=0.01, event=True),
        ),
    ),
)
BY_NAME: Mapping[str, Device] = MappingProxyType({row.name: row for row in DEVICES})


def report_times(device: Device, patient: Patient, after: float, until: float) -> tuple[Places, Values]:
    """The reports due in (after, until]: their place in the device's life and their times in seconds since 1970."""
    if device.interval:
        phase = chance(patient.seed, device.name + "/phase") * device.interval
        first, last = ((when - phase) // device.interval for when in (after, until))
        places = np.arange(int(first) + 1, int(last) + 1, dtype=np.int64)
        return places, np.round(phase + places * device.interval, 3)
    days = np.arange(int(after // DAY), int(until // DAY) + 1)
    at = np.concatenate([_at_moment(device, patient, days, *when) for when in device.moments])
    at = np.sort(at[(at > after) & (at <= until)])
    return at.astype(np.int64), at


def _at_moment(device: Device, patient: Patient, days: Places, hour: float, minutes: float) -> Values:
    when = moment(patient, f"{device.name}/{hour}", patient.wakes + hour, days.astype(np.float64))
    return np.round(when + minutes * MINUTE, 3)


BATTERY_LIFE = 120 * DAY


def battery(device: Device, patient: Patient, at: Values) -> Values:
    """Percent, from full to a fifth over a battery's life; then somebody changes it."""
    age = chance(patient.seed, device.name + "/battery") * BATTERY_LIFE
    percent: Values = np.floor(100 - 80 * np.mod(at + age, BATTERY_LIFE) / BATTERY_LIFE)
    return percent


def link_quality(device: Device, patient: Patient, places: Places) -> Values:
    """What a radio says of its link, 0 to 255."""
    near = 90 + 120 * chance(patient.seed, device.name + "/near")
    quality: Values = np.floor(near + 30 * uniform(patient.seed, device.name + "/link", places))
    return quality


def probe_is_on(device: Device, patient: Patient, at: Values) -> Flags:
    """Now and then the probe is taken off to wash the hands: two or three minutes, about three times a day."""
    if not device.row.contact:
        return np.ones(at.shape, dtype=np.bool_)
    slot = np.floor(at / HOUR)
    washes = (uniform(patient.seed, device.name + "/wash", slot) < 0.2) & (np.abs(np.mod(slot, 24) - 14) < 7)
    begins = 600 + 2000 * uniform(patient.seed, device.name + "/wash at", slot)
    lasts = 60 + 120 * uniform(patient.seed, device.name + "/wash for", slot)
    along = np.mod(at, HOUR) - begins
    washing: Flags = washes & (along >= 0) & (along < lasts)
    return ~washing


def in_motion(device: Device, patient: Patient, at: Values, effort: Values) -> Flags:
    """A hand that moves: on a walk a good part of the time, else for half a minute now and then."""
    if not device.row.motion:
        return np.zeros(at.shape, dtype=np.bool_)
    fidgets = uniform(patient.seed, device.name + "/motion", np.floor(at / 30))
    return fidgets < np.where(effort > 0.5, 0.3, 0.008)
