"""The whole way from a sensor's message to Prometheus on a gateway whose clock is wrong, and set while it runs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import httpx2
import pytest

from chevet.segments import DAY
from exporters.gateway import clocks
from exporters.gateway.bus import topology
from exporters.gateway.intake.clock import NAME
from provisioning import secrets
from provisioning.local import chevet, servers
from provisioning.local.servers import Stack
from tests.exporters.gateway.uplink.homes import GATEWAY, SHIFTED, Home, connected, free_port, until

ROOT = Path(__file__).parents[4]
YEAR = 365 * DAY
HOUR = 3_600_000
TOLERANCE = 2.0
DEVICES = json.dumps([{"friendly_name": "patch", "definition": {"vendor": "Chevet", "model": "CV-TH1"}}])
METRIC = "chevet_vital_body_temperature_celsius"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def stack(keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    secrets.make(keys, (GATEWAY,))
    rows = (servers.PROMETHEUS, chevet.issuer(keys), chevet.service(keys, lead_seconds=-DAY / 1000))
    with servers.running(tmp_path_factory.mktemp("stack"), *rows) as running:
        secrets.make(keys, (GATEWAY,), token_url=f"{running.supervisor.place('issuer').url()}/token")
        form = json.loads(secrets.Secrets(directory=keys).client_credentials("doctor").read_text())
        token = httpx2.post(form.pop("token_url"), data=form | {"grant_type": "client_credentials"}).json()
        with httpx2.Client(
            base_url=running.supervisor.place("service").url(),
            headers={"Authorization": f"Bearer {token['access_token']}"},
        ) as client:
            patient = client.post("/api/v1/patients", json={"name": "Marie Lefèvre"}).json()["patient"]
            client.post(f"/api/v1/gateways/{GATEWAY}/assignments", json={"patient": patient}).raise_for_status()
        yield running


class Machine:
    """A gateway's wall clock, and a sensor that a driver stamps with it."""

    def __init__(self, home: Home, folder: Path) -> None:
        self.home, self.shift = home, folder / "shift"
        self.truth: dict[float, float] = {}

    def set(self, wrong: int) -> None:
        written = self.shift.with_suffix(".new")
        written.write_text(str(wrong))
        written.replace(self.shift)

    def now(self) -> int:
        return time.time_ns() // 1_000_000 + int(self.shift.read_text())

    def measured_just_before_the_last(self, shown: dict[float, float]) -> bool:
        """Whether one of those shown is the last, or one that stands beside it as times are known to two seconds."""
        return any(max(self.truth.values()) - self.truth[value] <= TOLERANCE for value in shown)

    async def list_devices(self) -> None:
        assert await self.home.bus.publish(topology.MQTT, "zigbee2mqtt.bridge.devices", DEVICES)

    async def measure(self, value: float) -> None:
        self.truth[value] = time.time()
        message = json.dumps({"temperature": value, "last_seen": self.now()})
        assert await self.home.bus.publish(topology.MQTT, "zigbee2mqtt.patch", message)


@pytest.fixture
async def machine(
    rabbitmq: servers.Broker, vhost: str, stack: Stack, keys: Path, tmp_path: Path
) -> AsyncIterator[Machine]:
    url = rabbitmq.amqp_url(vhost)
    home = Home(broker_url=url, folder=tmp_path, server_url=f"http://127.0.0.1:{free_port()}", token_url="")
    home.settings["CREDENTIALS_FILE"] = str(secrets.Secrets(directory=keys).gateway_credentials(GATEWAY))
    async with connected(url) as home.bus:
        yield Machine(home, tmp_path)
        if home.child is not None and home.child.poll() is None:
            home.child.kill()
            home.child.wait()


@pytest.fixture
def start_intake(machine: Machine) -> Iterator[Callable[[], None]]:
    children: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        environment = machine.home.environment() | {"CHEVET_METRICS_ADDRESS": f"127.0.0.1:{free_port()}"}
        with (machine.home.folder / "log").open("a") as log:
            command = [sys.executable, "-c", SHIFTED, "intake", str(machine.shift)]
            children.append(subprocess.Popen(command, env=os.environ | environment, stderr=log, cwd=ROOT))

    yield start
    for child in children:
        child.kill()
        child.wait()


@asynccontextmanager
async def link_to(home: Home, stack: Stack) -> AsyncIterator[None]:
    """From now on there is somebody where uplink looks for the service."""
    service = httpx2.URL(stack.supervisor.place("service").url())
    place = httpx2.URL(home.server_url)

    async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                target.write(data)
                await target.drain()
        target.close()

    async def carry(theirs: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        ours, forth = await asyncio.open_connection(service.host, service.port)
        await asyncio.gather(copy(theirs, forth), copy(ours, back))

    link = await asyncio.start_server(carry, place.host, place.port)
    try:
        yield
    finally:
        link.close()


def stored(stack: Stack, metric: str) -> dict[float, float]:
    """When each value stands, in seconds, by its own time."""
    query = {"query": f'{metric}{{gateway="{GATEWAY}",device="patch"}}[1h]'}
    found = httpx2.get(f"{stack.prometheus.url}/api/v1/query", params=query).json()["data"]["result"]
    return {float(value): float(at) for one in found for at, value in one["values"]}


def machine_is_at(machine: Machine, wrong: int) -> bool:
    """Whether intake's journal says that the clock is wrong by so much at present."""
    file = machine.home.state / NAME
    with contextlib.suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        row = database.execute("SELECT ahead FROM segments ORDER BY number DESC LIMIT 1").fetchone()
        return row is not None and abs(row[0] - clocks.look().ahead - wrong) < 1000
    return False


async def test_what_was_measured_by_wrong_clocks_before_the_link_came_up_stands_at_its_true_time(
    machine: Machine, stack: Stack, start_intake: Callable[[], None]
) -> None:
    home = machine.home
    machine.set(-10 * YEAR)
    home.start(shift=machine.shift)
    start_intake()
    await machine.list_devices()
    for number, wrong in enumerate((-10 * YEAR, 0, HOUR, -HOUR)):  # booted in the past, set right, and wrong again
        machine.set(wrong)
        await until(lambda wrong=wrong: machine_is_at(machine, wrong), "intake has seen the clock step")
        for place in range(3):
            await machine.measure(round(36 + number / 10 + place / 100, 2))
    queued = len(machine.truth)
    async with asyncio.timeout(60):
        while await home.bus.depth(topology.UPLINK) < queued:
            await asyncio.sleep(0.1)
    assert stored(stack, METRIC) == {}
    async with link_to(home, stack):
        await until(lambda: len(stored(stack, METRIC)) == queued, "all readings are stored", 60)
        shown = stored(stack, METRIC)
        latest = f"{METRIC}_latest"
        await until(lambda: machine.measured_just_before_the_last(stored(stack, latest)), "the newest is shown", 60)
    wrong_by = {value: shown[value] - at for value, at in machine.truth.items()}
    assert all(abs(seconds) <= TOLERANCE for seconds in wrong_by.values()), wrong_by
    assert all(abs(at - machine.truth[value]) <= TOLERANCE for value, at in stored(stack, latest).items())
    assert home.metrics()["chevet_clock_offset_seconds"] == pytest.approx(HOUR / 1000, abs=TOLERANCE)
    assert home.rows("SELECT DISTINCT quality FROM readings") == [("good",)]
