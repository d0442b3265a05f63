"""Gateways and whose they are: who may give, see and take back what, where no address names the patient."""

from __future__ import annotations

import pytest

ROY = {"sub": "dr-roy", "name": "Dr Roy"}


async def patient_of_roy(service) -> str:
    answer = await service.client.post("/api/v1/patients", json={"name": "Paul"}, headers=service.as_("doctor", **ROY))
    return str(answer.json()["patient"])


async def assign(service, patient: str, *, sub: str = "somebody", **body: object):
    path = f"/api/v1/gateways/{service.gateway}/assignments"
    return await service.client.post(path, json={"patient": patient} | body, headers=service.as_("doctor", sub=sub))


async def seen(service, *roles: str, **claims: object) -> list[dict]:
    path = f"/api/v1/gateways/{service.gateway}/assignments"
    answer = await service.client.get(path, headers=service.as_(*roles, **claims))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_doctor_gives_gateways_to_patients_whom_they_care_for(service_without_store) -> None:
    service = service_without_store
    patient = await patient_of_roy(service)
    assert (await assign(service, patient)).status_code == 403
    assert (await assign(service, "p-nobody")).status_code == 404
    assert await seen(service, "doctor") == []
    made = await assign(service, patient, sub="dr-roy")
    assert (made.status_code, made.headers["ETag"], made.json()["version"]) == (201, '"1"', 1)


async def test_of_others_patients_it_is_seen_that_the_gateway_is_taken_and_not_by_whom(service_without_store) -> None:
    service = service_without_store
    now = service.clock()
    mine, other = await service.patient(), await patient_of_roy(service)
    await assign(service, other, sub="dr-roy", from_ms=now + 60_000, until_ms=now + 90_000)
    await assign(service, mine, from_ms=now + 90_000)
    taken, own = await seen(service, "nurse")
    hidden = {"id": None, "patient": None, "version": None}
    assert taken == {"gateway": service.gateway, "from_ms": now + 60_000, "until_ms": now + 90_000} | hidden
    assert (own["patient"], own["version"]) == (mine, 1)
    assert [one["patient"] for one in await seen(service, "doctor", **ROY)] == [other, None]
    assert await seen(service, "patient", sub="a-patient") == [], "whoever cares for nobody learns of nobody's gateway"


async def test_a_doctor_takes_gateways_back_from_their_own_patients_alone_and_of_the_edition_they_saw(
    service_without_store,
) -> None:
    service = service_without_store
    made = (await assign(service, await patient_of_roy(service), sub="dr-roy")).json()
    path = f"/api/v1/gateways/{service.gateway}/assignments/{made['id']}/end"
    first = {"If-Match": '"1"'}
    assert (await service.client.post(path, headers=service.as_("doctor") | first)).status_code == 403
    roy = service.as_("doctor", **ROY)
    assert (await service.client.post(path, headers=roy)).status_code == 428
    assert (await service.client.post(path, headers=roy | {"If-Match": '"2"'})).status_code == 412
    ended = await service.client.post(path, headers=roy | first)
    assert (ended.status_code, ended.headers["ETag"]) == (200, '"2"')


@pytest.mark.parametrize("later", [0, 31_000], ids=["it begins in 30 seconds", "it stands there"])
async def test_devices_are_their_doctors_from_the_moment_the_gateway_is_given(
    service_without_store, later: int
) -> None:
    service = service_without_store
    path = f"/api/v1/gateways/{service.gateway}/devices"

    async def asked(**claims: object) -> list[int]:
        read = await service.client.get(path, headers=service.as_("doctor", **claims))
        body, edition = {"devices": {"d1": ["heart_rate"]}}, {"If-Match": read.headers.get("ETag", '"0"')}
        put = await service.client.put(path, json=body, headers=service.as_("doctor", **claims) | edition)
        return [read.status_code, put.status_code]

    assert await asked() == [200, 200], "whoever cares for patients may prepare a gateway that stands with nobody"
    assert (await service.client.get(path, headers=service.as_("patient"))).status_code == 403
    assert (await assign(service, await patient_of_roy(service), sub="dr-roy")).status_code == 201
    service.clock.aside += later
    assert await asked() == [403, 403]
    assert await asked(**ROY) == [200, 200]


async def test_a_doctor_sees_which_gateways_stand_with_nobody(service_without_store) -> None:
    service = service_without_store
    for gateway in ("g-free", service.gateway):
        await service.client.put(f"/api/v1/gateways/{gateway}", json={"mode": "push"}, headers=service.as_("sre"))
    assert (await assign(service, await service.patient())).status_code == 201

    async def unassigned() -> list[dict]:
        answer = await service.client.get("/api/v1/gateways/unassigned", headers=service.as_("doctor"))
        assert answer.status_code == 200
        return answer.json()

    assert await unassigned() == [{"gateway": "g-free", "online": False, "offline_since": None}]
    (one,) = await seen(service, "doctor")
    end = f"/api/v1/gateways/{service.gateway}/assignments/{one['id']}/end"
    await service.client.post(end, headers=service.as_("doctor") | {"If-Match": '"1"'})
    service.clock.aside += 61_000
    assert [free["gateway"] for free in await unassigned()] == sorted(["g-free", service.gateway])
    nurse = await service.client.get("/api/v1/gateways/unassigned", headers=service.as_("nurse"))
    assert nurse.status_code == 403
