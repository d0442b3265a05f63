"""The register of alerts: each once, amended, every attempt kept, taken by a named human."""

from __future__ import annotations

import asyncio
import json
import uuid

import pytest

from chevet.alerts import Alert, Attempt, Outcome, alert_id
from chevet.severities import Kind, Severity
from tests.analysis_service.in_care import in_care

MINUTE = 60_000


def raised(service, **fields: object) -> Alert:
    onset = service.clock() - 2 * MINUTE
    known = {
        "id": str(alert_id(service.gateway, "d1", "oxygen_saturation.low", onset)),
        "gateway": service.gateway,
        "device": "d1",
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


def attempt(number: int, **fields: object) -> Attempt:
    known = {"reference": "5B6C8A", "at": 1000 + number, "contact": 1, "channel": "json", "outcome": Outcome.HANDED}
    return Attempt(number=number, **(known | fields))


def attempt_body(**fields: object) -> dict[str, object]:
    return {"number": 1, "reference": "5B", "at": 1, "contact": 1, "channel": "json", "outcome": "handed"} | fields


async def post(service, alert: Alert, **headers: str):
    return await service.client.post("/api/v1/alerts", json=alert.to_dict(), headers=service.as_gateway | headers)


async def detail(service, alert: Alert, *roles: str):
    await in_care(service)
    return await service.client.get(f"/api/v1/alerts/{alert.id}", headers=service.as_(*(roles or ("nurse",))))


async def test_an_alert_is_registered_once_however_often_it_comes(service_without_store) -> None:
    service = service_without_store
    patient = await service.assigned(days_ago=1)
    alert = raised(service)
    answers = [await post(service, alert) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    read = (await detail(service, alert)).json()
    assert read["patient"] == patient
    assert [event["what"] for event in read["events"]] == ["registered"]
    metrics = await service.metrics()
    assert 'chevet_alerts_registered_total{severity="high"} 1.0' in metrics


async def test_alerts_that_come_at_once_are_all_one(service_without_store) -> None:
    service = service_without_store
    alert = raised(service, attempts=(attempt(1),))
    answers = await asyncio.gather(*(post(service, alert) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len((await detail(service, alert)).json()["attempts"]) == 1


async def test_a_later_post_amends_and_no_attempt_is_ever_lost(service_without_store) -> None:
    service = service_without_store
    first = raised(service, severity=Severity.MEDIUM, attempts=(attempt(1),))
    await post(service, first)
    amended = raised(
        service, id=first.id, onset=first.onset - 1000, cleared_at=first.onset + MINUTE, attempts=(attempt(2),)
    )
    answer = await post(service, amended)
    assert answer.status_code == 200, answer.text
    read = (await detail(service, first)).json()
    assert (read["severity"], read["onset"], read["cleared_at"]) == (
        "high",
        amended.onset,
        amended.cleared_at,
    )
    assert [one["number"] for one in read["attempts"]] == [1, 2]
    assert [event["what"] for event in read["events"]] == ["registered", "attempted", "amended", "attempted"]


async def test_a_repeat_of_an_attempt_is_an_attempt_of_its_own(service_without_store) -> None:
    service = service_without_store
    alert = raised(service, attempts=(attempt(1), attempt(1, at=2000, repeated=True)))
    assert len((await post(service, alert)).json()["attempts"]) == 2


async def test_an_older_post_that_comes_late_does_not_open_a_cleared_alert_again(service_without_store) -> None:
    service = service_without_store
    alert = raised(service)
    await post(service, raised(service, id=alert.id, onset=alert.onset, cleared_at=alert.onset + 1))
    assert (await post(service, alert)).json()["cleared_at"] == alert.onset + 1


async def test_an_id_stays_with_what_it_was_given_for(service_without_store) -> None:
    service = service_without_store
    alert = raised(service)
    await post(service, alert)
    answer = await post(service, raised(service, id=alert.id, device="d2"))
    assert (answer.status_code, answer.json()["field"]) == (409, "device")


async def test_a_gateway_raises_alerts_for_itself_alone(service_without_store) -> None:
    service = service_without_store
    answer = await post(service, raised(service, gateway="g-other"))
    assert (answer.status_code, answer.json()["field"]) == (403, "gateway")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"vital": "mood"}, "vital"),
        ({"id": "not-a-uuid"}, "id"),
        ({"severity": "dreadful"}, "severity"),
        ({"onset": "yesterday"}, "onset"),
        ({"cleared_at": 0}, "cleared_at"),
        ({"attempts": [{"number": 1}]}, "attempts.0.reference"),
        ({"attempts": [attempt_body(number=2**70)]}, "attempts.0.number"),
        ({"value": "much"}, "value"),
        ({"value": float("nan")}, "body"),  # no JSON, whatever Python's own parser thinks of it
        ({"mood": "bad"}, "mood"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_an_alert_that_cannot_be_is_refused_by_field(
    service_without_store, wrong: dict[str, object], field: str
) -> None:
    service = service_without_store
    body = json.dumps(raised(service).to_dict() | wrong)
    headers = service.as_gateway | {"Content-Type": "application/json"}
    answer = await service.client.post("/api/v1/alerts", content=body, headers=headers)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert answer.json()["type"] == "urn:chevet:problem:invalid"


async def test_broken_json_is_refused_in_a_sentence(service_without_store) -> None:
    service = service_without_store
    headers = service.as_gateway | {"Content-Type": "application/json"}
    answer = await service.client.post("/api/v1/alerts", content=b'{"id": ', headers=headers)
    assert answer.status_code == 422
    assert "json" in answer.json()["detail"].lower()


async def test_a_named_human_takes_an_alert_and_its_gateway_is_told(service_without_store) -> None:
    service = service_without_store
    await service.assigned(days_ago=1)
    alert = raised(service)
    await post(service, alert)
    path = f"/api/v1/alerts/{alert.id}/take"
    taken = await service.client.post(path, headers=service.as_("nurse", name="Zoé Martin"))
    assert taken.json()["taken_by"] == "Zoé Martin"
    told = (await service.client.get(f"/api/v1/alerts/{alert.id}", headers=service.as_gateway)).json()
    assert (told["taken_by"], told["patient"]) == ("Zoé Martin", None)
    assert (await detail(service, alert)).json()["patient"] is not None
    again = await service.client.post(path, headers=service.as_("nurse", name="Zoé Martin"))
    assert (again.status_code, again.json()["taken_at"]) == (200, taken.json()["taken_at"])
    other = await service.client.post(path, headers=service.as_("doctor", name="Ada Roux"))
    assert other.status_code == 409
    events = (await detail(service, alert)).json()["events"]
    assert [(event["what"], event["by"]) for event in events][-1] == ("taken", "Zoé Martin")


async def test_a_gateway_takes_no_alert(service_without_store) -> None:
    service = service_without_store
    alert = raised(service)
    await post(service, alert)
    answer = await service.client.post(f"/api/v1/alerts/{alert.id}/take", headers=service.as_gateway)
    assert answer.status_code == 403


async def test_a_gateway_sees_its_own_alerts_alone(service_without_store) -> None:
    service = service_without_store
    alert = raised(service)
    await post(service, alert)
    stranger = service.bearer(service.issuer.of_gateway("g-other"))
    assert (await service.client.get(f"/api/v1/alerts/{alert.id}", headers=stranger)).status_code == 403
    assert (await service.client.get("/api/v1/alerts", headers=stranger)).json() == []
    asked = await service.client.get("/api/v1/alerts", params={"gateway": service.gateway}, headers=stranger)
    assert asked.status_code == 403
    assert len((await service.client.get("/api/v1/alerts", headers=service.as_gateway)).json()) == 1


async def test_open_alerts_are_listed_newest_first_up_to_the_limit(service_without_store) -> None:
    service = service_without_store
    now = service.clock()
    for number in range(4):
        cleared = now if number == 3 else None
        await post(
            service, raised(service, id=str(uuid.uuid4()), onset=now - (10 - number) * MINUTE, cleared_at=cleared)
        )
    await in_care(service)
    listed = await service.client.get("/api/v1/alerts?open=true&limit=2", headers=service.as_("doctor"))
    assert [one["onset"] for one in listed.json()] == [now - 8 * MINUTE, now - 9 * MINUTE]


async def test_an_unknown_alert_is_not_found(service_without_store) -> None:
    answer = await detail(service_without_store, raised(service_without_store))
    assert (answer.status_code, answer.json()["field"]) == (404, "id")


async def test_the_report_of_a_delivery_completes_its_attempt_and_no_older_post_takes_it_back(
    service_without_store,
) -> None:
    service = service_without_store
    before = raised(service, attempts=(attempt(1), attempt(2)))
    after = raised(service, id=before.id, onset=before.onset, attempts=(attempt(1, detail="delivered"), attempt(2)))
    for alert in (before, after, before):
        assert (await post(service, alert)).is_success
    read = (await detail(service, before)).json()
    assert [(one["number"], one["detail"]) for one in read["attempts"]] == [(1, "delivered"), (2, "")]
    told = [event["change"]["detail"] for event in read["events"] if event["what"] == "attempted"]
    assert told == ["", "", "delivered"]


async def test_technical_alerts_are_told_to_who_looks_after_machines_without_a_word_of_the_patient(
    service_without_store,
) -> None:
    service = service_without_store
    await service.assigned(days_ago=1)
    check = raised(service, kind=Kind.TECHNICAL, severity=Severity.MEDIUM, rule="oxygen_saturation.check")
    await post(service, check)
    [row] = (await service.client.get("/api/v1/alerts/technical", headers=service.as_("sre"))).json()
    assert (row["id"], row["patient"]) == (check.id, None)
    everything = await service.client.get("/api/v1/alerts", headers=service.as_("sre"))
    assert everything.status_code == 403


async def test_a_gateway_may_tell_of_itself_and_of_no_vital_but_only_as_a_technical_condition(
    service_without_store,
) -> None:
    service = service_without_store
    about = {"vital": "", "device": "gateway", "rule": "modem.missing", "value": None, "limit": None}
    alert = raised(service, kind=Kind.TECHNICAL, severity=Severity.MEDIUM, **about)
    assert (await post(service, alert)).status_code == 201
    await post(service, raised(service))
    listed = await service.client.get("/api/v1/alerts/technical?open=true", headers=service.as_("sre"))
    assert [one["id"] for one in listed.json()] == [alert.id]
    clinical = alert.to_dict() | {"kind": "clinical"}
    refused = await service.client.post("/api/v1/alerts", json=clinical, headers=service.as_gateway)
    assert (refused.status_code, refused.json()["field"]) == (422, "vital")
