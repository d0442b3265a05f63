"""The lane of a write is a shortcut: it answers as the router does, and everything else goes its usual way."""

from __future__ import annotations

import cramjam
import pytest
from sqlalchemy.exc import OperationalError

from analysis_service.lane import Lane

PATH = "/api/v1/write"
EMPTY = bytes(cramjam.snappy.compress_raw(b""))
REQUESTS = {
    "taken": ({}, EMPTY),
    "without a token": ({"Authorization": ""}, EMPTY),
    "another scheme": ({"Authorization": "Basic eA=="}, EMPTY),
    "not packed": ({"Content-Encoding": "gzip"}, EMPTY),
    "a long name": ({"X-Chevet-Batch": "x" * 129}, EMPTY),
    "no snappy": ({}, b"\xff" * 6),
    "too large": ({}, bytes(5_000_000)),
}


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    """What is refused here is refused before any table is looked at."""
    return on_sqlite


@pytest.fixture
def by_the_router(monkeypatch):
    """From here on nothing goes by the lane."""

    async def pass_on(lane: Lane, scope, receive, send) -> None:
        await lane.app(scope, receive, send)

    return lambda: monkeypatch.setattr(Lane, "__call__", pass_on)


async def answered(service, headers: dict[str, str], body: bytes, method: str = "POST") -> tuple:
    own = service.as_gateway | {"Content-Encoding": "snappy", "X-Chevet-Batch": "b1"} | headers
    answer = await service.client.request(method, PATH, content=body, headers=own)
    return answer.status_code, dict(answer.headers), answer.text


@pytest.mark.parametrize(("headers", "body"), REQUESTS.values(), ids=REQUESTS)
async def test_a_write_is_answered_by_the_lane_as_by_the_router(
    service_without_store, by_the_router, headers: dict[str, str], body: bytes
) -> None:
    by_lane = await answered(service_without_store, headers, body)
    by_the_router()
    assert by_lane == await answered(service_without_store, headers, body)


async def test_a_write_does_not_pass_the_router(service_without_store, monkeypatch) -> None:
    async def never(*_: object) -> None:
        raise AssertionError("by the router")

    monkeypatch.setattr(service_without_store.client._transport.app.router, "middleware_stack", never)
    assert (await answered(service_without_store, {}, EMPTY))[0] == 204


async def test_another_method_is_refused_by_the_router(service_without_store) -> None:
    status, headers, _ = await answered(service_without_store, {}, b"", "PUT")
    assert (status, headers["x-chevet"], headers["allow"]) == (405, "1", "POST")


@pytest.mark.parametrize(
    ("error", "status"),
    [(OperationalError("select", {}, Exception("locked")), 503), (RuntimeError("a secret"), 500)],
    ids=["of the database", "of our own"],
)
async def test_a_failure_in_the_lane_is_a_marked_problem(
    service_without_store, monkeypatch, error: Exception, status: int
) -> None:
    async def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("analysis_service.ingest.service.Ingest.write", fail)
    got, headers, text = await answered(service_without_store, {}, EMPTY)
    assert (got, headers["x-chevet"], headers["content-type"]) == (status, "1", "application/problem+json")
    assert "secret" not in text
