"""Wards and care teams: who makes and changes them, who joins, who is handed over, and what is refused."""

from __future__ import annotations

import pytest

from tests.analysis_service.carers import ANNE, BO, MINUTE, NURSE, Carers
from tests.analysis_service.conftest import Service


@pytest.fixture
def people(service_without_store: Service) -> Carers:
    return Carers(service_without_store)


async def test_who_makes_a_dossier_without_a_team_founds_one_that_looks_after_it(people: Carers) -> None:
    patient = await people.patient()
    (team,) = (await people.ask(ANNE, "GET", f"/patients/{patient}/teams")).json()
    assert (team["name"], team["patient"], team["until_ms"], team["saved_by"]) == ("Dr Anne", patient, None, "anne")
    (member,) = (await people.ask(NURSE, "GET", f"/teams/{team['team']}/members")).json()
    assert (member["subject"], member["name"], member["saved_by"]) == ("anne", "Dr Anne", "anne")
    second = await people.patient()
    assert await people.own_team(second) == team["team"]
    assert await people.seen(ANNE) == {patient, second}
    assert await people.seen(BO) == set()


async def test_somebody_who_joins_sees_the_patients_from_their_next_request_and_leaves_with_the_same(
    people: Carers,
) -> None:
    patient = await people.patient()
    team = await people.own_team(patient)
    path = f"/patients/{patient}/contacts"
    assert "right to read dossiers" in await people.refused(403, NURSE, "GET", path)
    joined = await people.made(ANNE, f"/teams/{team}/members", {"subject": "nadia", "name": "Nadia"})
    assert (await people.ask(NURSE, "GET", path)).status_code == 200
    assert await people.seen(NURSE) == {patient}
    left = await people.made(ANNE, f"/teams/{team}/members/{joined['id']}/end")
    assert (left["ended_by"], left["until_ms"]) == ("anne", left["ended_ms"])
    await people.refused(403, NURSE, "GET", path)
    assert await people.seen(NURSE) == set()
    history = (await people.ask(ANNE, "GET", f"/teams/{team}/members")).json()
    assert [(one["subject"], one["until_ms"] is None) for one in history] == [("anne", True), ("nadia", False)]


async def test_a_time_that_is_planned_begins_and_ends_by_itself(people: Carers) -> None:
    patient = await people.patient()
    team, now = await people.own_team(patient), people.service.clock()
    body = {"subject": "bo", "name": "Dr Bo", "from_ms": now + MINUTE, "until_ms": now + 2 * MINUTE}
    await people.made(ANNE, f"/teams/{team}/members", body)
    seen = []
    for minute in (0.5, 1.5, 2.5):
        people.service.clock.aside = round(minute * MINUTE)
        seen.append(await people.seen(BO))
    assert seen == [set(), {patient}, set()]


async def test_the_same_person_twice_at_a_time_is_refused_and_one_after_the_other_is_not(people: Carers) -> None:
    team, now = await people.own_team(await people.patient()), people.service.clock()
    path, nadia = f"/teams/{team}/members", {"subject": "nadia", "name": "Nadia"}
    await people.made(ANNE, path, nadia | {"from_ms": now + 10 * MINUTE, "until_ms": now + 20 * MINUTE})
    for begins, ends in ((None, None), (5, 11), (12, 15), (19, None), (5, 25)):
        times = {} if begins is None else {"from_ms": now + begins * MINUTE}
        times |= {} if ends is None else {"until_ms": now + ends * MINUTE}
        sentence = await people.refused(409, ANNE, "POST", path, nadia | times)
        assert sentence.startswith("subject: they are of this team from ")
        assert sentence.endswith("; end that first")
    await people.made(ANNE, path, nadia | {"from_ms": now + 20 * MINUTE})
    await people.made(ANNE, path, nadia | {"until_ms": now + 10 * MINUTE})


async def test_nobody_had_a_right_in_the_past_and_nothing_ends_twice(people: Carers) -> None:
    team, now = await people.own_team(await people.patient()), people.service.clock()
    path, nadia = f"/teams/{team}/members", {"subject": "nadia", "name": "Nadia"}
    assert "or later" in await people.refused(422, ANNE, "POST", path, nadia | {"from_ms": now - MINUTE})
    backwards = nadia | {"from_ms": now + 2 * MINUTE, "until_ms": now + MINUTE}
    assert "until_ms: expected later than" in await people.refused(422, ANNE, "POST", path, backwards)
    one = (await people.made(ANNE, path, nadia | {"until_ms": now + 10 * MINUTE}))["id"]
    assert "or later" in await people.refused(422, ANNE, "POST", f"{path}/{one}/end", {"until_ms": now - MINUTE})
    longer = {"until_ms": now + 20 * MINUTE}
    assert "or earlier" in await people.refused(409, ANNE, "POST", f"{path}/{one}/end", longer)
    await people.made(ANNE, f"{path}/{one}/end", {"until_ms": now + 5 * MINUTE})
    await people.made(ANNE, f"{path}/{one}/end")
    assert "already" in await people.refused(409, ANNE, "POST", f"{path}/{one}/end")
    await people.refused(404, ANNE, "POST", f"{path}/none/end")


async def test_a_team_that_looks_after_somebody_keeps_a_member(people: Carers) -> None:
    team = await people.own_team(await people.patient())
    (anne,) = (await people.ask(ANNE, "GET", f"/teams/{team}/members")).json()
    end = f"/teams/{team}/members/{anne['id']}/end"
    assert "looks after patients" in await people.refused(409, ANNE, "POST", end)
    locum = {"subject": "bo", "name": "Dr Bo", "until_ms": people.service.clock() + MINUTE}
    await people.made(ANNE, f"/teams/{team}/members", locum)
    await people.refused(409, ANNE, "POST", end)
    await people.made(ANNE, f"/teams/{team}/members", {"subject": "nadia", "name": "Nadia"})
    await people.made(ANNE, end)
    assert "expected one that you are of" in await people.refused(403, ANNE, "POST", end)


async def test_only_who_cares_for_a_patient_hands_them_over_and_somebody_always_does(people: Carers) -> None:
    patient = await people.patient()
    old = await people.own_team(patient)
    new = (await people.made(BO, "/teams", {"name": "Nord"}))["id"]
    body = {"patient": patient}
    assert "right to change dossiers" in await people.refused(403, BO, "POST", f"/teams/{new}/patients", body)
    await people.refused(404, BO, "POST", f"/teams/{new}/patients", {"patient": "p0"})
    await people.refused(403, NURSE, "POST", f"/teams/{new}/patients", body)
    (care,) = (await people.ask(ANNE, "GET", f"/teams/{old}/patients")).json()
    end = f"/teams/{old}/patients/{care['id']}/end"
    assert "nobody would care" in await people.refused(409, ANNE, "POST", end)
    given = await people.made(ANNE, f"/teams/{new}/patients", body)
    assert (given["patient"], given["saved_by"]) == (patient, "anne")
    assert "looks after them" in await people.refused(409, ANNE, "POST", f"/teams/{new}/patients", body)
    assert await people.seen(BO) == {patient}
    await people.made(ANNE, end)
    assert await people.seen(ANNE) == set()
    await people.refused(403, ANNE, "POST", end)
    teams = (await people.ask(BO, "GET", f"/patients/{patient}/teams")).json()
    assert [(one["name"], one["ended_by"]) for one in teams] == [("Dr Anne", "anne"), ("Nord", None)]


async def test_a_team_to_come_is_no_team_that_cares_now(people: Carers) -> None:
    patient = await people.patient()
    old, now = await people.own_team(patient), people.service.clock()
    new = (await people.made(BO, "/teams", {"name": "Nord"}))["id"]
    await people.made(ANNE, f"/teams/{new}/patients", {"patient": patient, "from_ms": now + MINUTE})
    (care,) = (await people.ask(ANNE, "GET", f"/teams/{old}/patients")).json()
    end = f"/teams/{old}/patients/{care['id']}/end"
    await people.refused(409, ANNE, "POST", end)
    await people.made(ANNE, end, {"until_ms": now + MINUTE})
    assert (await people.seen(ANNE), await people.seen(BO)) == ({patient}, set())
    people.service.clock.aside += MINUTE
    assert (await people.seen(ANNE), await people.seen(BO)) == (set(), {patient})


async def test_of_the_patients_of_another_team_nothing_is_told(people: Carers) -> None:
    patient = await people.patient()
    team = await people.own_team(patient)
    assert (await people.ask(BO, "GET", f"/teams/{team}/patients")).json() == []
    assert [one["patient"] for one in (await people.ask(ANNE, "GET", f"/teams/{team}/patients")).json()] == [patient]
    listed = (await people.ask(BO, "GET", "/teams")).text
    assert "Dr Anne" in listed
    assert patient not in listed


async def test_a_team_is_changed_by_a_doctor_who_is_of_it_from_its_newest_edition(people: Carers) -> None:
    answer = await people.ask(ANNE, "POST", "/teams", {"name": "Nord"})
    path = f"/teams/{answer.json()['id']}"
    assert answer.headers["ETag"] == '"1"'
    await people.refused(428, ANNE, "PUT", path, {"name": "Sud"})
    await people.refused(403, BO, "PUT", path, {"name": "Sud"}, 1)
    await people.refused(403, NURSE, "PUT", path, {"name": "Sud"}, 1)
    changed = await people.ask(ANNE, "PUT", path, {"name": "Sud"}, 1)
    assert (changed.json()["name"], changed.headers["ETag"]) == ("Sud", '"2"')
    await people.refused(412, ANNE, "PUT", path, {"name": "Est"}, 1)
    shown = await people.ask(NURSE, "GET", path)
    assert (shown.json()["name"], shown.headers["ETag"]) == ("Sud", '"2"')
    editions = (await people.ask(NURSE, "GET", f"{path}/editions")).json()
    assert [(one["version"], one["saved_by"], one["said"]["name"]) for one in editions] == [
        (1, "anne", "Nord"),
        (2, "anne", "Sud"),
    ]
    await people.refused(404, ANNE, "GET", "/teams/none")


async def test_a_team_ends_once_it_looks_after_nobody_and_is_still_known(people: Carers) -> None:
    patient = await people.patient()
    path = f"/teams/{await people.own_team(patient)}"
    assert "hand them over first" in await people.refused(409, ANNE, "POST", f"{path}/end", None, 1)
    other = (await people.made(ANNE, "/teams", {"name": "Nord"}))["id"]
    await people.made(ANNE, f"/teams/{other}/patients", {"patient": patient})
    (care,) = (await people.ask(ANNE, "GET", f"{path}/patients")).json()
    await people.made(ANNE, f"{path}/patients/{care['id']}/end")
    ended = (await people.ask(ANNE, "POST", f"{path}/end", None, 1)).json()
    assert (ended["ended_by"], ended["version"]) == ("anne", 2)
    (member,) = (await people.ask(ANNE, "GET", f"{path}/members")).json()
    assert (member["ended_by"], member["until_ms"]) == ("anne", ended["ended_ms"])
    assert [one["id"] for one in (await people.ask(ANNE, "GET", "/teams")).json()] == [other]
    assert len((await people.ask(ANNE, "GET", "/teams?ended=true")).json()) == 2
    assert "ended at" in await people.refused(409, ANNE, "POST", f"{path}/patients", {"patient": patient})


async def test_the_teams_of_a_ward_look_after_all_who_stay_on_it(people: Carers) -> None:
    patient = await people.patient()
    ward = (await people.made(BO, "/wards", {"name": "Cardiologie 2"}))["id"]
    await people.made(BO, "/teams", {"name": "Cardiologie", "ward": ward})
    stays, now = f"/patients/{patient}/stays", people.service.clock()
    await people.refused(403, BO, "POST", stays, {"ward": ward})
    stay = await people.made(ANNE, stays, {"ward": ward, "until_ms": now + 30 * MINUTE})
    assert await people.seen(BO) == {patient} == await people.seen(ANNE)
    elsewhere = (await people.made(BO, "/wards", {"name": "Chirurgie"}))["id"]
    assert "end that first" in await people.refused(409, ANNE, "POST", stays, {"ward": elsewhere})
    later = {"ward": elsewhere, "from_ms": now + 30 * MINUTE}
    await people.made(BO, stays, later)
    await people.made(ANNE, f"{stays}/{stay['id']}/end")
    assert await people.seen(BO) == set()
    history = (await people.ask(ANNE, "GET", stays)).json()
    assert [(one["ward"], one["saved_by"]) for one in history] == [(ward, "anne"), (elsewhere, "bo")]
    people.service.clock.aside += 31 * MINUTE
    assert await people.seen(BO) == set(), "nobody of a team is of the other ward"


async def test_nobody_walks_onto_a_ward_that_others_are_of(people: Carers) -> None:
    ward = (await people.made(ANNE, "/wards", {"name": "Cardiologie 2"}))["id"]
    first = (await people.made(ANNE, "/teams", {"name": "Jour", "ward": ward}))["id"]
    sentence = await people.refused(403, BO, "POST", "/teams", {"name": "Nuit", "ward": ward})
    assert sentence == "ward: expected one of a team of yours, or one that nobody is of"
    own = (await people.made(BO, "/teams", {"name": "Nuit"}))["id"]
    await people.refused(403, BO, "PUT", f"/teams/{own}", {"name": "Nuit", "ward": ward}, 1)
    await people.refused(403, BO, "PUT", f"/wards/{ward}", {"name": "Mine"}, 1)
    await people.refused(404, BO, "PUT", f"/teams/{own}", {"name": "Nuit", "ward": "none"}, 1)
    await people.made(ANNE, f"/teams/{first}/members", {"subject": "bo", "name": "Dr Bo"})
    joined = await people.ask(BO, "PUT", f"/teams/{own}", {"name": "Nuit", "ward": ward}, 1)
    assert joined.json()["ward"] == ward


async def test_a_ward_is_changed_and_closed_from_its_newest_edition_once_it_is_empty(people: Carers) -> None:
    answer = await people.ask(ANNE, "POST", "/wards", {"name": "Cardiologie 2"})
    path, ward = f"/wards/{answer.json()['id']}", answer.json()["id"]
    assert answer.headers["ETag"] == '"1"'
    changed = await people.ask(ANNE, "PUT", path, {"name": "Cardiologie"}, 1)
    assert (changed.json()["name"], changed.headers["ETag"]) == ("Cardiologie", '"2"')
    await people.refused(412, ANNE, "POST", f"{path}/end", None, 1)
    team = await people.made(ANNE, "/teams", {"name": "Jour", "ward": ward})
    assert "without a team" in await people.refused(409, ANNE, "POST", f"{path}/end", None, 2)
    await people.ask(ANNE, "POST", f"/teams/{team['id']}/end", None, 1)
    ended = await people.ask(ANNE, "POST", f"{path}/end", None, 2)
    assert (ended.status_code, ended.json()["ended_by"]) == (200, "anne")
    assert (await people.ask(NURSE, "GET", "/wards")).json() == []
    assert [one["name"] for one in (await people.ask(NURSE, "GET", "/wards?ended=true")).json()] == ["Cardiologie"]
    assert "ended at" in await people.refused(409, ANNE, "PUT", path, {"name": "x"}, 3)
    patient = await people.patient()
    await people.refused(409, ANNE, "POST", f"/patients/{patient}/stays", {"ward": ward})
    editions = (await people.ask(NURSE, "GET", f"{path}/editions")).json()
    assert [one["said"].get("name") for one in editions] == ["Cardiologie 2", "Cardiologie", None]


@pytest.mark.parametrize("role", ["patient", "relative", "analyst", "flow_manager", "sre"])
async def test_others_are_told_of_no_team_and_no_ward(people: Carers, role: str) -> None:
    for path in ("teams", "wards"):
        headers = people.service.as_(role)
        assert (await people.service.client.get(f"/api/v1/{path}", headers=headers)).status_code == 403
