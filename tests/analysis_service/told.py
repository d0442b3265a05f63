"""What Alertmanager would post: batches of its webhook, for the tests that post in its place."""

from __future__ import annotations

import copy
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from tests.analysis_service.in_care import in_care

MINUTE = 60_000
FOREVER = "0001-01-01T00:00:00Z"
SATURATION = {"alertname": "ChevetOxygenSaturationLowHigh", "rule": "oxygen_saturation.low"}
SENTENCES = {
    "summary": "oxygen saturation 84 % (limit ≤ 88 %)",
    "summary_fr": "saturation 84 % (limite ≤ 88 %)",
    "description": "Since 5 min. Is the probe on?",
    "description_fr": "Depuis 5 min. Le capteur est-il en place ?",
    "runbook_url": "https://ops.example/runbooks#chevetoxygensaturationlowhigh",
    "dashboard_url": "https://ops.example/d/chevet-patient",
}


def shown(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def fingerprint(labels: dict[str, str]) -> str:
    return hashlib.sha256(repr(sorted(labels.items())).encode()).hexdigest()[:16]


def told(onset: int, ends: int | None = None, severity: str = "high", **labels: str) -> dict[str, Any]:
    """One alert as it stands in a batch; clinical and of SpO2 unless labels say otherwise, and "" leaves one out."""
    every = {**SATURATION, "kind": "clinical", "severity": severity, "team": "ward"} | labels
    every = {name: value for name, value in every.items() if value}
    return {
        "status": "firing" if ends is None else "resolved",
        "labels": every,
        "annotations": dict(SENTENCES),
        "startsAt": shown(onset),
        "endsAt": FOREVER if ends is None else shown(ends),
        "generatorURL": "http://prometheus.example/graph",
        "fingerprint": fingerprint(every),
    }


def watchdog(at: int) -> dict[str, Any]:
    return told(at, severity="info", alertname="ChevetWatchdog", rule="watchdog", kind="technical")


def batch(*alerts: object, **more: object) -> dict[str, Any]:
    return {
        "version": "4",
        "groupKey": '{}:{alertname="x"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "chevet",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example",
        "alerts": list(alerts),
    } | more


async def tell(service, *alerts: object, role: str = "alertmanager", **more: object):
    """The answer to a batch."""
    body = json.dumps(batch(*alerts, **more))  # httpx would refuse to send what is no text
    headers = service.as_(role) | {"Content-Type": "application/json"}
    return await service.client.post("/api/v1/alertmanager", content=body, headers=headers)


async def alerts(service, query: str = "") -> list[dict[str, Any]]:
    """As a nurse sees them, the newest first."""
    await in_care(service)
    answer = await service.client.get(f"/api/v1/alerts?{query}", headers=service.as_("nurse"))
    assert answer.status_code == 200, answer.text
    return answer.json()


def wrong(alert: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """The alert whose field at `path` is another, or is missing where that is None."""
    other = copy.deepcopy(alert)
    *within, name = path.split(".")
    holder = other
    for part in within:
        holder = holder[part]
    if value is None:
        del holder[name]
    else:
        holder[name] = value
    return other


async def refused(service) -> list[dict[str, Any]]:
    """What was set aside, as an SRE sees it."""
    answer = await service.client.get("/api/v1/alertmanager/refused", headers=service.as_("sre"))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def metrics(service, name: str) -> list[str]:
    """The lines of /metrics that begin with `name`."""
    text = await service.metrics()
    return [line for line in text.splitlines() if line.startswith(name)]
