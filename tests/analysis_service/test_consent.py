"""Codes that are redeemed once, and what a patient lets a relative see: granted, changed, revoked, on record."""

from __future__ import annotations

import asyncio
import json

import jwt
import pytest

from analysis_service.database import Database
from tests.analysis_service.conftest import DAY, Service

PATIENT, RELATIVE = "marie", "zoe"
WRONG = "0000-0000-000{}"


@pytest.fixture
def service(service_without_store: Service) -> Service:
    return service_without_store


def patient_s(service: Service, **claims: object) -> dict[str, str]:
    return service.as_("patient", **({"sub": PATIENT, "name": "Marie"} | claims))


def relative_s(service: Service, **claims: object) -> dict[str, str]:
    return service.as_("relative", **({"sub": RELATIVE, "name": "Zoé"} | claims))


async def invited(service: Service, patient: str, role: str = "nurse") -> str:
    answer = await service.client.post(f"/api/v1/patients/{patient}/invitation", headers=service.as_(role))
    assert answer.status_code == 201, answer.text
    return answer.json()["code"]


async def claim(service: Service, code: str, headers: dict[str, str]):
    return await service.client.post("/api/v1/claims", json={"code": code}, headers=headers)


async def own(service: Service) -> str:
    """A patient who has claimed their dossier."""
    patient = await service.patient()
    answer = await claim(service, await invited(service, patient), patient_s(service))
    assert answer.json() == {"what": "dossier", "patient": patient, "signals": []}
    return patient


async def granted(service: Service, patient: str, *signals: str, **more: object) -> dict:
    body = {"relative": "Zoé", "signals": signals} | more
    answer = await service.client.post(f"/api/v1/patients/{patient}/consents", json=body, headers=patient_s(service))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def sees(service: Service, patient: str) -> set[str]:
    """What the relative may see now, as the service knows it at their next request."""
    answer = await service.client.get("/api/v1/me", headers=relative_s(service))
    assert answer.status_code == 200, answer.text
    return next((set(one["signals"]) for one in answer.json()["granted"] if one["patient"] == patient), set())


async def test_a_code_makes_the_dossier_the_patients_own_once_and_no_other_account_s(service) -> None:
    patient = await service.patient()
    code = await invited(service, patient, "doctor")
    assert (await claim(service, code, relative_s(service))).status_code == 403, "a patient's, not used up by this"
    answer = await claim(service, f" {code.lower().replace('-', ' ')}", patient_s(service))
    assert answer.json() == {"what": "dossier", "patient": patient, "signals": []}
    mine = await service.client.get("/api/v1/patients", headers=patient_s(service))
    assert [one["patient"] for one in mine.json()] == [patient]
    assert (await claim(service, code, patient_s(service, sub="other"))).status_code == 410
    again = await service.client.post(f"/api/v1/patients/{patient}/invitation", headers=service.as_("nurse"))
    assert (again.status_code, again.json()["field"]) == (409, "patient")
    other = await invited(service, await service.patient("Another"))
    refused = await claim(service, other, patient_s(service))
    assert (refused.status_code, refused.json()["field"]) == (409, "account"), "one dossier an account"
    assert (await claim(service, other, patient_s(service, sub="other"))).status_code == 200, "and is not used up"


async def test_a_code_lives_for_a_week_and_ends_with_the_next_one(service) -> None:
    patient = await service.patient()
    first = await invited(service, patient)
    second = await invited(service, patient)
    assert (await claim(service, first, patient_s(service))).status_code == 410
    service.clock.aside += 7 * DAY
    assert (await claim(service, second, patient_s(service, exp=2**40))).status_code == 410
    service.clock.aside -= 60_000
    assert (await claim(service, second, patient_s(service, exp=2**40))).status_code == 200


async def test_of_a_code_only_a_digest_is_kept(service, database_url: str) -> None:
    patient = await own(service)
    made = await granted(service, patient, "state")
    await claim(service, made["invitation"]["code"], relative_s(service))
    signs = made["invitation"]["code"].replace("-", "")
    database = Database(database_url)
    async with database.reading() as session:
        connection = await session.connection()
        for table in ("invitations", "consents", "audit_entries", "wrong_codes"):
            rows = (await connection.exec_driver_sql(f"SELECT * FROM {table}")).all()  # noqa: S608 - names of ours
            assert signs not in repr(rows).replace("-", "")
    await database.close()


async def test_wrong_codes_make_who_types_them_wait_and_nobody_else(service) -> None:
    """Many at once are counted one after another; the right one has to wait as well, and is not lost by it."""
    code = await invited(service, await service.patient())
    answers = await asyncio.gather(*(claim(service, WRONG.format(n), patient_s(service)) for n in range(7)))
    assert sorted(answer.status_code for answer in answers) == [404] * 5 + [429] * 2
    slowed = await claim(service, code, patient_s(service))
    assert slowed.status_code == 429
    assert 25 <= int(slowed.headers["Retry-After"]) <= 30
    assert (await claim(service, WRONG.format(1), patient_s(service, sub="other"))).status_code == 404
    service.clock.aside += 30_000
    assert (await claim(service, WRONG.format(2), patient_s(service))).status_code == 404
    twice = await claim(service, code, patient_s(service))
    assert 55 <= int(twice.headers["Retry-After"]) <= 60
    service.clock.aside += 60_000
    assert (await claim(service, code, patient_s(service))).status_code == 200
    assert (await claim(service, "no code at all", patient_s(service))).status_code == 422


async def test_a_relative_sees_what_was_granted_from_the_next_request_on_and_nothing_once_it_is_revoked(
    service,
) -> None:
    patient = await own(service)
    made = await granted(service, patient, "heart_rate", "state")
    path = f"/api/v1/patients/{patient}/consents/{made['consent']['id']}"
    assert await sees(service, patient) == set(), "before the code is redeemed"
    answer = await claim(service, made["invitation"]["code"], relative_s(service))
    assert answer.json() == {"what": "consent", "patient": patient, "signals": ["heart_rate", "state"]}
    assert await sees(service, patient) == {"heart_rate", "state"}
    assert (await claim(service, made["invitation"]["code"], relative_s(service, sub="thief"))).status_code == 410

    tag = (await service.client.get(path, headers=patient_s(service))).headers["ETag"]
    body = {"signals": ["alerts"]}
    assert (await service.client.put(path, json=body, headers=patient_s(service))).status_code == 428
    changed = await service.client.put(path, json=body, headers=patient_s(service) | {"If-Match": tag})
    assert (changed.status_code, changed.json()["signals"]) == (200, ["alerts"])
    assert await sees(service, patient) == {"alerts"}
    stale = await service.client.put(path, json=body, headers=patient_s(service) | {"If-Match": tag})
    assert stale.status_code == 412

    revoked = await service.client.post(f"{path}/revoke", headers=patient_s(service))
    assert (revoked.status_code, revoked.json()["signals"]) == (200, [])
    assert await sees(service, patient) == set()
    again = await service.client.post(f"{path}/revoke", headers=patient_s(service))
    assert again.json() == revoked.json()
    newest = {"If-Match": revoked.headers["ETag"]}
    assert (await service.client.put(path, json=body, headers=patient_s(service) | newest)).status_code == 410

    (known,) = (await service.client.get(f"/api/v1/patients/{patient}/consents", headers=service.as_("nurse"))).json()
    assert [one["signals"] for one in known["history"]] == [["heart_rate", "state"], ["alerts"]]
    first, second = known["history"]
    assert first["from_ms"] == known["granted_ms"]
    assert first["until_ms"] == second["from_ms"]
    assert second["until_ms"] == known["revoked_ms"]


async def test_a_code_of_a_revoked_consent_gives_nothing(service) -> None:
    patient = await own(service)
    made = await granted(service, patient, "state")
    path = f"/api/v1/patients/{patient}/consents/{made['consent']['id']}"
    await service.client.post(f"{path}/revoke", headers=patient_s(service))
    assert (await claim(service, made["invitation"]["code"], relative_s(service))).status_code == 410
    assert await sees(service, patient) == set()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"relative": "Zoé", "signals": ["mood"]}, "signals"),
        ({"relative": "Zoé", "signals": []}, "signals"),
        ({"relative": "", "signals": ["state"]}, "relative"),
        ({"relative": "Zoé", "signals": ["state"], "number": "0612345678"}, "number"),
    ],
)
async def test_what_cannot_be_granted_is_refused_with_its_field(service, body: dict, field: str) -> None:
    patient = await own(service)
    answer = await service.client.post(f"/api/v1/patients/{patient}/consents", json=body, headers=patient_s(service))
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_the_gateways_sheet_says_of_a_named_number_no_more_than_is_granted(service) -> None:
    patient = await service.assigned(days_ago=1)
    await claim(service, await invited(service, patient), patient_s(service))
    contacts = [
        {"number": number, "language": "fr", "order": order, "signals": ["heart_rate", "weight"]}
        for order, number in enumerate(("+33612345678", "+33612345679"), 1)
    ]
    path = f"/api/v1/patients/{patient}/contacts"
    found = await service.client.get(path, headers=service.as_("doctor"))
    answer = await service.client.put(
        path, json={"contacts": contacts}, headers=service.as_("doctor") | {"If-Match": found.headers.get("ETag", "*")}
    )
    assert answer.status_code == 200, answer.text

    async def told() -> list[list[str]]:
        answer = await service.client.get(f"/api/v1/gateways/{service.gateway}/sheet", headers=service.as_gateway)
        sheet = jwt.api_jws.decode_complete(answer.json()["sheet"], options={"verify_signature": False})["payload"]
        return [one["signals"] for one in json.loads(sheet)["contacts"]]

    assert await told() == [["heart_rate", "weight"]] * 2
    made = await granted(service, patient, "heart_rate", "activity", "alerts", number="+33612345678")
    assert await told() == [["heart_rate"], ["heart_rate", "weight"]]
    consent = f"/api/v1/patients/{patient}/consents/{made['consent']['id']}"
    await service.client.post(f"{consent}/revoke", headers=patient_s(service))
    assert await told() == [[], ["heart_rate", "weight"]]


async def test_staff_read_consent_and_grant_none_and_a_relative_does_neither(service) -> None:
    patient = await own(service)
    path = f"/api/v1/patients/{patient}/consents"
    body = {"relative": "Zoé", "signals": ["state"]}
    for role, sub, reads, grants in (
        ("nurse", "somebody", 200, 403),
        ("doctor", "stranger", 403, 403),
        ("relative", RELATIVE, 403, 403),
        ("patient", "other", 403, 403),
        ("analyst", "somebody", 403, 403),
    ):
        headers = service.as_(role, sub=sub)
        assert (await service.client.get(path, headers=headers)).status_code == reads, role
        assert (await service.client.post(path, json=body, headers=headers)).status_code == grants, role
    assert (
        await service.client.post("/api/v1/claims", json={"code": "x"}, headers=service.as_gateway)
    ).status_code == 403


async def test_everybody_is_told_who_they_are_and_to_whom_they_are_what(service) -> None:
    patient = await own(service)
    mine = (await service.client.get("/api/v1/me", headers=patient_s(service))).json()
    assert mine == {
        "subject": PATIENT,
        "name": "Marie",
        "roles": ["patient"],
        "dossier": {"patient": patient, "name": "Marie Lefèvre"},
        "granted": [],
        "glass": [],
    }
    made = await granted(service, patient, "state")
    await claim(service, made["invitation"]["code"], relative_s(service))
    theirs = (await service.client.get("/api/v1/me", headers=relative_s(service))).json()
    assert theirs["granted"] == [{"patient": patient, "name": "Marie Lefèvre", "signals": ["state"]}]
    assert theirs["dossier"] is None
    without = (await service.client.get("/api/v1/me", headers=service.as_("nurse", sub=RELATIVE))).json()
    assert (without["granted"], without["roles"]) == ([], ["nurse"]), "what belongs to a role that they have not"
    stranger = service.as_("doctor", sub="stranger")
    broken = await service.client.post(
        f"/api/v1/patients/{patient}/break-glass", json={"reason": "found unconscious"}, headers=stranger
    )
    assert broken.status_code == 201, broken.text
    (glass,) = (await service.client.get("/api/v1/me", headers=stranger)).json()["glass"]
    assert (glass["patient"], glass["reason"]) == (patient, "found unconscious")
    service.clock.aside += 3_600_000
    assert (await service.client.get("/api/v1/me", headers=service.as_("doctor", sub="stranger", exp=2**40))).json()[
        "glass"
    ] == []
