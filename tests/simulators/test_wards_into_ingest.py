"""Wards, the real issuer, the real service and the real Prometheus: what is simulated is what is stored."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from provisioning import secrets
from provisioning.local import chevet, servers
from provisioning.local.registration import PAST_SECONDS, Registrar, Resident
from provisioning.local.supervisor import Supervisor

GATEWAYS = ("g03", "g04")
DEADLINE = 60.0


@dataclass
class Stack:
    supervisor: Supervisor
    keys: Path
    pseudonyms: dict[str, str]

    def stored(self, query: str) -> dict[str, float]:
        """Sums by patient."""
        url = f"{self.supervisor.place('prometheus').url()}/api/v1/query"
        rows = httpx2.get(url, params={"query": f"sum by (patient) ({query})"}).json()["data"]["result"]
        return {row["metric"]["patient"]: float(row["value"][1]) for row in rows}


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    keys = tmp_path / "keys"
    with Supervisor(tmp_path / "stack") as supervisor:
        issuer = chevet.issuer(keys, port=0)
        supervisor.assign_ports(issuer)
        secrets.make(keys, GATEWAYS, token_url=f"{supervisor.place('issuer').url()}/token")
        service = chevet.service(keys, lead_seconds=-PAST_SECONDS, port=0)
        supervisor.start(issuer, servers.on_free_ports(servers.PROMETHEUS), service)
        people = [Resident(gateway=gateway, name=gateway.upper(), devices={}) for gateway in GATEWAYS]
        pseudonyms = Registrar(supervisor.place("service").url(), keys).register(people)
        yield Stack(supervisor, keys, pseudonyms)


def test_what_wards_measure_is_stored_for_the_right_patients_through_a_kill_of_the_service(
    stack: Stack, tmp_path: Path
) -> None:
    patients = tmp_path / "residents.json"
    patients.write_text(json.dumps([{"gateway": gateway, "seed": n} for n, gateway in enumerate(GATEWAYS)]))
    service = stack.supervisor.place("service").url()
    arguments = ["--service", service, "--credentials", str(stack.keys / "gateways"), "--patients", str(patients)]
    running = subprocess.Popen(
        [sys.executable, "-m", "simulators", "wards", *arguments, "--every", "1s", "--since", "10m"],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        query = "count_over_time(chevet_vital_activity_milli_g[20m])"
        _wait_for(stack, query, 8)
        os.kill(stack.supervisor.processes["service"].pid, signal.SIGKILL)
        _wait_for(stack, "count_over_time(chevet_vital_heart_rate_per_minute_latest[20m])", 4)
        _wait_for(stack, "timestamp(chevet_vital_oxygen_saturation_percent_latest)", time.time() + 8)
        assert _steps(stack, "chevet_vital_activity_milli_g[15m]") == {60.0}
    finally:
        running.send_signal(signal.SIGTERM)
        said = running.communicate(timeout=30)[1]
    assert running.returncode == 0, said
    assert " 0 quarantined, 0 of 2 gateways waiting" in said.splitlines()[-1]


def _wait_for(stack: Stack, query: str, least: float) -> None:
    deadline = time.monotonic() + DEADLINE
    while True:
        found = stack.stored(query)
        if set(found) == set(stack.pseudonyms.values()) and min(found.values()) >= least:
            return
        assert time.monotonic() < deadline, f"{query}: waited {DEADLINE} s for {least}, found {found}"
        time.sleep(0.2)


def _steps(stack: Stack, series: str) -> set[float]:
    """The seconds between neighbouring samples of all series."""
    url = f"{stack.supervisor.place('prometheus').url()}/api/v1/query"
    rows = httpx2.get(url, params={"query": series}).json()["data"]["result"]
    times = [[float(at) for at, _ in row["values"]] for row in rows]
    return {after - before for one in times for before, after in itertools.pairwise(one)}
