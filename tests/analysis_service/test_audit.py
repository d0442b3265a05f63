"""Every look of a person is on record before its answer leaves, a change in the very transaction that makes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlalchemy import select, text
from starlette.routing import BaseRoute

from analysis_service import app as application
from analysis_service.access.service import HolderOf, person
from analysis_service.audit.rows import entry_of
from analysis_service.audit.tables import AuditEntryRow
from analysis_service.database import Database
from chevet.alerts import Alert, alert_id
from chevet.audit import Look
from chevet.severities import Kind, Severity

NOT_AUDITED = {
    "/healthz": "public: that the process answers",
    "/readyz": "public: whether the database and the store answer",
    "/api/v1/enrolments": "public: a box has nothing but its code, and the code has its own row",
    "/sign-in": "public: who comes is not known yet",
    "/sign-in/callback": "public: the provider says who it is, and the session that begins says when",
    "/sign-in/back-channel": "the provider's own: it ends sessions, and looks at nothing",
    "/api/v1/write": "by its lane: what gateways send is nobody's look, and is kept as it is",
}
"""Each with the reason; what asks for no right cannot say who asked."""


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


async def looks(database: Database) -> list[Look]:
    async with database.reading() as session:
        rows = await session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.id))
        return [entry_of(row).look for row in rows]


def told(look: Look) -> tuple[object, ...]:
    return look.subject, look.roles, look.right, look.method, look.route, look.patients, look.outcome


def holders(dependant: Dependant) -> Iterator[object]:
    for one in dependant.dependencies:
        if isinstance(one.call, HolderOf) or one.call is person:
            yield one.call
        yield from holders(one)


def routes() -> list[APIRoute]:
    declared: list[BaseRoute] = [route for router in application.ROUTERS for route in router.routes]
    return [route for route in declared if isinstance(route, APIRoute)]


def test_the_routes_that_are_not_audited_are_these() -> None:
    """A route that asks for a right is audited by that alone: nobody can forget it."""
    without = {route.path for route in routes() if not any(holders(route.dependant))}
    by_the_lane = {application.ingest_routes.WRITE.path}
    assert without | by_the_lane == set(NOT_AUDITED)


async def test_a_look_says_who_what_about_whom_and_what_became_of_it(service_without_store, database) -> None:
    service = service_without_store
    patient = await service.patient()
    path = f"/api/v1/patients/{patient}/contacts"
    answer = await service.client.get(path, headers=service.as_("nurse", name="Zoé"))
    assert answer.status_code == 200
    last = (await looks(database))[-1]
    template = "/api/v1/patients/{patient}/contacts"
    assert told(last) == ("somebody", ("nurse",), "read dossiers", "GET", template, (patient,), "done")
    assert last.request == answer.headers["X-Request-Id"]
    assert abs(last.at - service.clock()) < 60_000


@pytest.mark.parametrize(
    ("method", "path", "body", "role", "outcome"),
    [
        ("GET", "/api/v1/patients", None, "relative", "refused"),
        ("GET", "/api/v1/patients", None, "gateway", "refused"),
        ("PUT", "/api/v1/patients/p1/contacts", {"contacts": []}, "nurse", "refused"),
        ("GET", "/api/v1/patients/nobody/contacts", None, "nurse", "rejected"),
        ("PUT", "/api/v1/patients/p1/contacts", {"contacts": 7}, "doctor", "rejected"),
        ("PUT", "/api/v1/patients/p1/contacts", {"contacts": []}, "doctor", "rejected"),
    ],
)
async def test_what_was_refused_or_came_to_nothing_is_on_record_too(
    service_without_store, database, method: str, path: str, body: Any, role: str, outcome: str
) -> None:
    service = service_without_store
    headers = service.as_(role, **({"gateway": "g01"} if role == "gateway" else {}))
    await service.client.request(method, path, json=body, headers=headers)
    (look,) = await looks(database)
    assert (look.outcome, look.roles, look.method) == (outcome, (role,), method)


async def test_what_machines_do_and_what_is_public_is_not_on_record(service_without_store, database) -> None:
    service = service_without_store
    for path in ("/healthz", "/api/v1/alerts", f"/api/v1/gateways/{service.gateway}/sheet"):
        await service.client.get(path, headers=service.as_gateway)
    await service.client.get("/metrics", headers=service.as_("prometheus"))
    await service.client.get("/api/v1/patients")
    assert await looks(database) == []


async def test_a_change_and_its_entry_are_kept_together_or_not_at_all(service_without_store, database) -> None:
    """A trigger refuses the entry: then there is no dossier either, and nobody is told that there is one."""
    service = service_without_store
    async with database.writing() as session:
        await session.execute(text("ALTER TABLE audit_entries RENAME TO away"))
    answer = await service.client.post("/api/v1/patients", json={"name": "x"}, headers=service.as_("doctor"))
    assert answer.status_code >= 500
    async with database.writing() as session:
        await session.execute(text("ALTER TABLE away RENAME TO audit_entries"))
    assert (await service.client.get("/api/v1/patients", headers=service.as_("doctor"))).json() == []


async def test_what_cannot_be_put_on_record_is_not_shown(service_without_store, database, monkeypatch) -> None:
    service = service_without_store
    await service.patient("Marie Lefèvre")
    async with database.writing() as session:
        await session.execute(text("ALTER TABLE audit_entries RENAME TO away"))
    answer = await service.client.get("/api/v1/patients", headers=service.as_("doctor"))
    assert answer.status_code >= 500
    assert "Marie" not in answer.text


async def test_a_change_has_one_entry(service_without_store, database) -> None:
    service = service_without_store
    patient = await service.patient()
    body = {"contacts": []}
    path = f"/api/v1/patients/{patient}/contacts"
    doctor = service.as_("doctor") | {"If-Match": '"0"'}
    assert (await service.client.put(path, json=body, headers=doctor)).status_code == 200
    assert [look.method for look in await looks(database)] == ["POST", "PUT"]


def raised(service) -> dict[str, Any]:
    """What a gateway posts of a low saturation a minute ago."""
    onset = service.clock() - 60_000
    alert = Alert(
        id=str(alert_id(service.gateway, "d1", "oxygen_saturation.low", onset)),
        gateway=service.gateway,
        device="d1",
        rule="oxygen_saturation.low",
        vital="oxygen_saturation",
        kind=Kind.CLINICAL,
        severity=Severity.HIGH,
        onset=onset,
        declared_at=onset,
        value=84.0,
        limit=88.0,
    )
    return alert.to_dict()


NAMED = {
    ("POST", "/api/v1/patients"): "its answer",
    ("GET", "/api/v1/patients"): "its answer",
    ("POST", "/api/v1/gateways/{gateway}/assignments"): "its body",
    ("GET", "/api/v1/gateways/{gateway}/assignments"): "its answer",
    ("POST", "/api/v1/gateways/{gateway}/assignments/{id}/end"): "the assignment",
    ("POST", "/api/v1/gateways/{gateway}/corrections"): "its body",
    ("GET", "/api/v1/gateways/{gateway}/corrections"): "its answer",
    ("GET", "/api/v1/gateways/{gateway}/corrections/{id}"): "its answer",
    ("GET", "/api/v1/alerts"): "its answer",
    ("GET", "/api/v1/alerts/{id}"): "its answer",
    ("POST", "/api/v1/alerts/{id}/take"): "the alert",
    ("POST", "/api/v1/teams/{team}/patients"): "its body",
    ("GET", "/api/v1/teams/{team}/patients"): "its answer",
    ("POST", "/api/v1/teams/{team}/patients/{id}/end"): "the team's care",
    ("GET", "/api/v1/break-glass"): "its answer",
    ("POST", "/api/v1/claims"): "the code",
    ("GET", "/api/v1/me"): "its answer",
}
"""Routes of which neither the address nor the caller says whose data it is, and what does; each is tried below."""
NAMES_NOBODY = {
    ("POST", "/api/v1/alerts"): "a gateway's: it is told no pseudonym",
    ("GET", "/api/v1/alerts/technical"): "the patient is left out",
}


async def test_every_route_that_speaks_of_a_patient_says_whose_data_it_was(service_without_store) -> None:
    """By OpenAPI: a body or an answer with a field `patient`, under an address without one."""
    described = (await service_without_store.client.get("/openapi.json")).json()
    speaking = {
        (method.upper(), path)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
        if "{patient}" not in path and "patient" in fields(operation, described, frozenset())
    }
    assert speaking == NAMED.keys() | NAMES_NOBODY.keys()


def fields(part: Any, described: dict[str, Any], seen: frozenset[str]) -> set[str]:
    """Every name of a property that a part of OpenAPI's description leads to."""
    if isinstance(part, list):
        return set().union(*(fields(one, described, seen) for one in part))
    if not isinstance(part, dict):
        return set()
    found = set(part.get("properties", ()))
    reference = part.get("$ref")
    if reference and reference not in seen:
        schema = described["components"]["schemas"][reference.rpartition("/")[2]]
        found |= fields(schema, described, seen | {reference})
    return found.union(*(fields(one, described, seen) for name, one in part.items() if name != "example"))


async def test_whose_data_it_was_is_on_record_where_the_address_does_not_say_it(
    service_without_store, database
) -> None:
    service = service_without_store
    patient = await service.assigned()
    gateway = f"/api/v1/gateways/{service.gateway}/assignments"
    (assignment,) = (await service.client.get(gateway, headers=service.as_("nurse"))).json()
    await service.client.get("/api/v1/patients", headers=service.as_("nurse"))
    corrections, now = f"/api/v1/gateways/{service.gateway}/corrections", service.clock()
    stretch = {"patient": patient, "from_ms": now - 60_000, "until_ms": now - 1_000, "reason": "x"}
    asked = await service.client.post(corrections, json=stretch, headers=service.as_("doctor"))
    for address in (corrections, f"{corrections}/{asked.json()['id']}"):
        await service.client.get(address, headers=service.as_("nurse"))
    alert = raised(service)
    assert (await service.client.post("/api/v1/alerts", json=alert, headers=service.as_gateway)).status_code == 201
    await service.client.get("/api/v1/alerts", headers=service.as_("nurse"))
    await service.client.get(f"/api/v1/alerts/{alert['id']}", headers=service.as_("nurse"))
    await service.client.post(f"/api/v1/alerts/{alert['id']}/take", headers=service.as_("nurse"))
    edition = {"If-Match": f'"{assignment["version"]}"'}
    await service.client.post(f"{gateway}/{assignment['id']}/end", headers=service.as_("doctor") | edition)
    await hand_over_and_back(service, patient)
    reason, stranger = {"reason": "found unconscious"}, service.as_("nurse", sub="stranger")
    await service.client.post(f"/api/v1/patients/{patient}/break-glass", json=reason, headers=stranger)
    await service.client.get("/api/v1/break-glass", headers=service.as_("doctor"))
    invitation = await service.client.post(f"/api/v1/patients/{patient}/invitation", headers=service.as_("nurse"))
    code = {"code": invitation.json()["code"]}
    await service.client.post("/api/v1/claims", json=code, headers=service.as_("patient", sub="marie"))
    await service.client.get("/api/v1/me", headers=service.as_("patient", sub="marie"))
    kept = [look for look in await looks(database) if look.route != "/api/v1/teams"]
    assert {(look.patients, look.outcome) for look in kept} == {((patient,), "done")}
    named = [(look.method, look.route) for look in kept if "{patient}" not in look.route]
    assert sorted(named) == sorted(NAMED), "each once"


async def hand_over_and_back(service, patient: str) -> None:
    """Another team looks after the patient for a while."""
    doctor = service.as_("doctor")
    team = (await service.client.post("/api/v1/teams", json={"name": "Night"}, headers=doctor)).json()["id"]
    path = f"/api/v1/teams/{team}/patients"
    care = await service.client.post(path, json={"patient": patient}, headers=doctor)
    await service.client.get(path, headers=doctor)
    await service.client.post(f"{path}/{care.json()['id']}/end", headers=doctor)


async def test_many_looks_at_once_are_all_on_record_each_once(service_without_store, database) -> None:
    service = service_without_store
    answers = await asyncio.gather(
        *(service.client.get("/api/v1/patients", headers=service.as_("nurse", sub=f"n{n}")) for n in range(60))
    )
    kept = await looks(database)
    assert sorted(look.subject for look in kept) == sorted(f"n{n}" for n in range(60))
    assert {look.request for look in kept} == {answer.headers["X-Request-Id"] for answer in answers}


@pytest.mark.parametrize("patient", ["p,q", "%C3%A9" * 100, "%F0%9F%92%89"])
async def test_an_address_that_no_patient_has_is_kept_as_text_that_any_database_can_keep(
    service_without_store, database, patient: str
) -> None:
    service = service_without_store
    await service.client.get(f"/api/v1/patients/{patient}/observations", headers=service.as_("nurse"))
    (look,) = await looks(database)
    assert len(look.patients) == 1
    assert look.patients[0].isascii()
    assert len(look.patients[0]) <= 128
