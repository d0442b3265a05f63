"""A gateway's bus in a vhost of its own, intake as a real child process, waiting for a condition with a deadline."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from exporters.gateway.bus import topology
from exporters.gateway.bus.client import Bus
from provisioning.local import servers

ROOT = Path(__file__).parents[3]

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

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]


def free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


class IntakeProcess:
    """`python -m exporters.gateway intake` with a state folder that outlives each start."""

    def __init__(self, broker_url: str, state_dir: Path) -> None:
        self.address = free_address()
        self.state_dir = state_dir
        self.log = state_dir.with_suffix(".log")
        self.settings = {
            "CHEVET_GATEWAY": "g01",
            "CHEVET_STATE_DIR": str(state_dir),
            "CHEVET_BROKER_URL": broker_url,
            "CHEVET_METRICS_ADDRESS": self.address,
            "PYTHONPATH": str(ROOT),
        }
        self.child: subprocess.Popen[bytes] | None = None

    def start(self, *, die_at: str = "", nth: int = 1, **settings: str) -> subprocess.Popen[bytes]:
        program = ["-c", VICTIM] if die_at else ["-m", "exporters.gateway"]
        environment = os.environ | self.settings | settings | {"STEP": die_at, "NTH": str(nth)}
        with self.log.open("ab") as log:
            self.child = subprocess.Popen([sys.executable, *program, "intake"], env=environment, stderr=log, cwd="/")
        return self.child

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.child is not None
        self.child.send_signal(number)
        return self.child.wait(10)

    def said(self) -> str:
        return self.log.read_text()


@pytest.fixture
async def eventually() -> Eventually:
    """Until `condition` holds, asked again and again; fails after 30 s."""

    async def wait(condition: Callable[[], Awaitable[bool]]) -> None:
        deadline = time.monotonic() + 30
        while not await condition():
            assert time.monotonic() < deadline, "the condition did not come to hold within 30 s"
            await asyncio.sleep(0.05)

    return wait


@contextlib.asynccontextmanager
async def _running(bus: Bus) -> AsyncIterator[Bus]:
    task = asyncio.ensure_future(bus.run())
    try:
        await asyncio.wait_for(bus.ready(), 30)
        yield bus
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest.fixture
def running() -> Callable[[Bus], AbstractAsyncContextManager[Bus]]:
    """`async with running(Bus(…)) as bus` for a bus that is not the one of the fixture."""
    return _running


@pytest.fixture
async def bus(rabbitmq: servers.Broker, vhost: str) -> AsyncIterator[Bus]:
    async with _running(Bus(rabbitmq.amqp_url(vhost), "test", topology.queues(2**30))) as connected:
        yield connected


@pytest.fixture
def intake(rabbitmq: servers.Broker, vhost: str, tmp_path: Path) -> Iterator[IntakeProcess]:
    process = IntakeProcess(rabbitmq.amqp_url(vhost), tmp_path / "state")
    yield process
    if process.child is not None and process.child.poll() is None:
        process.stop(signal.SIGKILL)


@pytest.fixture
def start_intake(tmp_path: Path) -> Iterator[Callable[[str], IntakeProcess]]:
    """For a broker of the test's own: gives the process for its URL, and ends it."""
    started: list[IntakeProcess] = []

    def make(broker_url: str) -> IntakeProcess:
        started.append(IntakeProcess(broker_url, tmp_path / "state"))
        return started[-1]

    yield make
    for process in started:
        if process.child is not None and process.child.poll() is None:
            process.stop(signal.SIGKILL)


@pytest.fixture
def device_list() -> Callable[..., str]:
    """`bridge/devices` as Zigbee2MQTT says it: device_list(ox="CV-OX1")."""

    def write(**models: str) -> str:
        rows: list[dict[str, Any]] = [
            {
                "ieee_address": f"0x00158d{number:010x}",
                "friendly_name": name,
                "type": "EndDevice",
                "definition": {"vendor": "Chevet", "model": model},
            }
            for number, (name, model) in enumerate(models.items())
        ]
        return json.dumps(rows)

    return write
