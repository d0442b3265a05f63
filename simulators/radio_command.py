"""One home whose sensors speak Zigbee: a simulated air that the gateway's process `radio` connects its stick to.

  python -m simulators radio --gateway g01 --listen 127.0.0.1:9700 --patient-seed 7
  CHEVET_RADIO=simulated://127.0.0.1:9700 python -m exporters.gateway radio

The sensors join when the gateway opens its network, and keep each report until it is acknowledged; so patients,
episodes, truths and the door are those of `home`, but a line of --log is written when its report is acknowledged, and
only what nobody had acknowledged at the end says "sent": false. docs/sensor.md describes what is on the air.

With --names FILE the addresses of the sensors are written there, as CHEVET_RADIO_NAMES wants them.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path
from typing import Any

from simulators import home_command
from simulators.devices import DEVICES
from simulators.durations import moment, seconds
from simulators.homes import Home
from simulators.pace import Pace
from simulators.patients import patient
from simulators.radio_air import Air, address
from simulators.radio_sensors import SPELLINGS
from simulators.records import Lines
from simulators.stopping import say, stop_event

NAME = "radio"
SUMMARY = "one home whose sensors speak Zigbee, to a simulated stick"

SPEAKING = tuple(one for one in DEVICES if {channel.attribute for channel in one.channels} <= set(SPELLINGS))
"""The devices of the table whose every channel has its attribute."""


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `radio`."""
    parser.add_argument("--listen", default="127.0.0.1:0", metavar="HOST:PORT", help="loopback (default: any port)")
    parser.add_argument("--names", type=Path, metavar="FILE", help="where to write the sensors' addresses")
    home_command.life_options(parser, SPEAKING)


def run(chosen: argparse.Namespace) -> int:
    """Simulate until the end, Ctrl-C or SIGTERM; then until everything is acknowledged."""
    home_command.require_life(chosen)
    where, devices = (
        address("--listen", chosen.listen),
        home_command.chosen_devices("--devices", chosen.devices, SPEAKING),
    )
    begins = moment("--start", chosen.start) if chosen.start else time.time()
    until = begins + seconds("--duration", chosen.duration) if chosen.duration else math.inf
    plan, who = home_command.planned(chosen, begins, until), patient(chosen.patient_seed)
    log_file = chosen.log or Path(f"simulator-{chosen.gateway}.jsonl")
    log, record = Lines(log_file, "--log"), Lines(home_command.truth_file(log_file), "--log")
    stopping = stop_event()

    def published(name: str, payload: dict[str, Any], sent: bool) -> None:
        log.write({"at": time.time(), "topic": name, "payload": payload, "sent": sent})

    air = Air(where, devices, who.seed, published, say)
    air.start()
    if chosen.names:
        chosen.names.write_text(air.names())
    say(f"a stick may connect to simulated://127.0.0.1:{air.port}")
    home = Home(
        patient=who,
        devices=devices,
        pace=Pace(begins=begins, speed=chosen.speed),
        radio=air,
        record=record,
        script=plan,
    )
    try:
        home_command.live(home, chosen, until, stopping)
    finally:
        left = air.stop()
        log.close()
        record.close()
    say(f"{home.sent} measured, {left} not acknowledged; log {log_file}")
    return 0 if not left else 1
