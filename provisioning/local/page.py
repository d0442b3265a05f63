"""The row of the demo's page: it shows what runs, receives the SMS, and stands in the link of the pushing home."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from provisioning import secrets
from provisioning.local import grafana, mailbox, probes
from provisioning.local.chevet import python
from provisioning.local.homes import HOMES, row_name, simulator_log
from provisioning.local.rows import Launch, Place, Row


def progress_file(stack: Path) -> Path:
    return stack / "progress.txt"


def homes(place: Place) -> list[dict[str, str]]:
    return [
        {
            "gateway": home.gateway,
            "mode": home.mode,
            "control": place.url("http", row_name(home, "simulator")),
            "log": str(simulator_log(place.directory.parent, home)),
            "metrics": place.url("http", row_name(home, "uplink")) + "/metrics",
        }
        for home in HOMES
    ]


def further(place: Place) -> list[dict[str, str]]:
    prometheus = place.url("http", "prometheus")
    query = "/graph?g0.expr=chevet_vital_oxygen_saturation_percent&g0.tab=0&g0.range_input=1h"
    return [
        *dashboards(place),
        {"title": "Oxygen saturation of everybody, in Prometheus", "url": prometheus + query},
        {"title": "The rules, and which fire", "url": prometheus + "/alerts"},
        {"title": "What Prometheus scrapes", "url": prometheus + "/targets"},
        {"title": "Alertmanager", "url": place.url("http", "alertmanager")},
        {"title": "The runbook", "url": "/runbooks"},
    ]


def dashboards(place: Place) -> list[dict[str, str]]:
    """Where the dashboards are, or how to come by them."""
    if grafana.NAME in place.ports:
        address = place.url("http", grafana.NAME)
        return [{"title": "The dashboards, in Grafana", "url": f"{address}/dashboards"}]
    store = place.url("http", "prometheus")
    return [
        {
            "title": "The dashboards: with Grafana installed, or unpacked and named before the next start:",
            "command": f"{grafana.HOME}=~/grafana make demo",
        },
        {
            "title": "Without it, drawn as pictures:",
            "command": f".venv/bin/python -m dashboards preview ward --prometheus {store} --out pictures",
        },
    ]


def row(keys: Path) -> Row:
    kept = secrets.Secrets(directory=keys)

    def launch(place: Place) -> Launch:
        settings = {
            "CHEVET_PAGE_ADDRESS": place.address("http"),
            "CHEVET_LINK_ADDRESS": place.address("link"),
            "CHEVET_SERVER_URL": place.url("http", "service"),
            "CHEVET_QUERY_URL": place.url("http", "prometheus"),
            "CHEVET_NURSE_CREDENTIALS_FILE": str(kept.client_credentials("nurse")),
            "CHEVET_DOCTOR_CREDENTIALS_FILE": str(kept.client_credentials("doctor")),
            "CHEVET_SRE_CREDENTIALS_FILE": str(kept.client_credentials("sre")),
            "CHEVET_HOMES": json.dumps(homes(place)),
            "CHEVET_FURTHER": json.dumps(further(place)),
            "CHEVET_PROGRESS_FILE": str(progress_file(place.directory.parent)),
            "CHEVET_STACK": str(place.directory.parent),
            "CHEVET_MAILS": str(mailbox.mails(place.directory.parent)),
            "CHEVET_ON_CALL": json.dumps([asdict(reader) for reader in mailbox.READERS]),
        }
        return python("provisioning.page", environment=settings)

    return Row(name="page", ports={"http": 8080, "link": 8001}, launch=launch, ready=probes.http("/healthz"))
