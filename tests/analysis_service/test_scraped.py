"""A real Prometheus that scrapes the real service: what a nurse saw stands at its own time, whenever it is scraped."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from provisioning import secrets
from provisioning.local import chevet, prometheus
from provisioning.local.programs import written
from provisioning.local.registration import PAST_SECONDS, Registrar, Resident
from provisioning.local.rows import Launch, Place, Row
from provisioning.local.supervisor import Supervisor
from provisioning.render import prometheus as rendered

DEADLINE = 60.0
HOUR = 3_600_000


def scraping(keys: Path) -> Row:
    """Prometheus, which asks the service each two seconds."""
    bare, kept = prometheus.row(), secrets.Secrets(directory=keys)

    def launch(place: Place) -> Launch:
        plain = bare.launch(place)
        proof = {
            "client_id": "prometheus",
            "client_secret_file": str(kept.client_secret("prometheus").absolute()),
            "token_url": f"{place.url('http', 'issuer')}/token",
        }
        job = {
            "job_name": "chevet-service",
            "oauth2": proof,
            "static_configs": [{"targets": [place.address("http", "service")]}],
        }
        content = {**rendered.bare(), "scrape_configs": [{**job, "scrape_interval": "2s", "scrape_timeout": "2s"}]}
        file = written(place.directory / "scraping.yml", rendered.written(content))
        command = [f"--config.file={file}" if "--config.file" in one else one for one in plain.command]
        return replace(plain, command=tuple(command))

    return replace(bare, ports={"http": 0}, launch=launch)


@dataclass
class Stack:
    """The servers, and one patient."""

    service: str
    prometheus: str
    keys: Path
    patient: str

    def asked(self, query: str) -> list[dict[str, Any]]:
        answer = httpx2.get(f"{self.prometheus}/api/v1/query", params={"query": query}, timeout=30).json()
        return answer["data"]["result"]

    def enter(self, kind: str, value: str, at: int) -> None:
        known = httpx2.post(**_token(self.keys)).json()["access_token"]
        path = f"{self.service}/api/v1/patients/{self.patient}/observations"
        body = {"kind": kind, "value": value, "observed_ms": at}
        answer = httpx2.post(path, json=body, headers={"Authorization": f"Bearer {known}"}, timeout=30)
        assert answer.status_code == 201, answer.text


def _token(keys: Path) -> dict[str, Any]:
    known = json.loads(secrets.Secrets(directory=keys).client_credentials("nurse").read_text())
    form = {"grant_type": "client_credentials"} | {name: known[name] for name in ("client_id", "client_secret")}
    return {"url": known["token_url"], "data": form}


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    keys = tmp_path / "keys"
    with Supervisor(tmp_path / "stack") as supervisor:
        issuer, service = chevet.issuer(keys, port=0), chevet.service(keys, lead_seconds=-PAST_SECONDS, port=0)
        supervisor.assign_ports(issuer, service, scraping(keys))
        secrets.make(keys, (), token_url=f"{supervisor.place('issuer').url()}/token")
        supervisor.start(issuer, service, scraping(keys))
        url = supervisor.place("service").url()
        people = Registrar(url, keys).register([Resident(gateway="g03", name="Marie Lefèvre", devices={})])
        yield Stack(url, supervisor.place("prometheus").url(), keys, people["g03"])


def awaited(look: Callable[[], Any], what: str) -> Any:
    """What `look` finds in the end."""
    deadline = time.monotonic() + DEADLINE
    while not (found := look()):
        assert time.monotonic() < deadline, f"no {what} within {DEADLINE:g} s"
        time.sleep(0.2)
    return found


def test_what_was_seen_stands_once_at_its_own_time_and_a_decision_goes_on(stack: Stack) -> None:
    now = round(time.time() * 1000)
    of_patient = f'{{patient="{stack.patient}"}}'
    for kind, value, ago in (("oxygen", "air", 3), ("consciousness", "C", 2), ("eligible", "yes", 100)):
        stack.enter(kind, value, now - ago * HOUR)
    awaited(lambda: stack.asked(f"chevet_news2_consciousness{of_patient}[4h]"), "observation")
    stack.enter("oxygen", "oxygen", now - HOUR)

    def oxygen() -> list[list[Any]]:
        found = stack.asked(f"chevet_news2_oxygen{of_patient}[4h]")
        values: list[list[Any]] = found[0]["values"] if found else []
        return values if len(values) > 1 else []

    expected = [[(now - 3 * HOUR) / 1000, "0"], [(now - HOUR) / 1000, "1"]]
    assert awaited(oxygen, "second observation") == expected
    scraped = 'count_over_time(up{job="chevet-service"}[5m])'
    before = float(stack.asked(scraped)[0]["value"][1])
    awaited(lambda: float(stack.asked(scraped)[0]["value"][1]) >= before + 3, "scrapes")
    assert oxygen() == expected, "scraped again, it is the same sample"
    [decided] = stack.asked(f"chevet_news2_eligible{of_patient}")
    assert (decided["value"][1], now / 1000 - decided["value"][0] < 60) == ("1", True)
    [limit] = stack.asked(f'chevet_limit{{vital="oxygen_saturation",severity="high",patient="{stack.patient}"}}')
    assert limit["value"][1] == "88"
    said = httpx2.get(f"{stack.prometheus}/metrics", timeout=30).text
    refused = [line for line in said.splitlines() if line.startswith("prometheus_target_scrapes_sample_")]
    assert len(refused) >= 3
    assert {line.split()[1] for line in refused} == {"0"}, refused
