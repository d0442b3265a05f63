"""Dossiers: what they may say, editions that nobody overwrites unseen, their history, and the end of a stay."""

from __future__ import annotations

import asyncio
import json

WHOLE = {
    "name": "Marie Lefèvre",
    "birth_date": "1941-05-23",
    "sex": "female",
    "language": "fr",
    "time_zone": "Indian/Reunion",
    "record_number": "HND-1941-77",
    "practitioner": "Dr Anne Roy, +33 1 99 00 12 34",
    "notes": "Lives on the third floor.\nThe neighbour has a key.",
}
CONTACT = {"number": "+33612345678", "language": "fr", "order": 1, "signals": []}


def matching(service, edition: int, *roles: str) -> dict[str, str]:
    return service.as_(*(roles or ("doctor",))) | {"If-Match": f'"{edition}"'}


async def put(service, patient: str, edition: int, **body: object):
    path = f"/api/v1/patients/{patient}"
    return await service.client.put(path, json={"name": "Marie"} | body, headers=matching(service, edition))


async def test_a_dossier_says_what_was_entered_and_has_a_time_zone_without_asking(service_without_store) -> None:
    service = service_without_store
    made = await service.client.post("/api/v1/patients", json=WHOLE, headers=service.as_("doctor"))
    assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
    path = f"/api/v1/patients/{made.json()['patient']}"
    for role in ("doctor", "nurse"):
        read = await service.client.get(path, headers=service.as_(role))
        assert (read.json(), read.headers["ETag"]) == (made.json(), '"1"')
    assert {name: read.json()[name] for name in WHOLE} == WHOLE
    bare = await service.client.post("/api/v1/patients", json={"name": "Paul"}, headers=service.as_("doctor"))
    assert (bare.json()["time_zone"], bare.json()["birth_date"], bare.json()["version"]) == ("Europe/Paris", None, 1)


REFUSED = (
    ({"name": ""}, "name: "),
    ({"birth_date": "2199-01-01"}, "birth_date: expected today or earlier, got a day to come"),
    ({"birth_date": "1899-12-31"}, "birth_date: expected 1900-01-01 or later, got an earlier day"),
    ({"birth_date": "1941-02-30"}, "birth_date: expected a day such as 1941-05-23, got another form"),
    ({"birth_date": "23/05/1941"}, "birth_date: expected a day such as 1941-05-23, got another form"),
    ({"time_zone": "../etc/passwd"}, "time_zone: expected a time zone such as Europe/Paris, got another name"),
    ({"sex": "F"}, "sex: "),
    ({"language": "de"}, "language: "),
    ({"notes": "x" * 4_001}, "notes: "),
    ({"notes": "a\x00b"}, "body: "),
    ({"record_number": "\ud800"}, ""),
    ({"weight": 70}, "weight: "),
)


async def test_what_a_dossier_cannot_say_is_refused_in_a_sentence(service_without_store) -> None:
    service = service_without_store
    headers = service.as_("doctor") | {"Content-Type": "application/json"}
    for wrong, sentence in REFUSED:
        answer = await service.client.post("/api/v1/patients", content=json.dumps(WHOLE | wrong), headers=headers)
        assert answer.status_code == 422, wrong
        assert answer.json()["detail"].startswith(sentence)
    assert (await service.client.get("/api/v1/patients", headers=service.as_("doctor"))).json() == []


async def test_of_two_who_began_from_one_edition_the_second_is_told_and_changes_nothing(service_without_store) -> None:
    service = service_without_store
    patient = await service.patient()
    both = await asyncio.gather(*(put(service, patient, 1, notes=notes) for notes in ("one", "other")))
    assert sorted(answer.status_code for answer in both) == [200, 412]
    won, lost = sorted(both, key=lambda answer: answer.status_code)
    assert (won.headers["ETag"], lost.headers["ETag"]) == ('"2"', '"2"')
    assert "somebody changed it meanwhile" in lost.json()["detail"]
    read = await service.client.get(f"/api/v1/patients/{patient}", headers=service.as_("doctor"))
    assert read.json()["notes"] == won.json()["notes"]


async def test_a_change_says_of_which_edition(service_without_store) -> None:
    service = service_without_store
    path = f"/api/v1/patients/{await service.patient()}"
    answers = [
        await service.client.put(path, json={"name": "x"}, headers=service.as_("doctor")),
        await service.client.post(f"{path}/end", json={"reason": "x"}, headers=service.as_("doctor")),
        await service.client.put(f"{path}/contacts", json={"contacts": []}, headers=service.as_("doctor")),
    ]
    assert [answer.status_code for answer in answers] == [428] * 3


async def test_the_history_says_of_each_edition_who_saved_it_when_and_what_they_changed(service_without_store) -> None:
    service = service_without_store
    began = service.clock()
    patient = await service.patient("Marie Lefevre")
    service.clock.aside += 60_000
    path = f"/api/v1/patients/{patient}"
    body = {"name": "Marie Lefèvre", "sex": "female"}
    roy = service.as_("doctor", name="Dr Roy") | {"If-Match": '"1"'}
    assert (await service.client.put(path, json=body, headers=roy)).status_code == 200
    first, second = (await service.client.get(f"{path}/history", headers=service.as_("nurse"))).json()
    assert first["changed"] == {
        "name": {"before": None, "after": "Marie Lefevre"},
        "time_zone": {"before": None, "after": "Europe/Paris"},
    }
    assert second["changed"] == {
        "name": {"before": "Marie Lefevre", "after": "Marie Lefèvre"},
        "sex": {"before": None, "after": "female"},
    }
    assert (second["version"], second["by"], second["by_name"]) == (2, "somebody", "Dr Roy")
    assert 60_000 <= second["at_ms"] - began < 90_000


async def test_contacts_have_editions_of_their_own_and_none_is_lost(service_without_store) -> None:
    service = service_without_store
    path = f"/api/v1/patients/{await service.patient()}/contacts"
    read = await service.client.get(path, headers=service.as_("nurse"))
    assert (read.json(), read.headers["ETag"]) == ({"contacts": []}, '"0"')
    for edition, contacts in enumerate(([CONTACT], [])):
        answer = await service.client.put(path, json={"contacts": contacts}, headers=matching(service, edition))
        assert (answer.status_code, answer.headers["ETag"]) == (200, f'"{edition + 1}"')
    again = await service.client.put(path, json={"contacts": [CONTACT]}, headers=matching(service, 1))
    assert again.status_code == 412
    read = await service.client.get(path, headers=service.as_("nurse"))
    assert (read.json(), read.headers["ETag"]) == ({"contacts": []}, '"2"')
    kept = (await service.client.get(f"{path}/history", headers=service.as_("nurse"))).json()
    assert [one["changed"]["contacts"]["after"] for one in kept] == [[CONTACT], []]


async def test_whoever_does_not_care_for_a_patient_neither_reads_nor_changes_their_dossier(
    service_without_store,
) -> None:
    service = service_without_store
    patient = await service.patient()
    path = f"/api/v1/patients/{patient}"
    for role in ("doctor", "nurse", "patient"):
        other = service.as_(role, sub="somebody-else")
        for address in (path, f"{path}/history", f"{path}/contacts", f"{path}/contacts/history"):
            assert (await service.client.get(address, headers=other)).status_code == 403
    for role, sub in (("doctor", "somebody-else"), ("nurse", "somebody")):
        headers = service.as_(role, sub=sub) | {"If-Match": '"1"'}
        assert (await service.client.put(path, json={"name": "x"}, headers=headers)).status_code == 403
        assert (await service.client.post(f"{path}/end", json={"reason": "x"}, headers=headers)).status_code == 403


async def test_when_the_stay_ends_the_gateway_is_taken_back_and_no_other_is_given(service_without_store) -> None:
    service = service_without_store
    patient = await service.assigned(days_ago=1)
    path, now = f"/api/v1/patients/{patient}", service.clock()
    body = {"reason": "moved to a nursing home"}
    ended = await service.client.post(f"{path}/end", json=body, headers=matching(service, 1))
    assert (ended.status_code, ended.headers["ETag"], ended.json()["ended_by"]) == (200, '"2"', "somebody")
    gateway = f"/api/v1/gateways/{service.gateway}/assignments"
    (one,) = (await service.client.get(gateway, headers=service.as_("doctor"))).json()
    assert 30_000 <= one["until_ms"] - now < 60_000
    assert one["version"] == 2
    refused = await service.client.post(
        "/api/v1/gateways/g-other/assignments", json={"patient": patient}, headers=service.as_("doctor")
    )
    assert refused.status_code == 409
    assert refused.json()["detail"].startswith("patient: expected somebody who stays at home, their stay ended at 2")
    again = await service.client.post(f"{path}/end", json=body, headers=matching(service, 2))
    assert again.status_code == 409
    read = await service.client.get(path, headers=service.as_("nurse"))
    assert (read.json()["name"], read.json()["ended_reason"]) == ("Marie Lefèvre", "moved to a nursing home")
