"""One home: a patient who does not exist and their devices, published to a broker as Zigbee2MQTT does.

  python -m simulators home --gateway g01 --mqtt-url mqtt://user:pass@127.0.0.1:1883/g01 --patient-seed 7
  python -m simulators home … --episodes hypoglycaemia@5,deep-desaturation@20 --repeat 20m
  python -m simulators home … --speed 60 --start 2026-05-04T07:00 --duration 1d

A gateway refuses what is more than five minutes ahead of its clock: with --speed, choose a --start in the past.
Lengths of time are 90, 5m, 2h or 14d and count simulated time. A file for --episodes holds a JSON list such as
[{"episode": "fever", "at": "2m"}, {"episode": "probe-off", "at": 600, "lasts": "7m", "device": "oximeter"}].

Every published payload is a JSON line in --log, written before it is published; what is published while the
connection is known to be down is dropped, as Zigbee2MQTT does, and says "sent": false. The truth of each episode
stands in a second file beside the log, <log>.truth.jsonl.

--control-port opens a door on 127.0.0.1: GET / /episodes /truth, POST /episodes/start {"name"}, /episodes/end
{"name"}, /probe/off, /probe/on, with JSON bodies declared as such.
"""

from __future__ import annotations

import argparse
import math
import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chevet.errors import expected
from simulators import episodes
from simulators.control import door
from simulators.devices import DEVICES, Device
from simulators.durations import moment, seconds
from simulators.errors import BadOption
from simulators.homes import Home
from simulators.pace import Pace
from simulators.patients import patient
from simulators.payloads import bridge_devices
from simulators.records import Lines
from simulators.script import Script, script
from simulators.stopping import say, stop_event
from simulators.zigbee2mqtt import Publisher, broker

NAME = "home"
SUMMARY = "one home, publishing to a broker as Zigbee2MQTT does"
URL_VARIABLE = "CHEVET_SIMULATOR_MQTT_URL"
PROGRESS_EVERY = 10.0
CONNECT_PATIENCE = 60.0


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `home`."""
    parser.add_argument(
        "--mqtt-url",
        default=os.environ.get(URL_VARIABLE),
        help=f"mqtt://user:password@host:port/vhost ({URL_VARIABLE})",
    )
    life_options(parser, DEVICES)


def life_options(parser: argparse.ArgumentParser, devices: Sequence[Device]) -> None:
    """Who lives there, when and what happens, whatever way their devices speak; `devices` are those that can."""
    add, names = parser.add_argument, ",".join(device.name for device in devices)
    add("--gateway", required=True, metavar="ID", help="the gateway of this home, such as g01")
    add("--patient-seed", type=int, default=1, metavar="N", help="the same seed is the same person (default 1)")
    add("--devices", default=names, metavar="NAME,…", help="of %(default)s (default: all)")
    add("--speed", type=float, default=1.0, metavar="X", help="simulated seconds in a second (default 1)")
    add("--start", metavar="TIME", help="ISO 8601, UTC unless it says otherwise (default: now)")
    add("--duration", metavar="LENGTH", help="end after so much simulated time (default: never)")
    add("--log", type=Path, metavar="FILE", help="JSON lines (default: simulator-<gateway>.jsonl)")
    add("--episodes", default="", metavar="FILE|NAME@OFFSET,…", help=f"names: {', '.join(episodes.BY_NAME)}")
    add("--repeat", default="", metavar="LENGTH", help="play the episodes again each so often")
    add("--control-port", type=int, metavar="PORT", help="open the door; 0 takes any free port and prints it")


def chosen_devices(option: str, text: str, devices: Sequence[Device] = DEVICES) -> tuple[Device, ...]:
    """Those of `devices` that are named in `text`, in their order. Raises BadOption."""
    names, known = {name.strip() for name in text.split(",") if name.strip()}, [device.name for device in devices]
    unknown = sorted(names - set(known))
    if unknown or not names:
        raise BadOption(expected(option, f"names of {', '.join(known)}", ", ".join(unknown)), field=option)
    return tuple(device for device in devices if device.name in names)


def run(chosen: argparse.Namespace) -> int:
    """Simulate until the end, Ctrl-C or SIGTERM."""
    if not chosen.mqtt_url:
        raise BadOption(f"--mqtt-url: expected it or {URL_VARIABLE}, got neither", field="--mqtt-url")
    require_life(chosen)
    where = broker(chosen.mqtt_url)
    devices = chosen_devices("--devices", chosen.devices)
    begins = moment("--start", chosen.start) if chosen.start else time.time()
    until = begins + seconds("--duration", chosen.duration) if chosen.duration else math.inf
    planned(chosen, begins, until)  # refused now, rather than after the broker has answered
    who = patient(chosen.patient_seed)
    log_file = chosen.log or Path(f"simulator-{chosen.gateway}.jsonl")
    log, record = Lines(log_file, "--log"), Lines(truth_file(log_file), "--log")
    stopping = stop_event()

    def published(topic: str, payload: dict[str, Any], sent: bool) -> None:
        log.write({"at": time.time(), "topic": topic, "payload": payload, "sent": sent})

    radio = Publisher(where, f"zigbee2mqtt-{chosen.gateway}", bridge_devices(devices, who), published, say)
    radio.start()
    try:
        _wait_for_broker(radio, stopping)
        begins = begins if chosen.start else time.time()
        pace, plan = Pace(begins=begins, speed=chosen.speed), planned(chosen, begins, until)
        home = Home(patient=who, devices=devices, pace=pace, radio=radio, record=record, script=plan)
        live(home, chosen, until, stopping)
    finally:
        left = radio.stop()
        log.close()
        record.close()
    say(f"{home.sent} sent, {home.dropped} dropped, {left} not acknowledged; log {log_file}")
    return 0 if not left else 1


def require_life(chosen: argparse.Namespace) -> None:
    """Raises BadOption."""
    if not 0 < chosen.speed <= 10_000:
        raise BadOption(expected("--speed", "a number above 0 and at most 10000", chosen.speed), field="--speed")
    if chosen.patient_seed < 0:
        raise BadOption(expected("--patient-seed", "a whole number of at least 0", chosen.patient_seed))


def truth_file(log_file: Path) -> Path:
    """Where the truths of a log stand."""
    return log_file.with_name(log_file.name + ".truth.jsonl")


def planned(chosen: argparse.Namespace, begins: float, until: float) -> Script:
    """What happens from `begins` on. Raises BadOption."""
    if not chosen.episodes:
        return Script()
    repeat = seconds("--repeat", chosen.repeat) if chosen.repeat else 0
    return script(chosen.episodes, begins, repeat=repeat, until=until)


def _wait_for_broker(radio: Publisher, stopping: threading.Event) -> None:
    deadline = time.monotonic() + CONNECT_PATIENCE
    while not radio.connected and not stopping.wait(0.05):
        if radio.refused:
            raise BadOption(f"--mqtt-url: expected a user that the broker lets in, got {radio.refused}")
        if time.monotonic() > deadline:
            raise BadOption(f"--mqtt-url: expected a broker to answer within {CONNECT_PATIENCE:.0f} s, got none")


def live(home: Home, chosen: argparse.Namespace, until: float, stopping: threading.Event) -> None:
    """Simulate until `until` or until told to stop, and say how it goes."""
    opened = door(home, chosen.control_port) if chosen.control_port is not None else None
    if opened:
        threading.Thread(target=opened.serve_forever, daemon=True).start()
        say(f"door at http://127.0.0.1:{opened.server_address[1]}")
    say(f"{chosen.gateway}: patient {home.patient.seed}, {len(home.devices)} devices, speed {home.pace.speed:g}")
    try:
        while not stopping.is_set() and home.at < until:
            home.run(min(until, home.at + PROGRESS_EVERY * home.pace.speed), stopping)
            say(f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(home.at))} {home.sent} sent, {home.dropped} dropped")
    finally:
        home.close()
        if opened:
            opened.shutdown()
            opened.server_close()
