"""Prometheus's configuration: what it scrapes and as whom, where its rules are, and whom it tells."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import yaml

from chevet import server_metrics
from provisioning.render.site import Site

EVERY = "15s"
OUT_OF_ORDER = "9d"
RULES = "rules/*.yml"
CLIENT = "prometheus"


def flags(site: Site) -> str:
    """What is said on the command line only, one flag a line, as `prometheus @flags` reads it."""
    told = (
        f"--storage.tsdb.retention.time={site.retention}",
        "--web.enable-remote-write-receiver",
        f"--web.external-url={site.prometheus}",
    )
    return "".join(f"{flag}\n" for flag in told)


def secret_files(site: Site) -> tuple[str, str]:
    """The secret of its client, and the token for gateways that are scraped."""
    kept = PurePosixPath(site.secrets)
    return str(kept / "clients" / f"{CLIENT}.secret"), str(kept / "exporter.token")


def config(site: Site) -> str:
    """The file: valid for Prometheus 2.42 and 3."""
    return written(
        {
            **bare(),
            "rule_files": [RULES],
            "alerting": {"alertmanagers": [_at(site.alertmanager)]},
            "scrape_configs": [
                {"job_name": server_metrics.SERVICE_JOB, "oauth2": _oauth2(site), **_at(site.service)},
                {"job_name": server_metrics.PROMETHEUS_JOB, **_at(site.prometheus)},
                {"job_name": server_metrics.ALERTMANAGER_JOB, **_at(site.alertmanager)},
                _gateways(site),
            ],
        }
    )


def bare() -> dict[str, Any]:
    """A receiver of remote write that takes nine days out of order, and does nothing by itself."""
    return {
        "global": {"scrape_interval": EVERY, "scrape_timeout": "5s", "evaluation_interval": EVERY},
        "storage": {"tsdb": {"out_of_order_time_window": OUT_OF_ORDER}},
    }


def written(content: dict[str, Any]) -> str:
    """As YAML, in the order in which it was put together."""
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=10_000)


def _at(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    scheme = {"scheme": parts.scheme} if parts.scheme != "http" else {}
    return {**scheme, "static_configs": [{"targets": [parts.netloc]}]}


def _oauth2(site: Site) -> dict[str, Any]:
    """Client credentials rather than a token in a file: a token that never expires would be a password."""
    return {"client_id": CLIENT, "client_secret_file": secret_files(site)[0], "token_url": site.tokens}


def _gateways(site: Site) -> dict[str, Any]:
    """Series pulled from a gateway carry the labels that pushed ones do: no `job`, no `instance`.

    The target's own labels, gateway and patient, win over what the gateway says of itself; what it said is dropped. But
    a series that says it is another gateway's is dropped whole: at a wrong address stands another patient. What one of
    the gateway's processes says of itself is no patient's.
    """
    return {
        "job_name": server_metrics.GATEWAYS_JOB,
        "honor_labels": False,
        "honor_timestamps": True,
        "authorization": {"type": "Bearer", "credentials_file": secret_files(site)[1]},
        "http_sd_configs": [
            {"url": f"{site.service}/api/v1/http_sd", "refresh_interval": "5s", "oauth2": _oauth2(site)}
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
