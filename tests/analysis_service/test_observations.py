"""What only people know of a patient: entered once, never changed, and told to Prometheus for the score."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


async def enter(service, patient: str, kind: str, value: object, role: str = "nurse", **more: object):
    body = {"kind": kind, "value": value} | more
    path = f"/api/v1/patients/{patient}/observations"
    return await service.client.post(path, json=body, headers=service.as_(role, name="Nadia Benali"))


async def listed(service, patient: str, query: str = "") -> list[dict[str, Any]]:
    path = f"/api/v1/patients/{patient}/observations?{query}"
    answer = await service.client.get(path, headers=service.as_("doctor"))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def series(service, name: str) -> list[str]:
    text = await service.metrics()
    return [line for line in text.splitlines() if line.startswith(name)]


async def test_a_nurse_enters_what_she_saw_and_a_doctor_reads_it(service_without_store) -> None:
    service = service_without_store
    patient, at = await service.patient(), service.clock() - HOUR
    answer = await enter(service, patient, "oxygen", "oxygen", flow=2.5, observed_ms=at)
    assert answer.status_code == 201, answer.text
    await enter(service, patient, "consciousness", "C", "doctor", observed_ms=at + MINUTE)
    newest, oldest = await listed(service, patient)
    assert (newest["kind"], newest["value"], newest["flow"]) == ("consciousness", "C", None)
    assert {name: oldest[name] for name in ("kind", "value", "flow", "observed_ms", "entered_by", "patient")} == {
        "kind": "oxygen",
        "value": "oxygen",
        "flow": 2.5,
        "observed_ms": at,
        "entered_by": "Nadia Benali",
        "patient": patient,
    }
    assert [one["kind"] for one in await listed(service, patient, "kind=oxygen")] == ["oxygen"]
    assert len(await listed(service, patient, "limit=1")) == 1


async def test_the_same_entered_again_is_one_by_its_id_and_by_its_time(service_without_store) -> None:
    service = service_without_store
    patient, at, id = await service.patient(), service.clock() - HOUR, str(uuid.uuid4())
    for more in ({"id": id, "observed_ms": at}, {"id": id, "observed_ms": at}, {"observed_ms": at}, {"id": id}):
        answer = await enter(service, patient, "oxygen", "air", **more)
        assert answer.json()["id"] == id, answer.text
    assert len(await listed(service, patient)) == 1
    assert answer.status_code == 200


async def test_the_same_that_comes_at_once_is_one(service_without_store) -> None:
    service = service_without_store
    patient, at = await service.patient(), service.clock() - HOUR
    answers = await asyncio.gather(*(enter(service, patient, "oxygen", "air", observed_ms=at) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_another_value_under_one_id_or_for_one_time_is_refused(service_without_store) -> None:
    service = service_without_store
    patient, at, id = await service.patient(), service.clock() - HOUR, str(uuid.uuid4())
    await enter(service, patient, "oxygen", "air", observed_ms=at, id=id)
    same_time = await enter(service, patient, "oxygen", "oxygen", observed_ms=at)
    assert (same_time.status_code, same_time.json()["field"]) == (409, "observed_ms")
    same_id = await enter(service, patient, "oxygen", "air", observed_ms=at + 1, id=id)
    assert (same_id.status_code, same_id.json()["field"]) == (409, "id")
    assert (await enter(service, patient, "consciousness", "A", observed_ms=at)).status_code == 201


@pytest.mark.parametrize(
    ("kind", "value", "more", "field", "said"),
    [
        ("mood", "good", {}, "kind", "expected oxygen, consciousness, scale, eligible, got another"),
        ("oxygen", "water", {}, "value", "expected air, oxygen for oxygen, got another"),
        ("consciousness", "a", {}, "value", "expected A, C, V, P, U for consciousness, got another"),
        ("scale", "3", {}, "value", "expected 1, 2 for scale, got another"),
        ("eligible", "no", {}, "value", "expected yes, under_16, pregnant for eligible, got another"),
        ("oxygen", 1, {}, "value", "input should be a valid string"),
        ("oxygen", "air", {"flow": 2}, "flow", "expected one with oxygen alone"),
        ("consciousness", "A", {"flow": 2}, "flow", "expected one with oxygen alone"),
        ("oxygen", "oxygen", {"flow": 0}, "flow", "input should be greater than 0"),
        ("oxygen", "oxygen", {"flow": 70.1}, "flow", "input should be less than or equal to 70"),
        ("oxygen", "air", {"observed_ms": "now"}, "observed_ms", "input should be a valid integer"),
        ("oxygen", "air", {"observed_ms": -1}, "observed_ms", "input should be greater than or equal to 0"),
        ("oxygen", "air", {"id": "mine"}, "id", "input should be a valid UUID"),
        ("oxygen", "air", {"mood": "bad"}, "mood", "extra inputs are not permitted"),
    ],
)
async def test_what_cannot_be_is_refused_by_field(
    service_without_store, kind: str, value: object, more: dict[str, object], field: str, said: str
) -> None:
    service = service_without_store
    answer = await enter(service, await service.patient(), kind, value, **more)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert answer.json()["detail"].startswith(f"{field}: {said}")


async def test_scale_2_is_refused_for_who_has_no_prescribed_limits(service_without_store) -> None:
    service = service_without_store
    patient = await service.patient()
    answer = await enter(service, patient, "scale", "2", "doctor")
    assert (answer.status_code, answer.json()["field"]) == (422, "value")
    assert answer.json()["detail"] == (
        "value: expected 1: scale 2 is for a patient who has prescribed limits of SpO2 of their own, "
        "and this one has none"
    )
    assert (await enter(service, patient, "scale", "1")).status_code == 201


async def test_nothing_is_observed_in_the_future_nor_more_than_8_days_ago(service_without_store) -> None:
    service = service_without_store
    patient = await service.patient()
    for beyond in (service.clock() + MINUTE, service.clock() - 8 * DAY - 1):
        answer = await enter(service, patient, "oxygen", "air", observed_ms=beyond)
        assert (answer.status_code, answer.json()["field"]) == (422, "observed_ms")
    for within in (service.clock(), service.clock() - 8 * DAY + MINUTE):
        assert (await enter(service, patient, "oxygen", "air", observed_ms=within)).status_code == 201


async def test_of_nobody_nothing_is_observed(service_without_store) -> None:
    service = service_without_store
    for nobody, status in (("p-nobody", 404), ("p%00", 422), ("p" * 200, 422)):
        answer = await enter(service, nobody, "oxygen", "air")
        assert (answer.status_code, answer.json()["field"].removeprefix("path.")) == (status, "patient")
        path = f"/api/v1/patients/{nobody}/observations"
        assert (await service.client.get(path, headers=service.as_("nurse"))).status_code == status


@pytest.mark.parametrize("role", ["sre", "relative", "patient", "analyst", "alertmanager", "prometheus"])
async def test_only_who_looks_after_the_patient_enters_and_reads(service_without_store, role: str) -> None:
    service = service_without_store
    patient = await service.patient()
    assert (await enter(service, patient, "oxygen", "air", role)).status_code == 403
    path = f"/api/v1/patients/{patient}/observations"
    assert (await service.client.get(path, headers=service.as_(role))).status_code == 403
    assert (await service.client.get(path)).status_code == 401
    assert (await service.client.post(path, json={}, headers=service.as_gateway)).status_code == 403


async def test_what_was_seen_is_told_at_its_own_time_and_what_was_decided_without_one(service_without_store) -> None:
    service = service_without_store
    patient, at = await service.assigned(days_ago=1), service.clock() - HOUR
    await enter(service, patient, "oxygen", "air", observed_ms=at - HOUR)
    await enter(service, patient, "oxygen", "oxygen", observed_ms=at)
    await enter(service, patient, "consciousness", "V", observed_ms=at)
    await enter(service, patient, "consciousness", "A", observed_ms=at - HOUR)
    await enter(service, patient, "scale", "1", observed_ms=at - 5 * DAY)
    await enter(service, patient, "eligible", "yes", observed_ms=at - 7 * DAY)
    assert await series(service, "chevet_news2") == [
        f'chevet_news2_oxygen{{patient="{patient}"}} 1.0 {at}',
        f'chevet_news2_consciousness{{patient="{patient}"}} 2.0 {at}',
        f'chevet_news2_scale{{patient="{patient}"}} 1.0',
        f'chevet_news2_eligible{{patient="{patient}"}} 1.0',
    ]
    await enter(service, patient, "eligible", "pregnant")
    assert await series(service, "chevet_news2_eligible") == [f'chevet_news2_eligible{{patient="{patient}"}} 0.0']


async def test_what_was_seen_a_day_ago_is_told_no_more_and_of_who_has_no_gateway_nothing(
    service_without_store,
) -> None:
    service = service_without_store
    await enter(service, await service.patient(), "oxygen", "air")
    assert await series(service, "chevet_news2") == []
    patient = await service.assigned(days_ago=3)
    await enter(service, patient, "oxygen", "air", observed_ms=service.clock() - DAY - 1)
    assert await series(service, "chevet_news2") == []
    await enter(service, patient, "oxygen", "air", observed_ms=service.clock() - DAY + MINUTE)
    assert len(await series(service, "chevet_news2")) == 1
