"""An hour with a patient who is not in one's care: on each answer, in each entry, told to the patient, reviewed."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select, update

from analysis_service.audit.rows import entry_of
from analysis_service.audit.tables import AuditEntryRow
from analysis_service.records.tables import PatientRow
from chevet.audit import Look
from tests.analysis_service.carers import ANNE, BO, MINUTE, NURSE, Carers
from tests.analysis_service.conftest import Service

HEADER = "X-Chevet-Break-Glass"
REASON = {"reason": "found unconscious in the lift"}
REVIEW = {"verdict": "justified", "note": "there was nobody else"}


@pytest.fixture
def people(service_without_store: Service) -> Carers:
    return Carers(service_without_store)


async def looks(people: Carers) -> list[Look]:
    """What stands in the record, the oldest first."""
    async with people.service.client._transport.app.state.database.reading() as session:
        rows = await session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.id))
        return [entry_of(row).look for row in rows]


async def unreviewed(people: Carers) -> float:
    text = await people.service.metrics()
    (line,) = [line for line in text.splitlines() if line.startswith("chevet_break_glass_unreviewed ")]
    return float(line.split()[1])


async def test_it_opens_everything_about_the_one_patient_for_an_hour(people: Carers) -> None:
    patient, other = await people.patient(), await people.patient()
    path = f"/patients/{patient}"
    await people.refused(403, NURSE, "GET", f"{path}/contacts")
    broken = await people.made(NURSE, f"{path}/break-glass", REASON)
    assert (broken["subject"], broken["name"], broken["reason"]) == ("nadia", "Nadia", REASON["reason"])
    assert broken["until_ms"] - broken["from_ms"] == 60 * MINUTE
    assert (await people.ask(NURSE, "GET", f"{path}/contacts")).status_code == 200
    assert (await people.ask(NURSE, "POST", f"{path}/observations", {"kind": "oxygen", "value": "air"})).is_success
    assert await people.seen(NURSE) == {patient}
    await people.refused(403, NURSE, "GET", f"/patients/{other}/contacts")
    await people.refused(403, BO, "GET", f"{path}/contacts")
    people.service.clock.aside += 60 * MINUTE - 1000
    assert (await people.ask(NURSE, "GET", f"{path}/contacts")).status_code == 200
    people.service.clock.aside += 2000
    await people.refused(403, NURSE, "GET", f"{path}/contacts")
    assert await people.seen(NURSE) == set()


async def test_each_answer_about_the_patient_says_until_when_and_no_other_does(people: Carers) -> None:
    patient, own = await people.patient(), await people.patient(BO)
    before = await people.ask(BO, "GET", f"/patients/{own}/contacts")
    broken = await people.ask(BO, "POST", f"/patients/{patient}/break-glass", REASON)
    one = await people.ask(BO, "GET", f"/patients/{patient}/contacts")
    all_of_them = await people.ask(BO, "GET", "/patients")
    another = await people.ask(BO, "GET", f"/patients/{own}/contacts")
    team = await people.ask(ANNE, "GET", f"/patients/{patient}/contacts")
    said = [answer.headers.get(HEADER) for answer in (before, broken, one, all_of_them, another, team)]
    until = said[1]
    assert said == [None, until, until, until, None, None]
    assert round(datetime.fromisoformat(str(until)).timestamp() * 1000) == broken.json()["until_ms"]


async def test_each_request_about_the_patient_stands_in_the_record_with_the_reason(people: Carers) -> None:
    patient, own = await people.patient(), await people.patient(BO)
    glass = f"/patients/{patient}/break-glass"
    await people.made(BO, glass, REASON)
    for path in (f"/patients/{patient}/contacts", "/patients", f"/patients/{own}/contacts"):
        assert (await people.ask(BO, "GET", path)).status_code == 200
    await people.ask(ANNE, "GET", f"/patients/{patient}/contacts")
    found = [(look.subject, look.reason, patient in look.patients) for look in (await looks(people))[2:]]
    assert found == [
        ("bo", REASON["reason"], True),
        ("bo", REASON["reason"], True),
        ("bo", REASON["reason"], True),
        ("bo", None, False),
        ("anne", None, True),
    ]


async def test_who_asks_whom_they_broke_it_for_or_gives_it_up_stands_there_with_the_reason_too(people: Carers) -> None:
    patient = await people.patient()
    path = f"/patients/{patient}/break-glass"
    one = (await people.made(NURSE, path, REASON))["id"]
    assert HEADER in (await people.ask(NURSE, "GET", "/me")).headers
    await people.made(NURSE, f"{path}/{one}/end")
    found = [(look.patients, look.reason) for look in (await looks(people))[1:]]
    assert found == [((patient,), REASON["reason"])] * 3


async def test_who_cares_already_has_no_glass_to_break(people: Carers) -> None:
    path = f"/patients/{await people.patient()}/break-glass"
    assert "not in your care" in await people.refused(409, ANNE, "POST", path, REASON)
    await people.made(BO, path, REASON)
    again = await people.ask(BO, "POST", path, {"reason": "once more, for longer"})
    assert (again.status_code, "open until" in again.json()["detail"]) == (409, True)
    assert HEADER not in again.headers, "it is not open for any longer by that"
    people.service.clock.aside += 61 * MINUTE
    await people.made(BO, path, REASON)


@pytest.mark.parametrize("reason", ["too short", "x" * 501, "a line\nand another", None])
async def test_a_reason_is_a_line_that_says_something(people: Carers, reason: str | None) -> None:
    path = f"/patients/{await people.patient()}/break-glass"
    assert "reason" in await people.refused(422, BO, "POST", path, {"reason": reason})
    assert await people.seen(BO) == set()


async def test_nobody_else_breaks_it_and_there_is_none_of_nobody(people: Carers) -> None:
    patient, client = await people.patient(), people.service.client
    for role in ("patient", "relative", "analyst", "flow_manager", "sre"):
        path = f"/api/v1/patients/{patient}/break-glass"
        answer = await client.post(path, json=REASON, headers=people.service.as_(role))
        assert answer.status_code == 403, role
    await people.refused(404, BO, "POST", "/patients/p0/break-glass", REASON)


async def test_it_is_given_up_early_by_whoever_broke_it(people: Carers) -> None:
    patient = await people.patient()
    path = f"/patients/{patient}/break-glass"
    one = (await people.made(BO, path, REASON))["id"]
    assert "another did" in await people.refused(403, NURSE, "POST", f"{path}/{one}/end")
    await people.made(BO, f"{path}/{one}/end")
    assert await people.seen(BO) == set()
    assert "already" in await people.refused(409, BO, "POST", f"{path}/{one}/end")
    await people.refused(404, BO, "POST", f"{path}/none/end")


async def test_the_patient_and_their_team_are_told_who_when_and_why(people: Carers) -> None:
    patient, stranger = await people.patient(), await people.patient()
    path = f"/patients/{patient}/break-glass"
    broken = await people.made(BO, path, REASON)
    async with people.service.client._transport.app.state.database.writing() as session:
        for one, account in ((patient, "marie"), (stranger, "jean")):
            await session.execute(update(PatientRow).where(PatientRow.patient == one).values(account=account))
    assert (await people.ask(ANNE, "GET", path)).json() == [broken]
    for account, status in (("marie", 200), ("jean", 403)):
        answer = await people.service.client.get(f"/api/v1{path}", headers=people.service.as_("patient", sub=account))
        assert answer.status_code == status
        assert status == 403 or answer.json() == [broken]


async def test_a_doctor_of_the_patients_reviews_it_once(people: Carers) -> None:
    patient = await people.patient()
    path = f"/patients/{patient}/break-glass"
    assert await unreviewed(people) == 0
    one = (await people.made(BO, path, REASON))["id"]
    assert await unreviewed(people) == 1
    listed = (await people.ask(ANNE, "GET", "/break-glass")).json()
    assert [waiting["id"] for waiting in listed] == [one]
    await people.refused(403, NURSE, "POST", f"{path}/{one}/review", REVIEW)
    await people.refused(422, ANNE, "POST", f"{path}/{one}/review", REVIEW | {"verdict": "perhaps"})
    reviewed = await people.made(ANNE, f"{path}/{one}/review", REVIEW)
    assert (reviewed["verdict"], reviewed["note"], reviewed["reviewed_by"]) == (*REVIEW.values(), "anne")
    assert "was reviewed at" in await people.refused(409, ANNE, "POST", f"{path}/{one}/review", REVIEW)
    assert (await people.ask(ANNE, "GET", "/break-glass")).json() == []
    assert await unreviewed(people) == 0
    await people.refused(404, ANNE, "POST", f"{path}/none/review", REVIEW)


async def test_nobody_reviews_themselves_nor_by_broken_glass(people: Carers) -> None:
    patient = await people.patient()
    path = f"/patients/{patient}/break-glass"
    of_bo = (await people.made(BO, path, REASON))["id"]
    cleo = {"sub": "cleo", "name": "Dr Cleo"}
    of_cleo = (await people.made(cleo, path, REASON))["id"]
    assert "a team of yours" in await people.refused(403, BO, "POST", f"{path}/{of_cleo}/review", REVIEW)
    assert (await people.ask(BO, "GET", "/break-glass")).json() == []
    await people.made(ANNE, f"/teams/{await people.own_team(patient)}/members", {"subject": "bo", "name": "Dr Bo"})
    assert "you did" in await people.refused(403, BO, "POST", f"{path}/{of_bo}/review", REVIEW)
    assert [one["id"] for one in (await people.ask(BO, "GET", "/break-glass")).json()] == [of_cleo]
    await people.made(BO, f"{path}/{of_cleo}/review", REVIEW)


async def test_an_hour_gives_no_more_hours(people: Carers) -> None:
    """Nobody who broke the glass hands the patient to a team of their own, puts them on a ward of theirs, or has a code
    by which somebody takes the dossier for good."""
    patient = await people.patient()
    await people.made(BO, f"/patients/{patient}/break-glass", REASON)
    ward = (await people.made(BO, "/wards", {"name": "Mine"}))["id"]
    team = (await people.made(BO, "/teams", {"name": "Mine", "ward": ward}))["id"]
    own = "patient: expected one whom a team of yours looks after, got another"
    assert await people.refused(403, BO, "POST", f"/teams/{team}/patients", {"patient": patient}) == own
    assert await people.refused(403, BO, "POST", f"/patients/{patient}/stays", {"ward": ward}) == own
    assert await people.refused(403, BO, "POST", f"/patients/{patient}/invitation") == own
    anne = await people.own_team(patient)
    (care,) = (await people.ask(ANNE, "GET", f"/teams/{anne}/patients")).json()
    assert await people.refused(403, BO, "POST", f"/teams/{anne}/patients/{care['id']}/end") == own


async def test_who_comes_into_the_team_meanwhile_is_under_glass_no_more(people: Carers) -> None:
    patient = await people.patient()
    await people.made(BO, f"/patients/{patient}/break-glass", REASON)
    await people.made(ANNE, f"/teams/{await people.own_team(patient)}/members", {"subject": "bo", "name": "Dr Bo"})
    answers = [await people.ask(BO, "GET", path) for path in (f"/patients/{patient}/contacts", "/patients")]
    assert [(answer.status_code, answer.headers.get(HEADER)) for answer in answers] == [(200, None)] * 2
