"""Simulated sensors on a simulated air, and `radio` as a real child process beside a real broker."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from provisioning.local import servers
from simulators.devices import BY_NAME
from simulators.radio_air import Air

ROOT = Path(__file__).parents[4]

# Dies at the n-th time that a named step is passed, as if the plug were pulled there.
VICTIM = """
import itertools, os, signal, sys
from exporters.gateway import __main__, steps
name, times = os.environ["STEP"], itertools.count(1)
def die(step):
    if step == name and next(times) == int(os.environ["NTH"]):
        os.kill(os.getpid(), signal.SIGKILL)
steps.hook = die
sys.exit(__main__.main(sys.argv[1:]))
"""
PATIENCE = 60


def until(condition: Callable[[], Any], what: str) -> None:
    """Asked again and again, for a minute at most."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"expected {what} within {PATIENCE} s"
        time.sleep(0.02)


class Sensors:
    """An oximeter, a glucose sensor and a thermometer on the air; what was acknowledged, in order."""

    def __init__(self) -> None:
        self.acknowledged: list[tuple[str, dict[str, Any]]] = []
        self.given_up: list[tuple[str, dict[str, Any]]] = []
        devices = [replace(BY_NAME[name], name=name) for name in ("oximeter", "glucose-sensor", "thermometer")]
        self.air = Air(("127.0.0.1", 0), devices, 7, self._published, lambda _: None)
        self.air.start()

    def _published(self, name: str, payload: dict[str, Any], sent: bool) -> None:
        (self.acknowledged if sent else self.given_up).append((name, payload))

    def __getitem__(self, name: str) -> Any:
        return self.air.sensors[name]

    def measure(self, name: str = "oximeter", **payload: Any) -> int:
        """The sensor measures; answers when, in milliseconds."""
        at = payload.pop("at", time.time_ns() // 1_000_000)
        self.air.publish(name, {"last_seen": at, **payload})
        return int(at)

    def until_acknowledged(self, count: int) -> None:
        until(lambda: len(self.acknowledged) >= count, f"{count} reports acknowledged")


class Radio:
    """`python -m exporters.gateway radio` with a state folder that outlives each start."""

    def __init__(self, broker_url: str, state_dir: Path, air: Air) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{probe.getsockname()[1]}"
        self.state_dir, self.log, self.air = state_dir, state_dir.with_suffix(".log"), air
        self.settings = {
            "CHEVET_GATEWAY": "g01",
            "CHEVET_STATE_DIR": str(state_dir),
            "CHEVET_BROKER_URL": broker_url,
            "CHEVET_METRICS_ADDRESS": self.address,
            "CHEVET_RADIO": f"simulated://127.0.0.1:{air.port}",
            "CHEVET_RADIO_NAMES": air.names(),
            "PYTHONPATH": str(ROOT),
        }
        self.child: subprocess.Popen[bytes] | None = None

    def start(self, *, die_at: str = "", nth: int = 1, **settings: str) -> subprocess.Popen[bytes]:
        program = ["-c", VICTIM] if die_at else ["-m", "exporters.gateway"]
        environment = os.environ | self.settings | settings | {"STEP": die_at, "NTH": str(nth)}
        with self.log.open("ab") as log:
            self.child = subprocess.Popen([sys.executable, *program, "radio"], env=environment, stderr=log, cwd="/")
        return self.child

    def until_connected(self) -> None:
        until(lambda: self.shown("chevet_radio_connected") == 1, "the stick connected")

    def open_network(self) -> None:
        assert self.child is not None
        self.child.send_signal(signal.SIGUSR1)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.child is not None
        self.child.send_signal(number)
        return self.child.wait(30)

    def said(self) -> str:
        return self.log.read_text()

    def shown(self, metric: str) -> float | None:
        """The value of a metric at the process's own /metrics, None while it is not there."""
        try:
            with urllib.request.urlopen(f"http://{self.address}/metrics", timeout=2) as answer:
                lines = answer.read().decode().splitlines()
        except OSError:
            return None
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(metric + " ")), None)


@pytest.fixture
def sensors() -> Iterator[Sensors]:
    found = Sensors()
    yield found
    found.air.stop(patience=0)


@pytest.fixture
def radio(rabbitmq: servers.Broker, vhost: str, tmp_path: Path, sensors: Sensors) -> Iterator[Radio]:
    process = Radio(rabbitmq.amqp_url(vhost), tmp_path / "state", sensors.air)
    yield process
    if process.child is not None and process.child.poll() is None:
        process.stop(signal.SIGKILL)


@pytest.fixture
def joined(radio: Radio, sensors: Sensors) -> Radio:
    """The driver, with every sensor joined and bound."""
    radio.start()
    radio.until_connected()
    assert not any(one.member for one in sensors.air.sensors.values()), "the network is closed until it is asked for"
    radio.open_network()
    until(lambda: all(one.bound for one in sensors.air.sensors.values()), "every sensor bound")
    return radio
