"""Which gateways Prometheus scrapes, and for whom."""

from __future__ import annotations

import pytest

from analysis_service.fleet.service import may_be_scraped
from analysis_service.records.service import Assignment

SECOND, MINUTE = 1000, 60_000


async def put(service, **body: object):
    return await service.client.put(f"/api/v1/gateways/{service.gateway}", json=body, headers=service.as_("sre"))


async def targets(service, role: str = "prometheus") -> list[dict]:
    answer = await service.client.get("/api/v1/http_sd", headers=service.as_(role))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


async def test_a_pull_gateway_is_scraped_for_the_patient_it_stands_with(service_without_store) -> None:
    service = service_without_store
    await put(service, mode="pull", address="127.0.0.1:9800")
    assert await targets(service) == []
    patient = await service.assigned(days_ago=1)
    (standing,) = (
        await service.client.get(f"/api/v1/gateways/{service.gateway}/assignments", headers=service.as_("doctor"))
    ).json()
    labels = {"gateway": service.gateway, "patient": patient, "__param_from": str(standing["from_ms"])}
    assert await targets(service) == [{"targets": ["127.0.0.1:9800"], "labels": labels}]
    assert await targets(service, "sre") == await targets(service)


async def test_a_push_gateway_is_never_scraped(service_without_store) -> None:
    service = service_without_store
    await service.assigned(days_ago=1)
    await put(service, mode="pull", address="127.0.0.1:9800")
    await put(service, mode="push")
    assert await targets(service) == []


async def test_a_target_whose_assignment_will_end_says_when(service_without_store) -> None:
    service = service_without_store
    await put(service, mode="pull", address="127.0.0.1:9800")
    until = service.clock() + 60 * MINUTE
    await service.assigned(days_ago=1, until_ms=until)
    (target,) = await targets(service)
    assert target["labels"]["__param_until"] == str(until)


async def test_two_gateways_are_never_scraped_at_one_address(service_without_store) -> None:
    """One of them would show the other's patient as its own."""
    service = service_without_store
    assert (await put(service, mode="pull", address="127.0.0.1:9800")).status_code == 200
    assert (await put(service, mode="pull", address="127.0.0.1:9800")).status_code == 200
    service.gateway = "g-another"
    answer = await put(service, mode="pull", address="127.0.0.1:9800")
    assert (answer.status_code, answer.json()["field"]) == (409, "address")


def assignment(from_ms: int, until_ms: int | None = None) -> Assignment:
    return Assignment(id="a", gateway="g01", patient="p1", from_ms=from_ms, until_ms=until_ms)


@pytest.mark.parametrize(
    ("begins", "scraped_from"),
    [(10 * MINUTE, 11 * MINUTE + 30 * SECOND), (10 * MINUTE + 1, 12 * MINUTE + 30 * SECOND)],
    ids=["at a window's start", "just after one"],
)
def test_a_target_appears_once_the_first_window_inside_its_assignment_is_cut(begins: int, scraped_from: int) -> None:
    assert not may_be_scraped(assignment(begins), scraped_from - 1)
    assert may_be_scraped(assignment(begins), scraped_from)


def test_a_target_leaves_before_its_assignment_ends() -> None:
    ending = assignment(0, 60 * MINUTE)
    assert may_be_scraped(ending, 60 * MINUTE - 30 * SECOND)
    assert not may_be_scraped(ending, 60 * MINUTE - 30 * SECOND + 1)


@pytest.mark.parametrize(
    "body",
    [{"mode": "pull"}, {"mode": "push", "address": "h:1"}, {"mode": "both"}, {"mode": "pull", "address": "no port"}],
    ids=["pull without address", "push with address", "another mode", "no port"],
)
async def test_a_gateway_that_cannot_be_is_refused(service_without_store, body: dict[str, str]) -> None:
    assert (await put(service_without_store, **body)).status_code == 422


async def test_gateways_are_read_back(service_without_store) -> None:
    service = service_without_store
    await put(service, mode="push")
    one = {"gateway": service.gateway, "mode": "push", "address": None}
    one |= {"online": False, "offline_since": None, "heartbeat": None, "revoked_ms": None}
    path = "/api/v1/gateways"
    assert (await service.client.get(path, headers=service.as_("sre"))).json() == [one]
    assert (await service.client.get(f"{path}/{service.gateway}", headers=service.as_("sre"))).json() == one
    assert (await service.client.get(f"{path}/g-none", headers=service.as_("sre"))).status_code == 404
