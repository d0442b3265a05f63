"""What nurses and doctors measure themselves: entered once, corrected by a new entry, refused where it cannot be."""

from __future__ import annotations

import asyncio
import re
import uuid

import pytest
from sqlalchemy import update

from analysis_service.records.tables import PatientRow
from analysis_service.wire import GatewayId
from chevet import metrics
from chevet.vitals import BY_KEY
from tests.analysis_service.measured import DAY, MINUTE, NURSE, listed, measure, measured, one, path

MEASURED = {  # CLINICAL, section 4: what an instrument and a hand take, and a value that is usual
    "heart_rate": 72,
    "oxygen_saturation": 97,
    "respiratory_rate": 14,
    "body_temperature": 37.0,
    "systolic_pressure": 128,
    "diastolic_pressure": 79,
    "glucose_finger": 104,
    "weight": 71_500,
}


async def test_a_nurse_enters_what_she_measured_together_and_a_doctor_reads_it(service_without_store) -> None:
    service = service_without_store
    patient, at = await service.patient(), service.clock() - MINUTE
    method, note = "cuff, left arm, seated", "after\ntwo stairs"
    entered = await measured(service, patient, MEASURED, measured_ms=at, method=method, note=note)
    assert {value["vital"]: value["value"] for value in entered["values"]} == MEASURED
    assert {value["unit"] for value in entered["values"]} == {BY_KEY[vital].unit for vital in MEASURED}
    known = ("patient", "measured_ms", "method", "note", "entered_by", "corrects", "struck_ms", "says")
    assert {name: entered[name] for name in known} == {
        "patient": patient,
        "measured_ms": at,
        "method": method,
        "note": note,
        "entered_by": NURSE,
        "corrects": None,
        "struck_ms": None,
        "says": None,
    }
    later = await measured(service, patient)
    assert [view["id"] for view in await listed(service, patient)] == [later["id"], entered["id"]]
    assert [view["id"] for view in await listed(service, patient, "limit=1")] == [later["id"]]
    assert await one(service, entered) == (await listed(service, patient))[1]


async def test_the_same_entered_again_is_one_by_its_id(service_without_store) -> None:
    service = service_without_store
    patient, at, id = await service.patient(), service.clock() - MINUTE, str(uuid.uuid4())
    answers = await asyncio.gather(*(measure(service, patient, id=id, measured_ms=at) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [201]
    assert (await measure(service, patient, id=id)).status_code == 200, "its time was said before"
    for other in ({"values": {"heart_rate": 70}}, {"measured_ms": at - 1}, {"note": "another"}):
        refused = await measure(service, patient, **({"id": id, "measured_ms": at} | other))
        assert (refused.status_code, refused.json()["field"]) == (409, "id")
    another = await measure(service, await service.patient(), id=id, measured_ms=at)
    assert another.status_code == 409
    assert len(await listed(service, patient)) == 1


WRONG: tuple[tuple[dict[str, object], str, str], ...] = (
    ({"values": []}, "values", "tuple should have at least 1 item"),
    ({"values": [{"vital": "fall", "value": 3}]}, "values.0.vital", "expected heart_rate, "),
    ({"values": [{"vital": "glucose_sensor", "value": 100}]}, "values.0.vital", "expected heart_rate, "),
    (
        {"values": [{"vital": "oxygen_saturation", "value": 101}]},
        "values.0",
        "expected oxygen_saturation within (1, 100) %, got 101",
    ),
    (
        {"values": [{"vital": "heart_rate", "value": 0}]},
        "values.0",
        "expected heart_rate within (10, 300) /min, got 0",
    ),
    (
        {"values": [{"vital": "weight", "value": 1.9, "unit": "kg"}]},
        "values.0",
        "expected weight within (2000, 350000) g, got 1900",
    ),
    (
        {"values": [{"vital": "weight", "value": 70, "unit": "stone"}]},
        "values.0.unit",
        "expected g or kg or [lb_av], got another",
    ),
    ({"values": [{"vital": "weight", "value": 1e308, "unit": "kg"}]}, "values.0", "expected weight within"),
    ({"values": [{"vital": "heart_rate", "value": "NaN"}]}, "values.0.value", "input should be a finite number"),
    (
        {"values": [{"vital": "heart_rate", "value": 70}, {"vital": "heart_rate", "value": 71}]},
        "values",
        "expected each vital once",
    ),
    (
        {
            "values": [
                {"vital": "systolic_pressure", "value": 80},
                {"vital": "diastolic_pressure", "value": 80},
            ]
        },
        "values",
        "expected a systolic pressure above the diastolic one",
    ),
    ({"corrects": str(uuid.uuid4())}, "body", "expected corrects and reason together, or neither"),
    ({"reason": "typing"}, "body", "expected corrects and reason together, or neither"),
    ({"note": "a\x07b"}, "note", "string should match pattern"),
    ({"method": "x" * 101}, "method", "string should have at most 100 characters"),
    ({"id": "mine"}, "id", "input should be a valid UUID"),
    ({"mood": "bad"}, "mood", "extra inputs are not permitted"),
)


async def test_what_cannot_be_is_refused_by_field(service_without_store) -> None:
    service = service_without_store
    patient = await service.patient()
    for changed, field, said in WRONG:
        body = {"values": [{"vital": "heart_rate", "value": 70}]} | changed
        answer = await service.client.post(path(patient), json=body, headers=service.as_("nurse"))
        assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
        assert answer.json()["detail"].startswith(f"{field}: {said}"), answer.text
    assert await listed(service, patient) == []


async def test_another_unit_is_converted_before_anything_judges_it(service_without_store) -> None:
    service = service_without_store
    said = (("weight", 71.5, "kg"), ("glucose_finger", 5.0, "mmol/L"), ("body_temperature", 98.6, "[degF]"))
    body = {"values": [{"vital": vital, "value": value, "unit": unit} for vital, value, unit in said]}
    answer = await service.client.post(path(await service.patient()), json=body, headers=service.as_("nurse"))
    found = {value["vital"]: value["value"] for value in answer.json()["values"]}
    by_hand = {"weight": 71_500, "glucose_finger": 90, "body_temperature": 37}  # 5 * 18.016 is whole: 90
    assert found == pytest.approx(by_hand)


async def test_nothing_is_measured_in_the_future_nor_more_than_8_days_ago(service_without_store) -> None:
    service = service_without_store
    patient = await service.patient()
    for beyond in (service.clock() + MINUTE, service.clock() - 8 * DAY - 1):
        answer = await measure(service, patient, measured_ms=beyond)
        assert (answer.status_code, answer.json()["field"]) == (422, "measured_ms")
    for within in (service.clock(), service.clock() - 8 * DAY + MINUTE):
        assert (await measure(service, patient, measured_ms=within)).status_code == 201


async def test_two_values_of_a_vital_for_one_time_are_refused_and_a_correction_is_a_new_entry(
    service_without_store,
) -> None:
    service = service_without_store
    patient, at = await service.patient(), service.clock() - MINUTE
    wrong = await measured(service, patient, {"systolic_pressure": 182}, measured_ms=at)
    refused = await measure(service, patient, {"systolic_pressure": 128}, measured_ms=at)
    assert (refused.status_code, refused.json()["field"]) == (409, "measured_ms")
    assert (await measure(service, patient, {"diastolic_pressure": 79}, measured_ms=at)).status_code == 201
    right = await measured(service, patient, {"systolic_pressure": 128}, corrects=wrong["id"], reason="mistyped")
    assert (right["measured_ms"], right["corrects"]) == (at, wrong["id"])
    assert [value["series_ms"] for value in right["values"]] == [at + 1]
    struck = await one(service, wrong)
    assert (struck["struck_by"], struck["struck_reason"], struck["corrected_by"]) == (NURSE, "mistyped", right["id"])
    again = await measure(service, patient, {"systolic_pressure": 130}, corrects=wrong["id"], reason="x")
    assert (again.status_code, again.json()["field"]) == (409, "corrects")
    third = await measured(service, patient, {"systolic_pressure": 130}, corrects=right["id"], reason="again")
    assert [value["series_ms"] for value in third["values"]] == [at + 2]
    assert len(await listed(service, patient)) == 4


async def test_what_was_of_another_patient_is_struck_and_nothing_stands_in_its_place(service_without_store) -> None:
    service = service_without_store
    patient, other = await service.patient(), await service.patient()
    wrong = await measured(service, patient)
    address, nurse = path(patient, wrong["id"], "strike"), service.as_("nurse", name=NURSE)
    elsewhere = path(other, wrong["id"], "strike")
    assert (await service.client.post(elsewhere, json={"reason": "x"}, headers=nurse)).status_code == 404
    struck = await service.client.post(address, json={"reason": "of next door"}, headers=nurse)
    assert (struck.status_code, struck.json()["struck_reason"], struck.json()["corrected_by"]) == (
        200,
        "of next door",
        None,
    )
    assert (await service.client.post(address, json={"reason": "x"}, headers=nurse)).status_code == 409
    missing = await measure(service, other, corrects=wrong["id"], reason="x")
    assert (missing.status_code, missing.json()["field"]) == (404, "corrects")


async def test_who_looks_after_the_patient_enters_and_the_patient_reads_their_own(service_without_store) -> None:
    service = service_without_store
    patient, other = await service.patient(), await service.patient()
    await measured(service, patient)
    for role in ("sre", "relative", "patient", "analyst", "prometheus"):
        assert (await measure(service, patient, role=role, sub="stranger")).status_code == 403
        read = await service.client.get(path(patient), headers=service.as_(role, sub="stranger"))
        assert read.status_code == 403
    assert (await service.client.get(path(patient))).status_code == 401
    async with service.client._transport.app.state.database.writing() as session:
        await session.execute(update(PatientRow).where(PatientRow.patient == patient).values(account="marie"))
    marie = service.as_("patient", sub="marie")
    own = await service.client.get(path(patient), headers=marie)
    assert (own.status_code, len(own.json())) == (200, 1)
    assert (await service.client.get(path(other), headers=marie)).status_code == 403
    assert (await service.client.post(path(patient), json={}, headers=marie)).status_code == 403
    observations = f"/api/v1/patients/{patient}/observations"
    assert (await service.client.get(observations, headers=marie)).status_code == 200


def test_no_gateway_is_called_as_the_source_of_what_people_measured() -> None:
    (rule,) = [one.pattern for one in GatewayId.__metadata__[0].metadata if hasattr(one, "pattern")]
    assert re.match(rule, "g01")
    assert not re.match(rule, metrics.BY_HAND)
