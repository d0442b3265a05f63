"""Prometheus as a receiver of remote write that takes nine days out of order, and scrapes what is to be pulled."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provisioning.local import probes
from provisioning.local.programs import program, written
from provisioning.local.rows import Launch, Place, Row

OUT_OF_ORDER = "9d"
RETENTION = "400d"


@dataclass(frozen=True, kw_only=True, slots=True)
class Scrapes:
    """What Prometheus asks for by itself: the service, and the pull gateways that the service names."""

    service_url: str
    token_url: str
    client_id: str
    client_secret_file: Path
    exporter_token_file: Path
    every: str = "15s"


def oauth2(scrapes: Scrapes) -> dict[str, Any]:
    """Client credentials rather than a token in a file: a token that never expires would be a password."""
    return {
        "client_id": scrapes.client_id,
        "client_secret_file": str(scrapes.client_secret_file),
        "token_url": scrapes.token_url,
    }


def service_job(scrapes: Scrapes) -> dict[str, Any]:
    return {
        "job_name": "chevet-service",
        "oauth2": oauth2(scrapes),
        "static_configs": [{"targets": [scrapes.service_url.removeprefix("http://")]}],
    }


def gateways_job(scrapes: Scrapes) -> dict[str, Any]:
    """Series pulled from a gateway carry the labels that pushed ones do: no `job`, no `instance`.

    The target's own labels, gateway and patient, win over what the gateway says of itself; what it said is dropped. But
    a series that says it is another gateway's is dropped whole: at a wrong address stands another patient. What one of
    the gateway's processes says of itself is no patient's.
    """
    return {
        "job_name": "chevet-gateways",
        "honor_labels": False,
        "honor_timestamps": True,
        "authorization": {"type": "Bearer", "credentials_file": str(scrapes.exporter_token_file)},
        "http_sd_configs": [
            {
                "url": f"{scrapes.service_url}/api/v1/http_sd",
                "refresh_interval": "5s",
                "oauth2": oauth2(scrapes),
            }
        ],
        "metric_relabel_configs": [
            # What says nothing of its gateway, its own metrics, is taken as the target's.
            {
                "source_labels": ["exported_gateway", "gateway"],
                "regex": ";(.+)",
                "target_label": "exported_gateway",
                "replacement": "$1",
            },
            {"action": "keepequal", "source_labels": ["exported_gateway"], "target_label": "gateway"},
            {"action": "labeldrop", "regex": "job|instance|exported_.+"},
            {"source_labels": ["process"], "regex": ".+", "target_label": "patient", "replacement": ""},
        ],
    }


def config(scrapes: Scrapes | None, alertmanager: str) -> dict[str, Any]:
    jobs = [service_job(scrapes), gateways_job(scrapes)] if scrapes else []
    alerting = {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]} if alertmanager else {}
    every = scrapes.every if scrapes else "15s"
    return {
        "global": {"scrape_interval": every, "scrape_timeout": "5s", "evaluation_interval": "15s"},
        "storage": {"tsdb": {"out_of_order_time_window": OUT_OF_ORDER}},
        "scrape_configs": jobs,
        **({"alerting": alerting} if alerting else {}),
    }


def row(scrapes: Callable[[Place], Scrapes] | None = None, *, alertmanager: bool = False) -> Row:
    def launch(place: Place) -> Launch:
        asked = scrapes(place) if scrapes else None
        alerts_to = place.address("http", "alertmanager") if alertmanager else ""
        # JSON is YAML, and quotes whatever a path may contain.
        file = written(place.directory / "prometheus.yml", json.dumps(config(asked, alerts_to), indent=2) + "\n")
        command = (
            program("prometheus"),
            f"--config.file={file}",
            f"--web.listen-address={place.address('http')}",
            f"--storage.tsdb.path={data(place)}",
            f"--storage.tsdb.retention.time={RETENTION}",
            "--web.enable-remote-write-receiver",
            "--log.level=warn",
        )
        return Launch(command=command, environment={"GOGC": "50", "NO_PROXY": "*", "no_proxy": "*"})

    return Row(name="prometheus", ports={"http": 9090}, launch=launch, ready=probes.http("/-/ready"), stop_within=20.0)


def data(place: Place) -> Path:
    return place.directory / "data"
