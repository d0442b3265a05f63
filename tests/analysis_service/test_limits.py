"""Limits as prescriptions: proposed by nurses, signed by doctors, never for ever, and nothing of it is forgotten."""

from __future__ import annotations

import asyncio
import uuid

from tests.analysis_service.prescribed import (
    BODY,
    DAY,
    DOCTOR,
    NURSE,
    act,
    limits_of,
    named,
    path,
    prescribed,
    propose,
)

MINUTE = 60_000


async def test_a_nurse_proposes_a_doctor_signs_and_only_then_it_is_in_force(service_without_store) -> None:
    service = service_without_store
    patient = await service.patient()
    proposal = await propose(service, patient)
    assert (proposal.status_code, proposal.headers["ETag"]) == (201, '"1"')
    listed = await limits_of(service, patient, "nurse")
    assert (listed["in_force"], [one["id"] for one in listed["proposed"]]) == ([], [proposal.json()["id"]])
    signed = await act(service, proposal.json(), "sign")
    assert (signed.status_code, signed.headers["ETag"]) == (200, '"2"')
    listed = await limits_of(service, patient)
    assert listed["in_force"] == [signed.json()]
    assert (listed["proposed"], listed["history"], listed["to_come"]) == ([], [], [])
    shown = {name: signed.json()[name] for name in ("value", "default", "state", "says", "proposed_by", "signed_by")}
    assert shown == {
        "value": 84,
        "default": 88,
        "state": "in_force",
        "says": None,
        "proposed_by": NURSE,
        "signed_by": DOCTOR,
    }


async def test_every_transition_is_kept_with_who_when_why_and_what_it_said(service_without_store) -> None:
    service = service_without_store
    patient = await service.patient()
    proposal = (await propose(service, patient)).json()
    body = BODY | {"value": 83, "until_ms": service.clock() + 10 * DAY, "reason": "as discussed"}
    headers = named(service, "nurse") | {"If-Match": '"1"'}
    changed = await service.client.put(path(patient, proposal["id"]), json=body, headers=headers)
    assert (changed.status_code, changed.headers["ETag"], changed.json()["value"]) == (200, '"2"', 83)
    signed = (await act(service, changed.json(), "sign")).json()
    ended = await act(service, signed, "end", reason="oxygen at home")
    assert ended.status_code == 200, ended.text
    found = await service.client.get(path(patient, proposal["id"]), headers=named(service, "nurse"))
    assert found.headers["ETag"] == '"4"'
    events = found.json()["events"]
    assert [(one["what"], one["by"], one["why"], one["content"]["value"]) for one in events] == [
        ("proposed", NURSE, BODY["reason"], 84),
        ("changed", NURSE, "as discussed", 83),
        ("signed", DOCTOR, None, 83),
        ("ended", DOCTOR, "oxygen at home", 83),
    ]
    times = [one["at_ms"] for one in events]
    assert times == sorted(times)
    assert found.json()["ended_ms"] == times[-1]


async def test_who_looked_at_an_older_proposal_signs_nothing(service_without_store) -> None:
    service = service_without_store
    patient = await service.patient()
    proposal = (await propose(service, patient)).json()
    body = BODY | {"value": 70, "until_ms": service.clock() + 10 * DAY}
    headers = named(service, "nurse") | {"If-Match": '"1"'}
    address = path(patient, proposal["id"])
    assert (await service.client.put(address, json=body, headers=headers)).status_code == 200
    refused = await act(service, proposal, "sign")
    assert (refused.status_code, refused.headers["ETag"]) == (412, '"2"')
    assert (await service.client.put(address, json=body, headers=headers)).status_code == 412
    for address in (path(patient, proposal["id"], "sign"), path(patient, proposal["id"], "end")):
        bare = await service.client.post(address, json={"reason": "x"}, headers=named(service))
        assert bare.status_code == 428
    assert (await limits_of(service, patient))["in_force"] == []


async def test_two_doctors_who_sign_at_once_sign_once(service_without_store) -> None:
    service = service_without_store
    patient = await service.patient()
    proposal = (await propose(service, patient)).json()
    answers = await asyncio.gather(*(act(service, proposal, "sign") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]


async def test_a_nurse_signs_and_ends_nothing_and_a_patient_only_reads(service_without_store) -> None:
    service = service_without_store
    patient = await service.patient()
    proposal = (await propose(service, patient)).json()
    assert (await act(service, proposal, "sign", "nurse")).status_code == 403
    signed = (await act(service, proposal, "sign")).json()
    assert (await act(service, signed, "end", "nurse", reason="x")).status_code == 403
    for role in ("patient", "relative", "analyst", "sre"):
        assert (await propose(service, patient, role)).status_code == 403
        assert (await act(service, signed, "end", role, reason="x")).status_code == 403
        read = await service.client.get(path(patient), headers=named(service, role, sub="stranger"))
        assert read.status_code == 403


async def test_a_proposal_is_rejected_by_a_doctor_or_by_who_made_it(service_without_store) -> None:
    service = service_without_store
    patient = await service.patient()
    first, second = [(await propose(service, patient)).json() for _ in range(2)]
    other = await act(service, second, "reject", "nurse", reason="x", sub="another")
    assert other.status_code == 403
    withdrawn = await act(service, first, "reject", "nurse", reason="not needed")
    assert (withdrawn.status_code, withdrawn.json()["state"]) == (200, "rejected")
    rejected = await act(service, second, "reject", reason="target is 94")
    assert rejected.status_code == 200
    assert (await act(service, rejected.json(), "sign")).status_code == 409
    listed = await limits_of(service, patient)
    assert {one["id"] for one in listed["history"]} == {first["id"], second["id"]}


WRONG: tuple[tuple[dict[str, object], str, str], ...] = (
    ({"vital": "pulse"}, "vital", "expected a key of the catalogue such as heart_rate, got another"),
    ({"vital": "weight"}, "value", "expected weight within (2000, 350000), got 84.0"),
    ({"value": 101}, "value", "expected oxygen_saturation within (1, 100), got 101.0"),
    ({"value": "NaN"}, "value", "input should be a finite number"),
    ({"side": "high"}, "side", "expected low for oxygen_saturation, got 'high'"),
    ({"severity": "low"}, "severity", "expected high or medium for oxygen_saturation on the low side, got 'low'"),
    ({"hours": [7, 7]}, "hours", "expected two different hours of the day, or none for all day"),
    ({"hours": [0, 24]}, "hours", "expected two different hours of the day, or none for all day"),
    ({"hours": [7, 25]}, "hours.1", "input should be less than or equal to 24"),
    ({"reason": ""}, "reason", "string should have at least 1 character"),
    ({"reason": "a\x07b"}, "reason", "string should match pattern"),
    ({"until_ms": None}, "until_ms", "input should be a valid integer"),
    ({"until_ms": 2**53}, "until_ms", "input should be less than"),
    ({"mood": "bad"}, "mood", "extra inputs are not permitted"),
)


async def test_what_cannot_be_is_refused_by_field(service_without_store) -> None:
    service = service_without_store
    patient = await service.patient()
    for changed, field, said in WRONG:
        answer = await propose(service, patient, **changed)
        assert (answer.status_code, answer.json()["field"]) == (422, field), changed
        assert answer.json()["detail"].startswith(f"{field}: {said}"), answer.text


async def test_a_prescription_begins_in_no_past_and_ends_within_a_year(service_without_store) -> None:
    service = service_without_store
    patient, now = await service.patient(), service.clock()
    for changed, field in (
        ({"from_ms": now - 2 * MINUTE}, "from_ms"),
        ({"from_ms": now + 367 * DAY, "until_ms": now + 400 * DAY}, "from_ms"),
        ({"until_ms": now}, "until_ms"),
        ({"from_ms": now + DAY, "until_ms": now + DAY}, "until_ms"),
        ({"until_ms": now + 367 * DAY}, "until_ms"),
    ):
        answer = await propose(service, patient, **changed)
        assert (answer.status_code, answer.json()["field"]) == (422, field)
        assert "expected" in answer.json()["detail"]
    for changed in ({"from_ms": now - 30_000}, {"until_ms": now + 366 * DAY}, {"from_ms": now + 300 * DAY}):
        until = changed.get("until_ms", now + 365 * DAY)
        answer = await propose(service, patient, **(changed | {"until_ms": until}))
        assert answer.status_code == 201, answer.text


async def test_what_waited_for_a_signature_begins_with_it_and_not_after_its_end(service_without_store) -> None:
    service = service_without_store
    patient, now = await service.patient(), service.clock()
    late = (await propose(service, patient, until_ms=now + 2 * DAY)).json()
    gone = (await propose(service, patient, until_ms=now + DAY)).json()
    service.clock.aside += DAY + MINUTE
    signed = (await act(service, late, "sign")).json()
    assert signed["from_ms"] >= now + DAY
    assert (await act(service, gone, "sign")).status_code == 409
    [lapsed] = (await limits_of(service, patient))["history"]
    assert (lapsed["state"], lapsed["says"].startswith("nobody signed it")) == ("lapsed", True)


async def test_two_for_one_limit_at_one_time_are_not_both_signed(service_without_store) -> None:
    service = service_without_store
    patient, now = await service.patient(), service.clock()
    first = await prescribed(service, patient)
    other = (await propose(service, patient, value=82, until_ms=first["until_ms"])).json()
    refused = await act(service, other, "sign")
    assert (refused.status_code, refused.json()["field"]) == (409, "from_ms")
    assert "oxygen_saturation has a signed high limit on the low side, 84 until" in refused.json()["detail"]
    later = (await propose(service, patient, value=82, from_ms=first["until_ms"], until_ms=now + 60 * DAY)).json()
    assert (await act(service, later, "sign")).json()["state"] == "to_come"
    assert (await act(service, first, "end", reason="lower")).json()["state"] == "ended"
    assert (await act(service, other, "sign")).json()["state"] == "in_force"


async def test_a_day_and_a_night_limit_are_both_signed(service_without_store) -> None:
    service = service_without_store
    patient = await service.patient()
    await prescribed(service, patient, hours=[7, 22])
    await prescribed(service, patient, hours=[22, 7], value=80)
    both = (await propose(service, patient, hours=[21, 23], value=81)).json()
    assert (await act(service, both, "sign")).status_code == 409


async def test_a_high_limit_that_is_not_beyond_the_medium_one_is_refused_at_once(service_without_store) -> None:
    service = service_without_store
    patient = await service.patient()
    refused = await propose(service, patient, value=91)
    assert (refused.status_code, refused.json()["field"]) == (409, "value")
    wanted = "value: expected one with which the high limit on the low side, 91 lies below the medium limit"
    assert refused.json()["detail"].startswith(wanted)
    assert (await propose(service, patient, value=90)).status_code == 201


async def test_two_steps_are_proposed_together_and_judged_in_the_order_of_their_signatures(
    service_without_store,
) -> None:
    service = service_without_store
    patient, until = await service.patient(), service.clock() + 30 * DAY
    medium = (await propose(service, patient, severity="medium", value=95, until_ms=until)).json()
    high = await propose(service, patient, value=93, until_ms=until)
    assert high.status_code == 201
    assert (await act(service, high.json(), "sign")).status_code == 409
    medium = (await act(service, medium, "sign")).json()
    high = (await act(service, high.json(), "sign")).json()
    refused = await act(service, medium, "end", reason="x")
    assert (refused.status_code, refused.json()["field"]) == (409, "id")
    assert (await act(service, high, "end", reason="x")).status_code == 200
    assert (await act(service, medium, "end", reason="x")).status_code == 200


async def test_what_would_contradict_once_another_ends_is_refused(service_without_store) -> None:
    service = service_without_store
    patient, now = await service.patient(), service.clock()
    await prescribed(service, patient, value=80, until_ms=now + 5 * DAY)
    longer = await propose(service, patient, severity="medium", value=84, until_ms=now + 6 * DAY)
    assert longer.status_code == 409
    await prescribed(service, patient, severity="medium", value=84, until_ms=now + 5 * DAY)


async def test_expiry_brings_the_catalogues_limit_back_and_says_so_once(service_without_store) -> None:
    service = service_without_store
    patient, now = await service.patient(), service.clock()
    one = await prescribed(service, patient, until_ms=now + 8 * DAY, vital="heart_rate", side="high", value=140)
    assert (await limits_of(service, patient))["expiring"] == []
    service.clock.aside += DAY + MINUTE
    listed = await limits_of(service, patient)
    assert listed["expiring"] == [one["id"]]
    assert listed["in_force"][0]["says"].endswith("; then the catalogue's limit of 131 /min is in force again")
    service.clock.aside += 7 * DAY
    for _ in range(2):
        listed = await limits_of(service, patient)
    assert (listed["in_force"], listed["expiring"]) == ([], [])
    [over] = listed["history"]
    assert over["state"] == "expired"
    assert over["says"].startswith("expired 20")
    assert over["says"].endswith("; the catalogue's limit of 131 /min is in force again")
    found = await service.client.get(path(patient, one["id"]), headers=named(service))
    last = found.json()["events"][-1]
    assert [event["what"] for event in found.json()["events"]] == ["proposed", "signed", "expired"]
    assert (last["by"], last["why"]) == (None, None)
    assert (await act(service, found.json(), "end", reason="x")).status_code == 409


async def test_of_another_patient_or_of_nobody_there_is_none(service_without_store) -> None:
    service = service_without_store
    patient, other = await service.patient(), await service.patient()
    one = await prescribed(service, patient)
    assert (await act(service, one | {"patient": other}, "end", reason="x")).status_code == 404
    for id, status in ((str(uuid.uuid4()), 404), ("%00", 422)):
        assert (await service.client.get(path(patient, id), headers=named(service))).status_code == status
    assert (await service.client.get(path("p-nobody"), headers=named(service))).status_code == 404
