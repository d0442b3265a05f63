"""Sensors that measure as it happens: many of glucose that fall below 54 again and again, and one that is often late.

  python -m bench.bedsides --log FILE --sensors 24 --every 4

Published exactly as the simulators do, by their own publisher, and logged in the same form. The glucose sensors call
relatives; the late oximeter holds some reports back until their window is long closed, so that stragglers are counted
too. SIGTERM lets every episode come to its end first; with --abrupt it does not.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from simulators.devices import BY_NAME, Device
from simulators.home_command import URL_VARIABLE
from simulators.homes import Publishes
from simulators.patients import patient
from simulators.payloads import bridge_devices
from simulators.records import Lines
from simulators.stopping import say, stop_event
from simulators.zigbee2mqtt import Publisher, broker

SENSOR = BY_NAME["glucose-sensor"]
LOW_SECONDS, CALM_SECONDS = 60.0, 75.0
"""An episode outlasts every restart; then it is calm for longer than the minute that ends an alarm, and in all shorter
than the lease, so that each alarm is called about once."""
TICK = 0.1
LATE = replace(BY_NAME["oximeter"], name="oximeter-late")
HELD_SECONDS, EACH = 110.0, 7
"""A minute's window and its grace are over by then; every seventh report is held."""
Payload = dict[str, Any]


def names(sensors: int) -> list[str]:
    """The glucose sensors' names."""
    return [f"glucose-{number:02d}" for number in range(1, sensors + 1)]


def rows(sensors: int) -> list[Device]:
    """The devices, as the simulators know them."""
    return [LATE, *(replace(SENSOR, name=name) for name in names(sensors))]


def devices(sensors: int) -> dict[str, list[str]]:
    """What each device ought to send."""
    return {name: ["glucose_sensor"] for name in names(sensors)} | {LATE.name: ["heart_rate", "oxygen_saturation"]}


@dataclass(slots=True)
class Sensor:
    """One sensor on one patient. `low_until` and `calm_until` on the wall clock, in seconds."""

    name: str
    random: random.Random
    next_at: float
    low_until: float = 0
    calm_until: float = 0

    def due(self, now: float, *, ending: bool) -> list[Payload]:
        """What it reports at `now`; no other episode begins while it is `ending`."""
        if not ending and now >= self.calm_until:
            self.low_until = now + LOW_SECONDS
            self.calm_until = self.low_until + CALM_SECONDS + self.random.uniform(0, 10)
        low = now < self.low_until
        return [
            {
                "glucose": self.random.randint(42, 53) if low else self.random.randint(84, 128),
                "glucose_unit": "mg/dL",
                "battery": 90,
                "linkquality": self.random.randint(90, 200),
                "last_seen": round(now * 1000),
            }
        ]


@dataclass(slots=True)
class LateSensor:
    """A device that keeps reports when its radio fails, and sends them when they are old."""

    name: str
    random: random.Random
    next_at: float
    calm_until: float = 0
    low_until: float = 0
    count: int = 0
    held: list[Payload] = field(default_factory=list)

    def due(self, now: float, *, ending: bool) -> list[Payload]:
        """The report of `now`, or what was held long enough; nothing but that, and all of it, when it is `ending`."""
        self.count += 1
        payload: Payload = {
            "spo2": self.random.randint(94, 99),
            "heart_rate": self.random.randint(62, 88),
            "contact": True,
            "battery": 70,
            "linkquality": self.random.randint(20, 60),
            "last_seen": round(now * 1000),
        }
        old = [one for one in self.held if ending or now - one["last_seen"] / 1000 > HELD_SECONDS]
        self.held = [one for one in self.held if one not in old]
        if ending:
            return old
        if self.count % EACH == 0:
            self.held.append(payload)
            return old
        return [*old, payload]


def main(arguments: Sequence[str] | None = None) -> int:
    """Until SIGTERM; 1 where the broker has not acknowledged everything."""
    chosen = _parser().parse_args(arguments)
    stopping = stop_event()
    log = Lines(chosen.log, "--log")

    def published(topic: str, payload: dict[str, Any], sent: bool) -> None:
        log.write({"at": time.time(), "topic": topic, "payload": payload, "sent": sent})

    radio = Publisher(
        broker(os.environ[URL_VARIABLE]),
        "zigbee2mqtt-bedsides",
        bridge_devices(rows(chosen.sensors), patient(chosen.seed)),
        published,
        say,
    )
    radio.start()
    live(sensors(chosen), radio, stopping, chosen.every, abrupt=chosen.abrupt)
    left = radio.stop()
    log.close()
    return 1 if left else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.bedsides", description=__doc__)
    parser.add_argument("--log", type=Path, required=True, metavar="FILE")
    sensor_options(parser)
    return parser


def sensor_options(parser: argparse.ArgumentParser) -> None:
    """How many there are, and how they fall."""
    parser.add_argument("--sensors", type=int, default=24, metavar="N")
    parser.add_argument("--every", type=float, default=4.0, metavar="SECONDS", help="between two reports of a sensor")
    parser.add_argument("--spread", type=float, default=130.0, metavar="SECONDS", help="over which the first fall")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--abrupt", action="store_true", help="end in the middle of episodes")


def sensors(chosen: argparse.Namespace) -> list[Sensor | LateSensor]:
    """Those that the options ask for; the first of them soon falls."""
    now = time.time()
    found: list[Sensor | LateSensor] = [LateSensor(LATE.name, random.Random(chosen.seed), now)]
    for number, name in enumerate(names(chosen.sensors)):
        draw = random.Random(f"{chosen.seed} {name}")
        first = now + chosen.spread * number / chosen.sensors
        found.append(Sensor(name, draw, now + draw.uniform(0, chosen.every), calm_until=first))
    return found


def live(
    sensors: list[Sensor | LateSensor], radio: Publishes, stopping: threading.Event, every: float, *, abrupt: bool
) -> None:
    """Report what falls due until told to stop, and then until every episode is over, unless that is `abrupt`."""
    ending = 0.0
    while not ending or (not abrupt and time.time() < ending):
        now = time.time()
        if stopping.is_set() and not ending:
            ending = max(now, *(sensor.calm_until for sensor in sensors if sensor.low_until), now)
        for sensor in sensors:
            if sensor.next_at <= now:
                for payload in sensor.due(now, ending=bool(ending)):
                    radio.publish(sensor.name, payload)
                sensor.next_at += every
        time.sleep(TICK)


if __name__ == "__main__":
    sys.exit(main())
