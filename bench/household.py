"""Who publishes in `replay`: sensors that lie days back, in the order of time, and live ones that go on all the while.

Sensors are the simulators' own rows, in turn: an oximeter, a chest strap, a thermometer, a glucose sensor, a cuff, a
scale and an accelerometer, then the same on a second person, and so on. Twelve are two people who have all but a second
scale and accelerometer. Live are chest straps that report each second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from bench.errors import Unmeasured
from bench.produced import Produced, of_payload
from bench.progress import Tell
from simulators.devices import BY_NAME, DEVICES, Device
from simulators.patients import Patient, patient
from simulators.payloads import bridge_devices, reports
from simulators.zigbee2mqtt import Publisher, broker

LIVE = 3
LIVE_NAME = "live"
CHUNK = 1800.0
"""Seconds of the past that are made at once."""

UNDER_WAY = 1000
"""Messages that the broker may not have acknowledged yet."""

PATIENCE = 120.0
TOLD_EACH = 20_000


@dataclass(frozen=True, slots=True)
class Person:
    """A patient with the sensors on them."""

    patient: Patient
    devices: tuple[Device, ...]


def people(sensors: int, seed: int) -> list[Person]:
    """So many sensors, in turn."""
    found = []
    for turn, first in enumerate(range(0, sensors, len(DEVICES)), start=1):
        some = DEVICES[: sensors - first]
        found.append(Person(patient(seed + turn), tuple(replace(one, name=f"{one.name}-{turn}") for one in some)))
    return found


def live(seed: int) -> list[Person]:
    """People who wear a strap now."""
    strap = BY_NAME["chest-strap"]
    return [
        Person(patient(seed + 100 + number), (replace(strap, name=f"{LIVE_NAME}-{number}", interval=1.0),))
        for number in range(1, LIVE + 1)
    ]


def vitals(everybody: list[Person]) -> dict[str, list[str]]:
    """What each sensor ought to send."""
    return {
        device.name: sorted({device.attribute(channel).vital for channel in device.channels})
        for one in everybody
        for device in one.devices
    }


class Household:
    """Publishes as Zigbee2MQTT does, by one connection. `produced` is all of it, in the order in which it was sent."""

    def __init__(self, url: str, everybody: list[Person], tell: Tell) -> None:
        listed: list[dict[str, Any]] = [row for one in everybody for row in bridge_devices(one.devices, one.patient)]
        self.produced: list[Produced] = []
        self.messages = 0
        self._tell = tell
        self._publisher = Publisher(broker(url), "bench-replay", listed, self._note, tell)
        self._stopping = threading.Event()
        self._going_on: list[threading.Thread] = []

    def start(self, wearing: list[Person]) -> None:
        """Connect, and let what is worn now be published as it falls due."""
        self._publisher.start()
        self._until(lambda: self._publisher.connected, "a connection to the broker")
        thread = threading.Thread(target=self._live, args=(wearing,), name="live", daemon=True)
        self._going_on.append(thread)
        thread.start()

    def look_back(self, at_home: list[Person], begins: float, ends: float) -> None:
        """Publish what fell due between two times, as fast as the broker acknowledges it."""
        for sent, (name, payload) in enumerate(_past(at_home, begins, ends), start=1):
            if self._publisher.unacknowledged >= UNDER_WAY:
                self._until(lambda: self._publisher.unacknowledged < UNDER_WAY, "the broker's acknowledgements")
            if not self._publisher.publish(name, payload):
                raise Unmeasured("the broker: expected to stay connected while the past is published, it did not")
            if sent % TOLD_EACH == 0:
                self._tell(f"{sent} messages of the past are published")
        self._until(lambda: self._publisher.unacknowledged < LIVE * 2, "the broker's last acknowledgements")

    def stop(self) -> None:
        """Publish no more, and disconnect."""
        self._stopping.set()
        for thread in self._going_on:
            thread.join()
        self._publisher.stop()

    def _live(self, wearing: list[Person]) -> None:
        at = time.time()
        while not self._stopping.wait(0.05):
            now = time.time()
            for one in wearing:
                for report in reports(one.devices, one.patient, at, now):
                    self._publisher.publish(report.device.name, report.payload)
            at = now

    def _note(self, topic: str, payload: dict[str, Any], sent: bool) -> None:
        self.messages += 1
        self.produced.extend(of_payload(topic, payload, time.time(), sent=sent))

    def _until(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > deadline:
                raise Unmeasured(f"{what}: expected within {PATIENCE:.0f} s, and it did not come")
            time.sleep(0.002)


def _past(at_home: list[Person], begins: float, ends: float) -> Iterator[tuple[str, dict[str, Any]]]:
    """In the order of time over everybody, a chunk at a time."""
    after = begins
    while after < ends:
        until = min(ends, after + CHUNK)
        due = [report for one in at_home for report in reports(one.devices, one.patient, after, until)]
        for report in sorted(due, key=lambda one: one.at):
            yield report.device.name, report.payload
        after = until
