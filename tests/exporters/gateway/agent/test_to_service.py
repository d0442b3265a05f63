"""The whole way of how a gateway is: agent and intake, each a process, the real service, and Prometheus."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from chevet import metrics
from provisioning import secrets
from provisioning.local import chevet, servers
from provisioning.local.servers import Stack
from tests.exporters.gateway.agent.conftest import ROOT, AgentProcess
from tests.exporters.gateway.uplink.homes import GATEWAY, free_port, until
from tests.scraped import metrics_of

PATIENCE = 90


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def stack(keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Prometheus, the issuer and the service."""
    secrets.make(keys, (GATEWAY,))
    rows = (servers.PROMETHEUS, chevet.issuer(keys), chevet.service(keys))
    with servers.running(tmp_path_factory.mktemp("stack"), *rows) as running:
        secrets.make(keys, (GATEWAY,), token_url=f"{running.supervisor.place('issuer').url()}/token")
        yield running


@pytest.fixture
def processes(rabbitmq: servers.Broker, vhost: str, stack: Stack, keys: Path, tmp_path: Path) -> Iterator[AgentProcess]:
    """An agent not yet started, beside an intake that runs."""
    port = free_port()
    shared = {"BROKER_URL": rabbitmq.amqp_url(vhost), "STATE_DIR": str(tmp_path / "state"), "GATEWAY": GATEWAY}
    agent = AgentProcess(
        tmp_path,
        shared
        | {
            "SERVER_URL": stack.supervisor.place("service").url(),
            "CREDENTIALS_FILE": str(secrets.Secrets(directory=keys).gateway_credentials(GATEWAY)),
            "PROCESSES": f"intake=127.0.0.1:{port}",
            "HEARTBEAT_SECONDS": "1",
        },
    )
    named = {f"CHEVET_{name}": text for name, text in (shared | {"METRICS_ADDRESS": f"127.0.0.1:{port}"}).items()}
    with (tmp_path / "intake.log").open("ab") as log:
        command = [sys.executable, "-m", "exporters.gateway", "intake"]
        intake = subprocess.Popen(command, env=os.environ | named, stderr=log, cwd=ROOT)
    yield agent
    agent.end()
    intake.kill()
    intake.wait()


def newest(stack: Stack, selector: str) -> dict[tuple[tuple[str, str], ...], float]:
    """Labels without the name to the newest value within a minute."""
    query = {"query": f"last_over_time({selector}[1m])"}
    answer = httpx2.get(f"{stack.prometheus.url}/api/v1/query", params=query).json()
    assert answer["status"] == "success", answer
    return {
        tuple(sorted((name, text) for name, text in one["metric"].items() if name != "__name__")): float(
            one["value"][1]
        )
        for one in answer["data"]["result"]
    }


def of(process: str, **labels: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted({"gateway": GATEWAY, "process": process, **labels}.items()))


def listed(stack: Stack, keys: Path) -> list[dict[str, Any]]:
    """The gateways as whoever looks after them sees them."""
    form = json.loads(secrets.Secrets(directory=keys).client_credentials("sre").read_text())
    token = httpx2.post(form.pop("token_url"), data=form | {"grant_type": "client_credentials"}).json()["access_token"]
    url = stack.supervisor.place("service").url()
    answer = httpx2.get(f"{url}/api/v1/gateways", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def quarantined(stack: Stack, keys: Path) -> float:
    text = metrics_of(stack.supervisor.place("service").url(), keys)
    name = 'chevet_ingest_samples_total{result="quarantined"} '
    return sum(float(line.removeprefix(name)) for line in text.splitlines() if line.startswith(name))


async def test_what_two_processes_say_of_one_thing_is_two_series_and_the_gateway_is_online(
    processes: AgentProcess, stack: Stack, keys: Path
) -> None:
    processes.start()
    connected = metrics.BUS_CONNECTED.name
    both = {of("agent"): 1.0, of("intake"): 1.0}
    await until(lambda: newest(stack, connected) == both, "both are connected", PATIENCE)
    await until(lambda: newest(stack, metrics.PROCESS_UP.name) == both, "both answer", PATIENCE)
    depth = f'{metrics.BUS_QUEUE_MESSAGES.name}{{queue="uplink"}}'
    await until(lambda: newest(stack, depth) != {}, "the depths are told", PATIENCE)
    assert set(newest(stack, depth)) == {of("agent", queue="uplink")}, "one asks for all"
    assert newest(stack, metrics.DISK_FREE.name)[of("agent")] > 0
    (gateway,) = listed(stack, keys)
    assert (gateway["gateway"], gateway["online"], gateway["offline_since"]) == (GATEWAY, True, None)
    assert gateway["heartbeat"]["processes"] == {"intake": True, "agent": True}
    assert gateway["heartbeat"]["queues"]["uplink"] == 0
    beats = metrics.GATEWAY_HEARTBEAT.name
    text = metrics_of(stack.supervisor.place("service").url(), keys)
    assert f'{beats}{{gateway="{GATEWAY}"}}' in text
    assert quarantined(stack, keys) == 0, "the guard takes all that the agent sends"
    assert processes.stop() == 0, processes.log


async def test_a_killed_agent_beats_again_and_its_counters_begin_anew(
    processes: AgentProcess, stack: Stack, keys: Path
) -> None:
    def received() -> int:
        return max((one["heartbeat"]["received_ms"] for one in listed(stack, keys) if one["heartbeat"]), default=0)

    before = received()
    processes.start()
    await until(lambda: received() > before, "it beats", PATIENCE)
    processes.stop(signal.SIGKILL)
    killed = received()
    processes.start()
    await until(lambda: received() > killed, "it beats again", PATIENCE)
    stored = f'{metrics.AGENT_SAMPLES.name}{{reason="stored"}}'
    await until(lambda: of("agent", reason="stored") in newest(stack, stored), "its own counter arrives", PATIENCE)
