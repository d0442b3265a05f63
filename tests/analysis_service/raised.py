"""What a gateway posts, and how it and people ask: for the tests of alerts that several see."""

from __future__ import annotations

from typing import Any

from chevet.alerts import Alert, alert_id
from chevet.severities import Kind, Severity
from tests.analysis_service.in_care import in_care
from tests.analysis_service.told import MINUTE


def raised(service, onset: int, device: str = "oximeter", **fields: object) -> Alert:
    """An alert of the gateway's own."""
    known: dict[str, Any] = {
        "id": str(alert_id(service.gateway, device, "oxygen_saturation.low", onset)),
        "gateway": service.gateway,
        "device": device,
        "rule": "oxygen_saturation.low",
        "vital": "oxygen_saturation",
        "kind": Kind.CLINICAL,
        "severity": Severity.HIGH,
        "onset": onset,
        "declared_at": onset + MINUTE,
        "value": 84.0,
        "limit": 88.0,
    }
    return Alert(**(known | fields))


async def post(service, alert: Alert) -> dict[str, Any]:
    answer = await service.client.post("/api/v1/alerts", json=alert.to_dict(), headers=service.as_gateway)
    assert answer.is_success, answer.text
    return answer.json()


async def read(service, id: str) -> dict[str, Any]:
    await in_care(service)
    answer = await service.client.get(f"/api/v1/alerts/{id}", headers=service.as_("nurse"))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def polled(service, id: str) -> dict[str, Any]:
    """What the gateway is told by its own id."""
    answer = await service.client.get(f"/api/v1/alerts/{id}", headers=service.as_gateway)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def take(service, id: str, name: str = "Zoé Martin"):
    await in_care(service)
    return await service.client.post(f"/api/v1/alerts/{id}/take", headers=service.as_("nurse", name=name))
