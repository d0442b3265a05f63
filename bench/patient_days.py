"""Patient-days for detection: a simulated day, less what is lost, with artefacts and scripted episodes laid over it.

Each day has probe-offs and motion dips on its oximeter, 2 % of its reports are lost, and each comes up to a fifth of
its interval early or late. Episodes lie apart from artefacts, but every other deep one has the probe off in its middle.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from bench.alarms import Heard
from bench.scripted import DUE, Bound, Episode, Kind, bounds, laid
from chevet.readings import Quality, Reading
from chevet.vitals import BY_KEY
from chevet.zigbee import DeviceModel, values_of
from simulators import devices, payloads
from simulators.devices import Channel, Device
from simulators.patients import patient

DAY_MS = 86_400_000
BEGINS = 1_750_000_000 // 86_400 * 86_400
LOST, JITTER = 0.02, 0.2
PROBE_OFFS, DIPS = 6, 22
APART_MS = 180_000
"""Between a scripted episode and anything else; an alarm needs a minute of calm to end."""
BETWEEN_MS = 1_200_000
"""Between two episodes of one vital, beside what the first needs to end."""
CALM = 2
"""Readings between two episodes of a device that measures seldom."""

OXIMETER = devices.BY_NAME["oximeter"]
HALF_HOUR = 1800.0
_FINGER = Device(
    name="finger", model="CV-GF1", interval=HALF_HOUR, channels=(Channel(attribute="glucose", noise=1.5, step=1),)
)
MEASURED_BY: Mapping[str, Device] = MappingProxyType(
    {
        "heart_rate": OXIMETER,
        "oxygen_saturation": OXIMETER,
        "respiratory_rate": devices.BY_NAME["chest-strap"],
        "body_temperature": devices.BY_NAME["thermometer"],
        # As those that are worn for a day do: more than four measurements, or a day would hold one episode.
        "systolic_pressure": replace(devices.BY_NAME["cuff"], moments=(), interval=HALF_HOUR),
        "diastolic_pressure": replace(devices.BY_NAME["cuff"], moments=(), interval=HALF_HOUR),
        "glucose_sensor": devices.BY_NAME["glucose-sensor"],
        "glucose_finger": _FINGER,
        "fall": devices.BY_NAME["accelerometer"],
    }
)


@dataclass(slots=True)
class _Report:
    at: int
    payload: dict[str, Any]


@dataclass(slots=True)
class PatientDay:
    """One day of one patient, with the episodes of one vital. `episodes` are laid over places of `times[vital]`."""

    vital: str
    seed: int
    episodes: list[Episode] = field(default_factory=list)
    probe_offs: int = 0
    dips: int = 0
    _reports: dict[str, list[_Report]] = field(default_factory=dict)
    _carriers: list[_Report] = field(default_factory=list)

    def times(self) -> list[int]:
        """When what may carry the vital was measured, good or not, in milliseconds."""
        return [one.at for one in self._carriers]

    def signals(self) -> Iterator[tuple[str, list[Heard]]]:
        """Each vital of each device with what was heard of it, as its driver would read it."""
        for device in _devices(self.vital):
            found: dict[str, list[Heard]] = {}
            plain = _without_doubt(device.row)
            for report in self._reports[device.name]:
                sent = {vital: value for vital, value, _ in values_of(plain, report.payload)}
                for vital, value, quality in values_of(device.row, report.payload):
                    heard = found.setdefault(vital, [])
                    reading = _reading(device, vital, value, quality, report.at, len(heard))
                    heard.append(Heard(reading=reading, sent=sent[vital]))
            yield from found.items()


def patient_day(vital: str, seed: int) -> PatientDay:
    """The day of the patient `seed`: the same seed is the same day."""
    day, draw = PatientDay(vital=vital, seed=seed), random.Random(f"{vital} {seed}")
    for device in _devices(vital):
        day._reports[device.name] = _delivered(device, seed, draw)
    carrier = MEASURED_BY[vital]
    name = _attribute(carrier, vital)
    event = _channel(carrier, vital).event
    day._carriers = [one for one in day._reports[carrier.name] if event or name in one.payload]
    busy = _lay_episodes(day, draw)
    _lay_artefacts(day, draw, busy)
    return day


def _devices(vital: str) -> tuple[Device, ...]:
    return (OXIMETER,) if MEASURED_BY[vital] is OXIMETER else (OXIMETER, MEASURED_BY[vital])


def _delivered(device: Device, seed: int, draw: random.Random) -> list[_Report]:
    begins = BEGINS + seed * 86_400
    found = []
    for report in payloads.reports((device,), patient(seed), begins, begins + 86_400):
        jitter = draw.uniform(-JITTER, JITTER) * device.interval
        if draw.random() >= LOST:
            found.append(_Report(round((report.at + jitter) * 1000), report.payload))
    return found


def _lay_episodes(day: PatientDay, draw: random.Random) -> list[tuple[int, int]]:
    """Episodes one after the other until the day is full, due ones half and half; the stretches that they need."""
    device, times = MEASURED_BY[day.vital], day.times()
    step = _channel(device, day.vital).step
    wanted = [(bound, kind) for bound in bounds(day.vital) for kind in Kind]
    draw.shuffle(wanted)
    busy: list[tuple[int, int]] = []
    earliest, calm, balance = times[0] + BETWEEN_MS, CALM, 0
    for bound, kind in wanted:
        place = next((place for place, at in enumerate(times) if at >= earliest and place > calm), None)
        if place is None:
            break
        if kind in DUE:  # a day that ends in the middle must not leave one of the two kinds behind
            kind = Kind.BARELY if balance <= 0 else Kind.DEEP
        episode = laid(bound, kind, times, place, step)
        if episode is None or times[-1] - times[episode.last] < BETWEEN_MS:
            continue
        balance += {Kind.BARELY: 1, Kind.DEEP: -1}.get(kind, 0)
        _lay(day, episode, device)
        begins, ends = times[episode.first], times[episode.last]
        busy.append((begins - APART_MS, ends + APART_MS))
        earliest, calm = ends + BETWEEN_MS + _calm_ms(bound), episode.last + CALM
    return busy


def _calm_ms(bound: Bound) -> int:
    return 2000 * max(bound.rule.calm_for(step) for step in bound.rule.steps)


def _lay(day: PatientDay, episode: Episode, device: Device) -> None:
    """Who is ill lies still and keeps the probe on; in the middle of every other deep one it is off for a minute."""
    first, last = day._carriers[episode.first].at - APART_MS, day._carriers[episode.last].at + APART_MS
    for report in day._reports[device.name]:
        if first <= report.at <= last:
            _believe(device, report)
    for report in day._carriers[episode.first : episode.last + 1]:
        _say(report, episode.value, device, day.vital)
    day.episodes.append(episode)
    if episode.kind is Kind.DEEP and device.row.contact and len(day.episodes) % 2:
        begins = day._carriers[episode.first].at + episode.bound.lasting * 1000 + 60_000
        _take_off(day, device, begins, begins + 60_000)


def _believe(device: Device, report: _Report) -> None:
    """As it is with the probe on and the hand still; a value that says "none" gives way to a usual one."""
    for name, still in ((device.row.contact, True), (device.row.motion, False)):
        if name:
            report.payload[name] = still
    for vital, _, quality in values_of(device.row, report.payload):
        if quality is not Quality.GOOD:
            report.payload[_attribute(device, vital)] = _USUAL[vital]


_USUAL: Mapping[str, int] = MappingProxyType({"heart_rate": 74, "oxygen_saturation": 97, "respiratory_rate": 15})


def _lay_artefacts(day: PatientDay, draw: random.Random, busy: list[tuple[int, int]]) -> None:
    """Until there are enough of each; every one apart from what is there already."""
    begins = (BEGINS + day.seed * 86_400) * 1000
    while day.probe_offs < PROBE_OFFS or day.dips < DIPS:
        off = day.probe_offs < PROBE_OFFS
        lasts = draw.randint(40_000, 420_000) if off else draw.randint(5_000, 40_000)
        start = begins + draw.randrange(DAY_MS - lasts)
        if any(start - 60_000 < end and first < start + lasts + 60_000 for first, end in busy):
            continue
        busy.append((start, start + lasts))
        if off:
            day.probe_offs += 1
            for device in _devices(day.vital):
                _take_off(day, device, start, start + lasts)
        else:
            day.dips += 1
            _dip(day, draw, start, start + lasts)


def _take_off(day: PatientDay, device: Device, start: int, end: int) -> None:
    if not device.row.contact:
        return
    markers = {attribute.name: attribute.missing for attribute in device.row.attributes}
    for number, report in enumerate(day._reports[device.name]):
        if start <= report.at < end:
            report.payload[device.row.contact] = False
            for name in markers.keys() & report.payload.keys():
                report.payload[name] = markers[name][number % len(markers[name])]


def _dip(day: PatientDay, draw: random.Random, start: int, end: int) -> None:
    flagged = draw.random() < 0.5
    low, high = (70, 78) if flagged else (79, 88)
    for report in day._reports[OXIMETER.name]:
        if start <= report.at < end:
            _believe(OXIMETER, report)
            report.payload["motion"] = flagged
            report.payload["spo2"] = draw.randint(low, high)


def _channel(device: Device, vital: str) -> Channel:
    return next(one for one in device.channels if device.attribute(one).vital == vital)


def _attribute(device: Device, vital: str) -> str:
    return _channel(device, vital).attribute


def _say(report: _Report, value: float, device: Device, vital: str) -> None:
    """In the catalogue's unit: in mmol/L a bound in mg/dL cannot be met by one step."""
    attribute = device.attribute(_channel(device, vital))
    report.payload[attribute.name] = value
    if attribute.unit_from:
        report.payload[attribute.unit_from] = BY_KEY[vital].unit


def _without_doubt(row: DeviceModel) -> DeviceModel:
    """The model as a naive rule reads it: a zero is a number."""
    attributes = tuple(
        replace(attribute, missing=tuple(marker for marker in attribute.missing if marker != 0))
        for attribute in row.attributes
    )
    return replace(row, contact="", motion="", attributes=attributes)


def _reading(device: Device, vital: str, value: float | None, quality: Quality, at: int, sequence: int) -> Reading:
    return Reading(
        gateway="bench",
        device=device.name,
        vital=vital,
        value=value,
        measured_at=at,
        segment="bench",
        run="bench",
        sequence=sequence,
        quality=quality,
        origin="bench",
    )
