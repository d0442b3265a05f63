"""Who read mine: a patient sees who looked at them, as what, when and why, and nobody else sees that."""

from __future__ import annotations

from sqlalchemy import text

from analysis_service.database import Database
from tests.analysis_service.conftest import Service
from tests.analysis_service.test_consent import claim, granted, own, patient_s, relative_s


async def looks(service: Service, patient: str, **given: object) -> dict:
    answer = await service.client.get(f"/api/v1/patients/{patient}/audit", params=given, headers=patient_s(service))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_patient_sees_who_looked_as_what_and_at_what_and_who_was_refused(service_without_store) -> None:
    service = service_without_store
    patient = await own(service)
    made = await granted(service, patient, "state")
    await claim(service, made["invitation"]["code"], relative_s(service))
    path = f"/api/v1/patients/{patient}"
    for headers in (
        service.as_("nurse", name="Zoé Martin"),
        service.as_("doctor", sub="é,stranger", name="Dr X"),
        patient_s(service),
    ):
        await service.client.get(f"{path}/contacts", headers=headers)
    await service.client.get("/api/v1/me", headers=relative_s(service))
    await service.client.get(f"{path}/vitals/heart_rate/nothing", headers=service.as_("nurse"))
    found = (await looks(service, patient))["looks"]
    told = [(one["name"], one["roles"], one["what"]["en"], one["seen"], one["reason"]) for one in found]
    assert told == [
        ("Dr X", ["doctor"], "looked at your dossier", False, None),
        ("Zoé Martin", ["nurse"], "looked at your dossier", True, None),
        ("Zoé Martin", ["nurse"], "made a code for your dossier", True, None),
        ("Zoé Martin", ["doctor"], "created your dossier", True, None),
    ]
    assert [one["at_ms"] for one in found] == sorted((one["at_ms"] for one in found), reverse=True)
    assert found[0]["what"]["fr"] == "a regardé votre dossier"
    for headers in (service.as_("nurse"), service.as_("doctor"), relative_s(service), patient_s(service, sub="other")):
        assert (await service.client.get(f"{path}/audit", headers=headers)).status_code == 403


async def test_looks_are_shown_page_by_page_each_once(service_without_store) -> None:
    service = service_without_store
    patient = await own(service)
    for _ in range(5):
        await service.client.get(f"/api/v1/patients/{patient}/contacts", headers=service.as_("nurse"))
    whole = (await looks(service, patient))["looks"]
    assert len(whole) == 7
    paged: list[dict] = []
    before: dict[str, int] = {}
    while True:
        page = await looks(service, patient, limit=3, **before)
        paged += page["looks"]
        if page["before"] is None:
            break
        before = {"before": page["before"]}
    assert paged == whole


async def test_a_look_costs_a_name_only_where_it_is_new(service_without_store, database_url: str) -> None:
    service = service_without_store
    patient = await own(service)
    database = Database(database_url)

    async def seen() -> list[tuple[str, int]]:
        async with database.reading() as session:
            rows = await session.execute(text("SELECT name, seen_ms FROM people WHERE subject = 'n1'"))
            return [(row.name, row.seen_ms) for row in rows]

    async def look(name: str) -> list[tuple[str, int]]:
        headers = service.as_("nurse", sub="n1", name=name)
        await service.client.get(f"/api/v1/patients/{patient}/contacts", headers=headers)
        return await seen()

    first = await look("Zoé Martin")
    assert await look("Zoé Martin") == first
    (renamed,) = await look("Zoé Lefèvre")
    assert renamed[0] == "Zoé Lefèvre"
    assert renamed[1] >= first[0][1]
    assert {one["name"] for one in (await looks(service, patient))["looks"] if not one["seen"]} == {"Zoé Lefèvre"}
    await database.close()


async def test_who_came_in_an_emergency_gave_a_reason_and_the_patient_reads_it(service_without_store) -> None:
    service = service_without_store
    patient = await own(service)
    stranger = service.as_("doctor", sub="stranger", name="Dr Roy")
    path = f"/api/v1/patients/{patient}"
    broken = await service.client.post(f"{path}/break-glass", json={"reason": "found unconscious"}, headers=stranger)
    assert broken.status_code == 201, broken.text
    assert (await service.client.get(f"{path}/contacts", headers=stranger)).status_code == 200
    found = (await looks(service, patient))["looks"][:2]
    assert [(one["name"], one["what"]["en"], one["reason"]) for one in found] == [
        ("Dr Roy", "looked at your dossier", "found unconscious"),
        ("Dr Roy", "opened your dossier in an emergency", "found unconscious"),
    ]
