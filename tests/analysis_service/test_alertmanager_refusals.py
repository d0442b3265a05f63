"""What Alertmanager may not tell: refused or set aside by its field, and nobody else tells at all."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from analysis_service.alerts.tables import RefusedAlertRow
from tests.analysis_service.told import alerts, batch, refused, tell, told, wrong

PATIENT = "p0123456789abcdef"


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    """What is refused here is refused before any table is looked at."""
    return on_sqlite


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("status", None, "expected a value, got none"),
        ("status", "smouldering", "input should be 'firing' or 'resolved'"),
        ("labels", None, "expected a value, got none"),
        ("labels", ["a"], "input should be a valid dictionary or instance of Labels"),
        ("labels.alertname", None, "expected a value, got none"),
        ("labels.rule", None, "expected a value, got none"),
        ("labels.rule", "a\x00b", "string should match pattern"),
        ("labels.kind", "both", "input should be 'clinical' or 'technical'"),
        ("labels.severity", "dreadful", "input should be 'high', 'medium', 'low' or 'info'"),
        ("labels.vital", "mood", "expected a key of the catalogue such as heart_rate"),
        ("labels.patient", None, "expected whose it is, for it is clinical and about no gateway"),
        ("labels.patient", 7, "input should be a valid string"),
        ("annotations", None, "expected a value, got none"),
        ("annotations.summary", None, "expected a value, got none"),
        ("annotations.summary", "x" * 4001, "string should have at most 4000 characters"),
        ("annotations.summary", "\ud800", "input should be a valid string"),
        ("annotations.runbook_url", "javascript:alert(1)", "expected http:// or https://"),
        ("annotations.runbook_url", "http://p0123456789abcdef℀", "expected http:// or https://"),
        ("annotations.dashboard_url", "http://[p0123456789abcdef]/", "expected http:// or https://"),
        ("startsAt", None, "expected a value, got none"),
        ("startsAt", 1_900_000_000, "expected a time such as 2030-03-17T17:46:40Z"),
        ("startsAt", "yesterday", "expected a time such as 2030-03-17T17:46:40Z"),
        ("startsAt", "2030-03-17T17:46:40", "expected a time such as 2030-03-17T17:46:40Z"),
        ("startsAt", "0001-01-01T00:00:00Z", "input should be greater than or equal to 0"),
        ("fingerprint", None, "expected a value, got none"),
        ("fingerprint", "ABC", "string should match pattern"),
    ],
)
async def test_what_is_wrong_is_set_aside_by_its_field_and_spoils_no_other(
    service_without_store, path: str, value: object, said: str
) -> None:
    service = service_without_store
    at = service.clock()
    good = [told(at, patient=f"p{number}") for number in range(4)]
    answer = await tell(service, *good[:3], wrong(told(at, patient=PATIENT), path, value), good[3])
    assert answer.status_code == 200, answer.text
    assert answer.json()["kept"] == 4
    [place] = answer.json()["refused"]
    assert place["field"] == f"alerts[3].{path}"
    assert place["detail"].startswith(f"alerts[3].{path}: {said}")
    assert len(await alerts(service)) == 4
    [row] = await refused(service)
    assert (row["field"], row["times"]) == (path, 1)
    assert row["reason"].startswith(said)
    assert PATIENT not in str(row) + answer.text


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (None, "expected a time such as 2030-03-17T17:46:40Z"),
        ("0001-01-01T00:00:00Z", "expected a time not before startsAt"),
        ("soon", "expected a time such as 2030-03-17T17:46:40Z"),
    ],
)
async def test_what_is_resolved_without_an_end_that_can_be_is_set_aside(
    service_without_store, ends: str | None, said: str
) -> None:
    service = service_without_store
    alert = told(service.clock(), service.clock(), patient=PATIENT) | {"endsAt": ends}
    [place] = (await tell(service, alert)).json()["refused"]
    assert (place["field"], place["detail"]) == ("alerts[0].endsAt", f"alerts[0].endsAt: {said}")


@pytest.mark.parametrize("alert", [7, None, "alert", [], [[]]])
async def test_what_is_no_alert_is_set_aside(service_without_store, alert: object) -> None:
    [place] = (await tell(service_without_store, alert)).json()["refused"]
    assert place["field"] == "alerts[0]"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (batch(version="3"), "version"),
        ({"alerts": []}, "version"),
        ({"version": "4"}, "alerts"),
        (batch(alerts={}), "alerts"),
        (batch(truncatedAlerts=-1), "truncatedAlerts"),
        ([], "body"),
    ],
    ids=["another version", "no version", "no alerts", "no list", "less than none", "no object"],
)
async def test_a_batch_that_cannot_be_read_is_refused_by_field(service_without_store, body: object, field: str) -> None:
    service = service_without_store
    answer = await service.client.post("/api/v1/alertmanager", json=body, headers=service.as_("alertmanager"))
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert answer.json()["type"] == "urn:chevet:problem:invalid"


async def test_fields_that_a_newer_alertmanager_adds_are_let_pass(service_without_store) -> None:
    service = service_without_store
    alert = told(service.clock(), patient=PATIENT, region="north") | {"mood": "good"}
    assert (await tell(service, alert, colour="red")).json()["kept"] == 1


async def test_alerts_that_were_left_out_of_a_batch_are_told_of(service_without_store) -> None:
    service = service_without_store
    for left_out in (7, 2**64 - 1):
        answer = await tell(service, told(service.clock(), patient=PATIENT), truncatedAlerts=left_out)
        assert answer.json()["kept"] == 1, answer.text
    [row] = await refused(service)
    assert (row["field"], row["reason"], row["times"]) == (
        "truncatedAlerts",
        "expected 0, got more: the receiver's max_alerts is too low",
        2,
    )


async def test_of_what_is_set_aside_the_newest_are_kept_and_no_more(service_without_store) -> None:
    service = service_without_store
    alert = told(service.clock(), patient=PATIENT)
    nameless = [wrong(wrong(alert, "labels.alertname", f"A{number:04}"), "startsAt", "soon") for number in range(700)]
    for some in (nameless[:600], nameless[600:]):
        assert len((await tell(service, *some)).json()["refused"]) == len(some)
        service.clock.aside += 1000
    left = {row["name"] for row in await refused(service)}
    assert len(left) == 500
    assert {f"A{number:04}" for number in range(600, 700)} <= left
    async with service.client._transport.app.state.database.reading() as session:
        assert len((await session.scalars(select(RefusedAlertRow))).all()) == 500


async def test_a_body_without_measure_is_refused(serving) -> None:
    async with serving("http://127.0.0.1:9", compressed_bytes=2048) as service:
        answer = await tell(service, *(told(service.clock(), patient=PATIENT) for _ in range(9)))
        assert (answer.status_code, answer.json()["field"]) == (413, "body")


@pytest.mark.parametrize(
    ("role", "status"),
    [("alertmanager", 200), ("doctor", 403), ("sre", 403), ("prometheus", 403), ("nurse", 403)],
)
async def test_alertmanager_alone_tells(service_without_store, role: str, status: int) -> None:
    answer = await tell(service_without_store, role=role)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["detail"].startswith("Authorization: expected the right to tell what Alertmanager tells")


async def test_neither_a_stranger_nor_a_gateway_tells(service_without_store) -> None:
    service = service_without_store
    assert (await service.client.post("/api/v1/alertmanager", json=batch())).status_code == 401
    answer = await service.client.post("/api/v1/alertmanager", json=batch(), headers=service.as_gateway)
    assert answer.status_code == 403


async def test_alertmanager_has_no_other_right(service_without_store) -> None:
    service = service_without_store
    for path in ("/api/v1/alerts", "/api/v1/alerts/technical", "/api/v1/patients", "/api/v1/alertmanager/refused"):
        assert (await service.client.get(path, headers=service.as_("alertmanager"))).status_code == 403
