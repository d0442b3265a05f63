"""A real Alertmanager before the real service: what it is given arrives as alerts, by a token of the issuer's."""

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
from provisioning.local import alertmanager, chevet, prometheus
from provisioning.local.programs import written
from provisioning.local.registration import PAST_SECONDS, Registrar, Resident
from provisioning.local.rows import Launch, Place, Row
from provisioning.local.supervisor import Supervisor
from tests.analysis_service.told import SATURATION, SENTENCES, shown
from tests.scraped import metrics_of

DEADLINE = 60.0
LABELS = SATURATION | {"kind": "clinical", "severity": "high", "team": "ward"}


def telling(keys: Path) -> Row:
    """Alertmanager, which tells the service of everything at once."""
    kept = secrets.Secrets(directory=keys)
    bare = alertmanager.row()

    def launch(place: Place) -> Launch:
        proof = {
            "client_id": "alertmanager",
            "client_secret_file": str(kept.client_secret("alertmanager")),
            "token_url": f"{place.url('http', 'issuer')}/token",
        }
        webhook = {
            "url": f"{place.url('http', 'service')}/api/v1/alertmanager",
            "http_config": {"oauth2": proof},
            "send_resolved": True,
        }
        route = {"receiver": "service", "group_by": ["..."], "group_wait": "0s", "group_interval": "1s"}
        content = {"route": route, "receivers": [{"name": "service", "webhook_configs": [webhook]}]}
        file = written(place.directory / "telling.yml", json.dumps(content))
        plain = bare.launch(place)
        command = [f"--config.file={file}" if "--config.file" in one else one for one in plain.command]
        return replace(plain, command=tuple(command))

    return replace(bare, launch=launch)


@dataclass
class Stack:
    """The servers, and who asks them."""

    service: str
    alertmanager: str
    keys: Path
    patient: str

    def as_(self, client: str) -> dict[str, str]:
        known = json.loads(secrets.Secrets(directory=self.keys).client_credentials(client).read_text())
        form = {"grant_type": "client_credentials"} | {name: known[name] for name in ("client_id", "client_secret")}
        answer = httpx2.post(known["token_url"], data=form)
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def alerts(self, query: str = "") -> list[dict[str, Any]]:
        return httpx2.get(f"{self.service}/api/v1/alerts?{query}", headers=self.as_("nurse"), timeout=30).json()

    def fire(self, **more: Any) -> None:
        alert = {"labels": LABELS | {"patient": self.patient}, "annotations": SENTENCES} | more
        answer = httpx2.post(f"{self.alertmanager}/api/v2/alerts", json=[alert], timeout=30)
        assert answer.is_success, answer.text


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    directory = tmp_path_factory.mktemp("the stack")
    keys = directory / "secrets"
    with Supervisor(directory) as supervisor:
        issuer = chevet.issuer(keys, port=0)
        supervisor.assign_ports(issuer, replace(prometheus.row(), ports={"http": 0}))
        secrets.make(keys, (), token_url=f"{supervisor.place('issuer').url()}/token")
        supervisor.start(
            issuer, chevet.service(keys, lead_seconds=-PAST_SECONDS, port=0), replace(telling(keys), ports={"http": 0})
        )
        service = supervisor.place("service").url()
        people = Registrar(service, keys).register([Resident(gateway="g03", name="Marie Lefèvre", devices={})])
        yield Stack(service, supervisor.place("alertmanager").url(), keys, people["g03"])


def awaited(look: Callable[[], Any], what: str) -> Any:
    """What `look` finds in the end."""
    deadline = time.monotonic() + DEADLINE
    while not (found := look()):
        assert time.monotonic() < deadline, f"no {what} within {DEADLINE:g} s"
        time.sleep(0.2)
    return found


def test_what_fires_arrives_with_the_same_sentence_and_clears_when_it_is_resolved(stack: Stack) -> None:
    begins = round(time.time() * 1000)
    stack.fire(startsAt=shown(begins))
    [row] = awaited(lambda: stack.alerts("open=true"), "alert")
    assert (row["patient"], row["rule"], row["severity"], row["onset"]) == (
        stack.patient,
        "oxygen_saturation.low",
        "high",
        begins,
    )
    assert row["told"]["summary"] == {"en": SENTENCES["summary"], "fr": SENTENCES["summary_fr"]}
    assert row["told"]["runbook_url"] == SENTENCES["runbook_url"]
    ends = round(time.time() * 1000)
    stack.fire(startsAt=shown(begins), endsAt=shown(ends))
    awaited(lambda: not stack.alerts("open=true"), "end")
    [row] = stack.alerts()
    assert row["cleared_at"] == ends


def test_what_the_service_cannot_read_is_listed_for_an_sre_and_not_told_again(stack: Stack) -> None:
    odd = {"alertname": "SomebodyElses", "severity": "page"}
    stack.fire(labels=odd)

    def refused() -> list[dict[str, Any]]:
        headers = stack.as_("sre")
        return httpx2.get(f"{stack.service}/api/v1/alertmanager/refused", headers=headers, timeout=30).json()

    [row] = awaited(refused, "refusal")
    assert (row["name"], row["field"]) == ("SomebodyElses", "labels.rule")
    failed = [
        line
        for line in httpx2.get(f"{stack.alertmanager}/metrics", timeout=30).text.splitlines()
        if line.startswith('alertmanager_notifications_failed_total{integration="webhook"}')
    ]
    assert [float(line.split()[1]) for line in failed] == [0]


def test_the_watchdog_leaves_its_time(stack: Stack) -> None:
    labels = {"alertname": "ChevetWatchdog", "rule": "watchdog", "kind": "technical", "severity": "info"}
    before = time.time()
    stack.fire(labels=labels)

    def came() -> list[str]:
        lines = metrics_of(stack.service, stack.keys).splitlines()
        return [line for line in lines if line.startswith("chevet_watchdog_seconds ")]

    [line] = awaited(came, "watchdog")
    assert before - 1 <= float(line.split()[1]) <= time.time()
