"""How tests measure by hand, and what the store has of it."""

from __future__ import annotations

import time
from typing import Any

import httpx2

MINUTE, DAY = 60_000, 86_400_000
NURSE = "Nadia Benali"
BY_HAND = "by hand"
PRESSURE = {"systolic_pressure": 128.0, "diastolic_pressure": 79.0}


def path(patient: str, *more: str) -> str:
    return "/".join((f"/api/v1/patients/{patient}/measurements", *more))


def body_of(values: dict[str, float], **more: object) -> dict[str, Any]:
    return {"values": [{"vital": vital, "value": value} for vital, value in values.items()]} | more


async def measure(service, patient: str, values: dict[str, float] | None = None, role: str = "nurse", **more: object):
    body = body_of(values or PRESSURE, **more)
    return await service.client.post(path(patient), json=body, headers=service.as_(role, name=NURSE))


async def measured(service, patient: str, values: dict[str, float] | None = None, **more: object) -> dict[str, Any]:
    answer = await measure(service, patient, values, **more)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def one(service, view: dict[str, Any]) -> dict[str, Any]:
    answer = await service.client.get(path(view["patient"], view["id"]), headers=service.as_("doctor"))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def listed(service, patient: str, query: str = "") -> list[dict[str, Any]]:
    answer = await service.client.get(f"{path(patient)}?{query}", headers=service.as_("doctor"))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def in_store(service, patient: str, metric: str) -> list[tuple[int, float]]:
    """The samples of a patient that came by hand."""
    found = await service.stored(metric, BY_HAND)
    return [
        (at, float(value)) for labels, many in found.items() for at, value in many if dict(labels)["patient"] == patient
    ]


async def asked(prometheus: str, expression: str) -> list[dict[str, Any]]:
    async with httpx2.AsyncClient() as client:
        answer = (
            await client.get(f"{prometheus}/api/v1/query", params={"query": expression, "time": time.time() + 1})
        ).json()
    assert answer["status"] == "success", answer
    return answer["data"]["result"]
