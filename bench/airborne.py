"""The ledger's sensors on one simulated air: the home that is replayed, and the bedsides of now.

  python -m bench.airborne --listen 127.0.0.1:9700 --bedsides-log FILE --sensors 24 …

with the options of `simulators radio`. A stick hears all that is on its air, so that both are one process, each with
its log. They join when the gateway's network is opened; what they measure before that they keep.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench import bedsides
from simulators import home_command, radio_command
from simulators.devices import Device
from simulators.durations import moment, seconds
from simulators.homes import Home
from simulators.pace import Pace
from simulators.patients import patient
from simulators.radio_air import Air, address, names
from simulators.records import Lines
from simulators.stopping import say, stop_event


def rows(sensors: int) -> list[Device]:
    """Everything on the air."""
    return [*radio_command.SPEAKING, *bedsides.rows(sensors)]


def settings(air: str, seed: int, sensors: int) -> Mapping[str, str]:
    """What the gateway's radio must know."""
    return {"CHEVET_RADIO": f"simulated://{air}", "CHEVET_RADIO_NAMES": names(rows(sensors), seed)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Until SIGTERM; 1 where the gateway has not acknowledged everything."""
    chosen = _parser().parse_args(arguments)
    stopping, logs = stop_event(), {True: Lines(chosen.log, "--log"), False: Lines(chosen.bedsides_log, "--log")}
    replayed = {device.name for device in radio_command.SPEAKING}

    def published(name: str, payload: dict[str, Any], sent: bool) -> None:
        logs[name in replayed].write({"at": time.time(), "topic": name, "payload": payload, "sent": sent})

    air = Air(address("--listen", chosen.listen), rows(chosen.sensors), chosen.patient_seed, published, say)
    air.start()
    watching = threading.Thread(
        target=bedsides.live,
        args=(bedsides.sensors(chosen), air, stopping, chosen.every),
        kwargs={"abrupt": chosen.abrupt},
    )
    watching.start()
    _replay(chosen, air, stopping)
    watching.join()
    left = air.stop()
    for log in logs.values():
        log.close()
    return 1 if left else 0


def _replay(chosen: argparse.Namespace, air: Air, stopping: threading.Event) -> None:
    begins = moment("--start", chosen.start)
    until = begins + seconds("--duration", chosen.duration)
    record = Lines(home_command.truth_file(chosen.log), "--log")
    home = Home(
        patient=patient(chosen.patient_seed),
        devices=radio_command.SPEAKING,
        pace=Pace(begins=begins, speed=chosen.speed),
        radio=air,
        record=record,
        script=home_command.planned(chosen, begins, until),
    )
    home_command.live(home, chosen, until, stopping)
    record.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.airborne", description=__doc__)
    radio_command.options(parser)
    parser.add_argument("--bedsides-log", type=Path, required=True, metavar="FILE")
    bedsides.sensor_options(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
