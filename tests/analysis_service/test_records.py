"""Patients, assignments, contacts, devices, and the signed sheet that a gateway lives by."""

from __future__ import annotations

import json

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from chevet.sheet import Sheet

MINUTE = 60_000
CONTACT = {"number": "+33612345678", "language": "fr", "order": 1, "signals": ["heart_rate"]}


async def assign(service, patient: str, **body: object):
    path = f"/api/v1/gateways/{service.gateway}/assignments"
    return await service.client.post(path, json={"patient": patient} | body, headers=service.as_("doctor"))


async def end(service, id: str, edition: int = 1, **body: object):
    path = f"/api/v1/gateways/{service.gateway}/assignments/{id}/end"
    headers = service.as_("doctor") | {"If-Match": f'"{edition}"'}
    return await service.client.post(path, json=body, headers=headers)


async def put(service, path: str, edition: int = 0, **body: object):
    return await service.client.put(path, json=body, headers=service.as_("doctor") | {"If-Match": f'"{edition}"'})


async def sheet(service, gateway: str = "", **headers: str):
    path = f"/api/v1/gateways/{gateway or service.gateway}/sheet"
    return await service.client.get(path, headers=service.as_gateway | headers)


async def test_a_patient_is_known_by_a_pseudonym_that_says_nothing(service_without_store) -> None:
    service = service_without_store
    first, second = await service.patient(), await service.patient()
    assert first != second
    assert len(first) == 17
    answer = await service.client.get("/api/v1/patients", headers=service.as_("nurse"))
    assert [one["name"] for one in answer.json()] == ["Marie Lefèvre"] * 2


async def test_an_assignment_begins_30_seconds_after_it_is_saved_and_not_earlier(service_without_store) -> None:
    service = service_without_store
    patient = await service.patient()
    now = service.clock()
    refused = await assign(service, patient, from_ms=now + 29_000)
    assert (refused.status_code, refused.json()["field"]) == (422, "from_ms")
    made = await assign(service, patient)
    assert made.status_code == 201
    assert 30_000 <= made.json()["from_ms"] - now < 40_000


async def test_two_assignments_of_a_gateway_do_not_overlap_but_may_touch(service_without_store) -> None:
    service = service_without_store
    first, second = await service.patient(), await service.patient()
    now = service.clock()
    assert (await assign(service, first, from_ms=now + 60_000, until_ms=now + 120_000)).status_code == 201
    assert (await assign(service, second, from_ms=now + 119_999)).status_code == 409
    assert (await assign(service, second, from_ms=now + 40_000)).status_code == 409
    assert (await assign(service, second, from_ms=now + 120_000)).status_code == 201
    assert (await assign(service, second, from_ms=now + 40_000, until_ms=now + 60_000)).status_code == 201


async def test_an_assignment_ends_after_it_is_saved_and_stays_ended(service_without_store) -> None:
    service = service_without_store
    await service.assigned(days_ago=1)
    path = f"/api/v1/gateways/{service.gateway}/assignments"
    (one,) = (await service.client.get(path, headers=service.as_("nurse"))).json()
    now = service.clock()
    assert (await end(service, one["id"], until_ms=now)).status_code == 422
    ended = await end(service, one["id"])
    assert 30_000 <= ended.json()["until_ms"] - now < 40_000
    assert (await end(service, one["id"], edition=2, until_ms=now + 90_000)).status_code == 409
    service.clock.aside += 60_000
    assert (await end(service, one["id"], edition=2)).status_code == 409


async def test_an_assignment_to_nobody_is_refused(service_without_store) -> None:
    answer = await assign(service_without_store, "p-nobody")
    assert (answer.status_code, answer.json()["field"]) == (404, "patient")


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"number": "0612345678"}, "contacts.0.number", "expected E.164 such as +33612345678"),
        ({"number": "+0612345678"}, "contacts.0.number", "expected E.164"),
        ({"language": "de"}, "contacts.0.language", "'en' or 'fr'"),
        ({"order": 0}, "contacts.0.order", "greater than or equal to 1"),
        ({"signals": ["mood"]}, "contacts.0.signals", "expected vitals such as heart_rate, got 'mood'"),
    ],
    ids=["national number", "no country code", "language", "order", "signal"],
)
async def test_a_contact_that_cannot_be_is_refused_by_field(
    service_without_store, wrong: dict[str, object], field: str, said: str
) -> None:
    service = service_without_store
    path = f"/api/v1/patients/{await service.patient()}/contacts"
    answer = await put(service, path, contacts=[CONTACT | wrong])
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert said in answer.json()["detail"]
    assert str(wrong.get("number", "no number")) not in answer.json()["detail"]


async def test_two_contacts_do_not_share_a_place(service_without_store) -> None:
    service = service_without_store
    path = f"/api/v1/patients/{await service.patient()}/contacts"
    answer = await put(service, path, contacts=[CONTACT, CONTACT])
    assert answer.json()["detail"] == "contacts: expected each order once"


async def test_the_sheet_is_signed_and_says_whom_to_call_in_order(service_without_store, sheet_key) -> None:
    service = service_without_store
    patient = await service.assigned(days_ago=1)
    second = CONTACT | {"number": "+33687654321", "order": 2, "language": "en", "signals": []}
    path = f"/api/v1/patients/{patient}/contacts"
    assert (await put(service, path, contacts=[second, CONTACT])).status_code == 200

    answer = await sheet(service)

    public = load_pem_public_key(sheet_key.with_suffix(".pub").read_bytes())
    payload = jwt.PyJWS().decode(answer.json()["sheet"], public, algorithms=["EdDSA"])
    read = Sheet.from_dict(json.loads(payload))
    assert (read.gateway, read.lease_seconds, read.until_ms) == (service.gateway, 180, None)
    assert [contact.number for contact in read.contacts] == ["+33612345678", "+33687654321"]
    assert read.contacts[0].signals == ("heart_rate",)
    assert patient not in payload.decode()


async def test_a_sheet_that_the_gateway_has_is_not_sent_again(service_without_store) -> None:
    service = service_without_store
    patient = await service.assigned(days_ago=1)
    first = await sheet(service)
    again = await sheet(service, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.headers["ETag"], again.content) == (304, first.headers["ETag"], b"")
    path = f"/api/v1/patients/{patient}/contacts"
    await put(service, path, contacts=[CONTACT])
    changed = await sheet(service, **{"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


async def test_a_gateway_reads_no_other_gateways_sheet(service_without_store) -> None:
    answer = await sheet(service_without_store, gateway="g-other")
    assert (answer.status_code, answer.json()["field"]) == (403, "gateway")


async def test_a_gateway_that_stands_with_nobody_has_no_sheet(service_without_store) -> None:
    service = service_without_store
    assert (await sheet(service)).status_code == 404
    await assign(service, await service.patient())
    assert (await sheet(service)).status_code == 404, "the assignment begins in 30 seconds"
    service.clock.aside += 31_000
    assert (await sheet(service)).status_code == 200


async def test_what_arrives_is_expected_from_then_on_until_a_person_takes_it_away(service) -> None:
    patient = await service.assigned()
    await service.write(service.vital((service.clock() - MINUTE, 70.0)))
    assert expectations(await metrics(service), service.gateway) == {("d1", patient, "heart_rate"): 10.0}

    path = f"/api/v1/gateways/{service.gateway}/devices"
    assert (await put(service, path, devices={"scale": ["weight"]})).status_code == 412, "a device was heard meanwhile"
    answer = await put(service, path, edition=1, devices={"scale": ["weight"]})
    assert (answer.json(), answer.headers["ETag"]) == ({"devices": {"d1": [], "scale": ["weight"]}}, '"2"')
    await service.write(service.vital((service.clock(), 70.0)))
    assert expectations(await metrics(service), service.gateway) == {("scale", patient, "weight"): 86_400.0}


async def test_nothing_is_expected_of_a_gateway_that_stands_with_nobody(service_without_store) -> None:
    service = service_without_store
    path = f"/api/v1/gateways/{service.gateway}/devices"
    await put(service, path, devices={"d1": ["heart_rate"]})
    assert expectations(await metrics(service), service.gateway) == {}


async def test_a_device_is_not_expected_to_send_what_is_no_vital(service_without_store) -> None:
    service = service_without_store
    path = f"/api/v1/gateways/{service.gateway}/devices"
    answer = await put(service, path, devices={"d1": ["mood"]})
    assert answer.json()["detail"] == "devices: expected vitals such as heart_rate, got 'mood'"


async def test_of_more_devices_than_any_house_has_nothing_is_kept(service_without_store) -> None:
    service = service_without_store
    path = f"/api/v1/gateways/{service.gateway}/devices"
    many = {f"d{number:04}": ["heart_rate", "heart_rate", "weight"] for number in range(1000)}
    answer = await put(service, path, devices={**many, "d1000": []})
    assert (answer.status_code, answer.json()["detail"].split(":")[0]) == (422, "devices")
    assert (await put(service, path, devices=many)).headers["ETag"] == '"1"'
    answer = await put(service, path, edition=1, devices={"d0001": ["weight"], "other": ["fall"]})
    kept = answer.json()["devices"]
    assert (len(kept), kept["d0000"], kept["d0001"], kept["other"]) == (1001, [], ["weight"], ["fall"])


async def metrics(service) -> str:
    return await service.metrics()


def expectations(text: str, gateway: str) -> dict[tuple[str, str, str], float]:
    """(device, patient, vital) to seconds, of chevet_expected_interval_seconds."""
    from prometheus_client.parser import text_string_to_metric_families

    return {
        (sample.labels["device"], sample.labels["patient"], sample.labels["vital"]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "chevet_expected_interval_seconds" and sample.labels["gateway"] == gateway
    }
