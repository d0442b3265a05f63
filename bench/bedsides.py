"""Many glucose sensors that measure as it happens, and fall below 54 again and again: what calls relatives in a bench.

  python -m bench.bedsides --log FILE --sensors 24 --every 4

Published exactly as the simulators do, by their own publisher, and logged in the same form. SIGTERM lets every episode
come to its end first; with --abrupt it does not.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from simulators.devices import BY_NAME
from simulators.home_command import URL_VARIABLE
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


def names(sensors: int) -> list[str]:
    """The devices' names."""
    return [f"glucose-{number:02d}" for number in range(1, sensors + 1)]


@dataclass(slots=True)
class Sensor:
    """One sensor on one patient. `low_until` and `calm_until` on the wall clock, in seconds."""

    name: str
    random: random.Random
    next_at: float
    low_until: float = 0
    calm_until: float = 0

    def payload(self, now: float, *, falling: bool) -> dict[str, Any]:
        """What it reports at `now`; `falling` says whether another episode may begin."""
        if falling and now >= self.calm_until:
            self.low_until = now + LOW_SECONDS
            self.calm_until = self.low_until + CALM_SECONDS + self.random.uniform(0, 10)
        low = now < self.low_until
        return {
            "glucose": self.random.randint(42, 53) if low else self.random.randint(84, 128),
            "glucose_unit": "mg/dL",
            "battery": 90,
            "linkquality": self.random.randint(90, 200),
            "last_seen": round(now * 1000),
        }


def main(arguments: Sequence[str] | None = None) -> int:
    """Until SIGTERM; 1 where the broker has not acknowledged everything."""
    chosen = _parser().parse_args(arguments)
    stopping = stop_event()
    log = Lines(chosen.log, "--log")

    def published(topic: str, payload: dict[str, Any], sent: bool) -> None:
        log.write({"at": time.time(), "topic": topic, "payload": payload, "sent": sent})

    rows = bridge_devices([replace(SENSOR, name=name) for name in names(chosen.sensors)], patient(chosen.seed))
    radio = Publisher(broker(os.environ[URL_VARIABLE]), "zigbee2mqtt-bedsides", rows, published, say)
    radio.start()
    _live(_sensors(chosen), radio, stopping, chosen.every, abrupt=chosen.abrupt)
    left = radio.stop()
    log.close()
    return 1 if left else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.bedsides", description=__doc__)
    parser.add_argument("--log", type=Path, required=True, metavar="FILE")
    parser.add_argument("--sensors", type=int, default=24, metavar="N")
    parser.add_argument("--every", type=float, default=4.0, metavar="SECONDS", help="between two reports of a sensor")
    parser.add_argument("--spread", type=float, default=130.0, metavar="SECONDS", help="over which the first fall")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--abrupt", action="store_true", help="end in the middle of episodes")
    return parser


def _sensors(chosen: argparse.Namespace) -> list[Sensor]:
    now = time.time()
    sensors = []
    for number, name in enumerate(names(chosen.sensors)):
        draw = random.Random(f"{chosen.seed} {name}")
        first = now + chosen.spread * number / chosen.sensors
        sensors.append(Sensor(name, draw, now + draw.uniform(0, chosen.every), calm_until=first))
    return sensors


def _live(sensors: list[Sensor], radio: Publisher, stopping: threading.Event, every: float, *, abrupt: bool) -> None:
    ending = 0.0
    while not ending or (not abrupt and time.time() < ending):
        now = time.time()
        if stopping.is_set() and not ending:
            ending = max(now, *(sensor.calm_until for sensor in sensors if sensor.low_until), now)
        for sensor in sensors:
            if sensor.next_at <= now:
                radio.publish(sensor.name, sensor.payload(now, falling=not ending))
                sensor.next_at += every
        time.sleep(TICK)


if __name__ == "__main__":
    sys.exit(main())
