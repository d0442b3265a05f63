"""The whole way behind the broker: uplink, killed at every step, the real service, and Prometheus."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from chevet.remote_write import series
from provisioning import secrets
from provisioning.local import chevet, servers
from provisioning.local.servers import Stack
from tests.exporters.gateway.uplink.homes import (
    GATEWAY,
    MINUTE,
    Home,
    Sample,
    connected,
    counted,
    expected,
    half_hour,
    until,
)

WEEK_SECONDS = 7 * 24 * 3600.0


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def stack(keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Prometheus, the issuer and the service; an assignment may begin in the past."""
    secrets.make(keys, (GATEWAY,))
    rows = (servers.PROMETHEUS, chevet.issuer(keys), chevet.service(keys, lead_seconds=-WEEK_SECONDS))
    with servers.running(tmp_path_factory.mktemp("stack"), *rows) as running:
        secrets.make(keys, (GATEWAY,), token_url=f"{running.supervisor.place('issuer').url()}/token")
        yield running


@pytest.fixture(scope="module")
def patient(stack: Stack, keys: Path) -> str:
    """Whose vitals the gateway has been measuring since a week ago."""
    doctor = json.loads(secrets.Secrets(directory=keys).client_credentials("doctor").read_text())
    form = {**doctor, "grant_type": "client_credentials"}
    token = httpx2.post(form.pop("token_url"), data=form).json()["access_token"]
    with httpx2.Client(
        base_url=stack.supervisor.place("service").url(), headers={"Authorization": f"Bearer {token}"}
    ) as client:
        made = client.post("/api/v1/patients", json={"name": "Marie Lefèvre"})
        assert made.status_code == 201, made.text
        pseudonym = str(made.json()["patient"])
        assigned = client.post(f"/api/v1/gateways/{GATEWAY}/assignments", json={"patient": pseudonym})
        assert assigned.status_code == 201, assigned.text
    return pseudonym


@pytest.fixture
async def home(rabbitmq: servers.Broker, vhost: str, stack: Stack, keys: Path, tmp_path: Path) -> AsyncIterator[Home]:
    url = rabbitmq.amqp_url(vhost)
    one = Home(broker_url=url, folder=tmp_path, server_url=stack.supervisor.place("service").url(), token_url="")
    one.settings["CREDENTIALS_FILE"] = str(secrets.Secrets(directory=keys).gateway_credentials(GATEWAY))
    async with connected(url) as one.bus:
        yield one
        if one.child is not None and one.child.poll() is None:
            one.child.kill()
            one.child.wait()


def stored(stack: Stack, patient: str) -> Counter[Sample]:
    """What Prometheus has of the patient, but for the newest readings, without the label that names the patient."""
    query = f'{{patient="{patient}",__name__!~".*_latest"}}[2h]'
    answer = httpx2.get(f"{stack.prometheus.url}/api/v1/query", params={"query": query}).json()
    found: list[dict[str, Any]] = answer["data"]["result"]
    return counted(
        series(
            one["metric"].pop("__name__"),
            {name: text for name, text in one["metric"].items() if name != "patient"},
            *((round(float(at) * 1000), float(value)) for at, value in one["values"]),
        )
        for one in found
    )


async def test_what_was_measured_is_stored_once_whatever_was_killed(home: Home, stack: Stack, patient: str) -> None:
    start = (int(time.time() * 1000) // MINUTE - 50) * MINUTE
    await home.publish(*half_hour(start))
    for step in ("journal/ack", "journal/POST", "2xx/mark"):
        home.start(kill_at=step)
        await home.died()
    home.start()
    await until(lambda: stored(stack, patient) == expected(start), "Prometheus has every sample once")
    await until(lambda: home.rows("SELECT count(*) FROM batches") == [(0,)], "the batch is marked")
    assert home.stop() == 0, home.log
