"""Every answer is marked as the service's own, every refusal is a problem, and OpenAPI says both."""

from __future__ import annotations

import pytest

from analysis_service.app import create_app
from analysis_service.problems import MEDIA_TYPE
from analysis_service.settings import load

PROMETHEUS = "/prometheus/"
OPEN_TO_ALL = frozenset({"/api/v1/enrolments"})
"""A box has nothing but its code, so that nobody is refused there for who they are."""


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    """What is refused here is refused before any table is looked at."""
    return on_sqlite


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/nowhere", 404),
        ("DELETE", "/healthz", 405),
        ("GET", "/api/v1/patients", 401),
        ("GET", "/openapi.json", 200),
    ],
)
async def test_every_answer_is_marked(service_without_store, method: str, path: str, status: int) -> None:
    answer = await service_without_store.client.request(method, path, headers={"X-Chevet-Batch": "b3"})
    assert (answer.status_code, answer.headers["X-Chevet"]) == (status, "1")
    if status >= 400:
        assert answer.headers["content-type"] == MEDIA_TYPE
        problem = answer.json()
        assert set(problem) == {"type", "title", "status", "detail", "field", "batch"}
        assert (problem["status"], problem["batch"]) == (status, "b3")


async def test_a_failure_of_the_service_itself_is_a_marked_problem(service_without_store, monkeypatch) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("a secret of the inside")

    service = service_without_store
    monkeypatch.setattr("analysis_service.records.service.Records.named", fail)
    answer = await service.client.get("/api/v1/patients", headers=service.as_("doctor"))
    assert (answer.status_code, answer.headers["X-Chevet"]) == (500, "1")
    assert answer.json()["type"] == "urn:chevet:problem:internal"
    assert "secret" not in answer.text


@pytest.fixture
def openapi(configured: dict[str, object]) -> dict:
    return create_app(load(**configured)).openapi()


def test_every_route_declares_its_refusals_as_problems(openapi: dict) -> None:
    for path, methods in openapi["paths"].items():
        if path == "/healthz" or path.startswith(PROMETHEUS):
            continue
        for method, operation in methods.items():
            problems = [code for code, one in operation["responses"].items() if MEDIA_TYPE in one.get("content", {})]
            assert "503" in problems, f"{method} {path}"
            if path.startswith("/api/"):
                of_callers = {"401", "403"} & set(problems)
                assert of_callers == (set() if path in OPEN_TO_ALL else {"401", "403"}), f"{method} {path}"


def test_what_speaks_as_prometheus_declares_its_refusals_as_it_does(openapi: dict) -> None:
    spoken = {path: methods for path, methods in openapi["paths"].items() if path.startswith(PROMETHEUS)}
    assert len(spoken) == 6
    for path, methods in spoken.items():
        assert set(methods) == {"get", "post"}, path
        for operation in methods.values():
            refusals = {code: one["content"] for code, one in operation["responses"].items() if code != "200"}
            assert {"400", "401", "403", "503"} <= set(refusals), path
            for content in refusals.values():
                assert content["application/json"]["schema"]["$ref"].endswith("/RefusalBody"), path


def test_every_body_that_is_taken_has_an_example(openapi: dict) -> None:
    taken = {
        one["schema"].get("$ref", "").rsplit("/", 1)[-1]
        for methods in openapi["paths"].values()
        for operation in methods.values()
        for one in operation.get("requestBody", {}).get("content", {}).values()
    }
    schemas = openapi["components"]["schemas"]
    for name in taken - {""}:
        assert "example" in schemas[name] or name == "Replay", name


def test_every_route_has_a_sentence(openapi: dict) -> None:
    for methods in openapi["paths"].values():
        assert all(operation.get("description") for operation in methods.values())


async def test_no_name_and_no_number_reaches_metrics_or_logs(service_without_store, caplog) -> None:
    service = service_without_store
    patient = await service.patient("Zénobie Quatrepoint")
    contact = {"number": "+33612345678", "language": "fr", "order": 1}
    path = f"/api/v1/patients/{patient}/contacts"
    doctor = service.as_("doctor") | {"If-Match": '"0"'}
    await service.client.put(path, json={"contacts": [contact]}, headers=doctor)
    await service.client.put(path, json={"contacts": [contact | {"language": "x"}]}, headers=doctor)
    told = await service.metrics() + caplog.text
    assert "Zénobie" not in told
    assert "612345678" not in told
