"""Claim codes: good once and for a quarter of an hour, kept as digests, and what a gateway gets for one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from analysis_service import app as application
from analysis_service import settings
from analysis_service.app import create_app
from analysis_service.database import Database
from analysis_service.fleet.tables import ClaimCodeRow
from chevet import codes
from tests.analysis_service.enrolling import TOKENS, Provider

MINUTE = 60_000


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    made = Provider()
    monkeypatch.setattr(application, "enroller_of", lambda _: made)
    return made


@pytest.fixture
async def fleet(provider: Provider, service_without_store) -> object:
    """The service with that provider, and a registered gateway."""
    service = service_without_store
    await register(service)
    return service


async def register(service) -> None:
    path = f"/api/v1/gateways/{service.gateway}"
    answer = await service.client.put(path, json={"mode": "push"}, headers=service.as_("sre"))
    assert answer.status_code == 200, answer.text


async def handed_out(service, *, status: int = 201, gateway: str = "") -> dict:
    path = f"/api/v1/gateways/{gateway or service.gateway}/claim-codes"
    answer = await service.client.post(path, headers=service.as_("sre", sub="s1"))
    assert answer.status_code == status, answer.text
    return answer.json()


async def enrol(service, code: str, status: int) -> dict:
    answer = await service.client.post("/api/v1/enrolments", json={"code": code})
    assert answer.status_code == status, answer.text
    return answer.json()


async def listed(service) -> list[dict]:
    path = f"/api/v1/gateways/{service.gateway}/claim-codes"
    answer = await service.client.get(path, headers=service.as_("sre"))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_code_is_the_credentials_of_its_gateway_once(fleet, provider: Provider) -> None:
    code = (await handed_out(fleet))["code"]
    assert await enrol(fleet, code.lower().replace("-", " "), 201) == {
        "client_id": f"gateway-{fleet.gateway}",
        "client_secret": "s1",
        "token_url": TOKENS,
    }
    assert "this one is used" in (await enrol(fleet, code, 410))["detail"]
    assert provider.asked == [f"enrol {fleet.gateway}"]


async def test_of_many_who_type_it_at_once_one_gets_something(fleet, provider: Provider) -> None:
    code = (await handed_out(fleet))["code"]
    answers = await asyncio.gather(*(fleet.client.post("/api/v1/enrolments", json={"code": code}) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 410, 410, 410, 410]
    assert len(provider.asked) == 1


@pytest.mark.parametrize(("after", "status"), [(15 * MINUTE - 1000, 201), (15 * MINUTE, 410)])
async def test_a_code_is_good_for_a_quarter_of_an_hour(fleet, after: int, status: int) -> None:
    code = (await handed_out(fleet))["code"]
    fleet.clock.aside += after
    await enrol(fleet, code, status)


async def test_a_newer_code_ends_the_older_ones_of_its_gateway_and_no_others(fleet) -> None:
    older, own = (await handed_out(fleet))["code"], fleet.gateway
    fleet.gateway = f"{own}-beside"
    await register(fleet)
    beside = (await handed_out(fleet))["code"]
    newer = (await handed_out(fleet, gateway=own))["code"]
    assert "ask for a new one" in (await enrol(fleet, older, 410))["detail"]
    for code in (newer, beside):
        await enrol(fleet, code, 201)


async def test_the_list_says_what_became_of_each_and_shows_no_code(fleet) -> None:
    first, second = [(await handed_out(fleet))["code"] for _ in range(2)]
    fleet.clock.aside += MINUTE
    await enrol(fleet, second, 201)
    newest, oldest = sorted(await listed(fleet), key=lambda row: row["used_ms"] is None)
    assert (newest["made_by"], newest["ended_ms"]) == ("s1", None)
    assert (oldest["used_ms"], oldest["ended_ms"] is None) == (None, False)
    assert newest["expires_ms"] - newest["made_ms"] == 15 * MINUTE
    assert not {first, second} & {str(value) for row in (newest, oldest) for value in row.values()}


async def test_of_a_code_the_digest_alone_is_kept(fleet, database_url: str) -> None:
    code = (await handed_out(fleet))["code"]
    database = Database(database_url)
    async with database.reading() as session:
        (row,) = (await session.scalars(select(ClaimCodeRow))).all()
    await database.close()
    assert row.digest == codes.digest(codes.read(code))
    assert codes.read(code) not in repr(vars(row))


async def test_while_the_provider_is_away_the_code_stays_good(fleet, provider: Provider) -> None:
    code = (await handed_out(fleet))["code"]
    provider.is_there = False
    refusal = await enrol(fleet, code, 503)
    assert refusal["detail"] == "keycloak: expected it to know the gateway, it does not answer as it should"
    provider.is_there = True
    await enrol(fleet, code, 201)


async def test_a_revoked_gateway_says_so_until_it_is_enrolled_anew(fleet, provider: Provider) -> None:
    path = f"/api/v1/gateways/{fleet.gateway}"
    unused = (await handed_out(fleet))["code"]
    for _ in range(2):
        revoked = (await fleet.client.post(f"{path}/revocation", headers=fleet.as_("sre"))).json()
        assert revoked["revoked_ms"] <= fleet.clock()
    await enrol(fleet, unused, 410)
    assert (await fleet.client.get(path, headers=fleet.as_("sre"))).json()["revoked_ms"] == revoked["revoked_ms"]
    await enrol(fleet, (await handed_out(fleet))["code"], 201)
    assert (await fleet.client.get(path, headers=fleet.as_("sre"))).json()["revoked_ms"] is None
    assert provider.asked == [*[f"revoke {fleet.gateway}"] * 2, f"enrol {fleet.gateway}"]


async def test_a_revocation_that_the_provider_did_not_hear_of_is_none(fleet, provider: Provider) -> None:
    path = f"/api/v1/gateways/{fleet.gateway}"
    provider.is_there = False
    assert (await fleet.client.post(f"{path}/revocation", headers=fleet.as_("sre"))).status_code == 503
    assert (await fleet.client.get(path, headers=fleet.as_("sre"))).json()["revoked_ms"] is None


class TestOnOneDatabase:
    """What no database has a part in."""

    @pytest.fixture
    def database_url(self, on_sqlite: str) -> str:
        return on_sqlite

    async def test_wrong_codes_are_slowed_by_address_and_a_right_one_with_them(self, fleet) -> None:
        code = (await handed_out(fleet))["code"]
        for _ in range(codes.FREE):
            assert "found none such" in (await enrol(fleet, "0000-0000-0000", 404))["detail"]
        slowed = await fleet.client.post("/api/v1/enrolments", json={"code": code})
        assert (slowed.status_code, slowed.headers["Retry-After"]) == (429, "30")
        fleet.clock.aside += 30_000
        await enrol(fleet, code, 201)

    async def test_a_code_of_another_form_is_refused_and_counts_for_nothing(self, fleet) -> None:
        for _ in range(codes.FREE + 1):
            refusal = await enrol(fleet, "0000", 422)
        assert refusal["detail"].startswith("code: expected twelve letters and digits such as 7K3M-9QXR-2HTW")

    async def test_nobody_keeps_the_answers_with_secrets_on_the_way(self, fleet) -> None:
        path = f"/api/v1/gateways/{fleet.gateway}/claim-codes"
        code = await fleet.client.post(path, headers=fleet.as_("sre"))
        credentials = await fleet.client.post("/api/v1/enrolments", json={"code": code.json()["code"]})
        assert {answer.headers["Cache-Control"] for answer in (code, credentials)} == {"no-store"}

    async def test_there_are_no_codes_for_a_gateway_that_nobody_registered(self, fleet) -> None:
        await handed_out(fleet, gateway="unheard-of", status=404)
        for path, method in (("claim-codes", "GET"), ("revocation", "POST")):
            answer = await fleet.client.request(method, f"/api/v1/gateways/unheard-of/{path}", headers=fleet.as_("sre"))
            assert answer.status_code == 404

    @pytest.mark.parametrize("role", ["doctor", "nurse", "gateway"])
    async def test_only_who_manages_the_fleet_hands_out_codes_and_revokes(self, fleet, role: str) -> None:
        headers = fleet.as_(role, **({"gateway": fleet.gateway} if role == "gateway" else {}))
        for path, method in (("claim-codes", "POST"), ("claim-codes", "GET"), ("revocation", "POST")):
            answer = await fleet.client.request(method, f"/api/v1/gateways/{fleet.gateway}/{path}", headers=headers)
            assert answer.status_code == 403

    async def test_without_a_provider_a_sentence_says_what_is_missing(self, service_without_store) -> None:
        await register(service_without_store)
        wanted = "CHEVET_KEYCLOAK_URL: expected the identity provider that enrols gateways, none is set"
        assert (await handed_out(service_without_store, status=503))["detail"] == wanted
        assert (await enrol(service_without_store, "7K3M-9QXR-2HTW", 503))["detail"] == wanted

    @pytest.mark.parametrize(
        ("given", "missing"),
        [({"keycloak_url": "http://k"}, "KEYCLOAK_SECRET_FILE"), ({"keycloak_secret_file": __file__}, "KEYCLOAK_URL")],
    )
    async def test_half_of_a_provider_is_refused_at_the_start(
        self, configured: dict, given: dict, missing: str
    ) -> None:
        with pytest.raises(settings.BadSettings, match=f"^CHEVET_{missing}: expected a value beside the others of K"):
            create_app(settings.load(**configured, **given))

    async def test_a_provider_that_nobody_reaches_is_a_503_and_not_a_failure(self, serving, tmp_path: Path) -> None:
        secret = tmp_path / "provisioner.secret"
        secret.write_text("unheard of\n")
        async with serving("http://127.0.0.1:9", keycloak_url="http://127.0.0.1:9", keycloak_secret_file=secret) as one:
            await register(one)
            await enrol(one, (await handed_out(one))["code"], 503)
