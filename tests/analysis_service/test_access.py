"""Who gets in: RS256, our issuer, our audience, in time, with the right; nothing else."""

from __future__ import annotations

import asyncio
import base64
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PUBLIC = {
    "/healthz",
    "/readyz",
    "/openapi.json",
    "/sign-in",
    "/sign-in/callback",
    "/sign-in/back-channel",
    "/api/v1/enrolments",
}


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    """What is refused here is refused before any table is looked at."""
    return on_sqlite


async def refused(service, token: str) -> str:
    """The sentence of the 401."""
    answer = await service.client.get("/api/v1/patients", headers=service.bearer(token))
    assert answer.status_code == 401, answer.text
    assert answer.headers["X-Chevet"] == "1"
    assert answer.json()["type"] == "urn:chevet:problem:unauthorized"
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    return answer.json()["detail"]


async def test_a_valid_token_gets_in(service_without_store) -> None:
    service = service_without_store
    assert (await service.client.get("/api/v1/patients", headers=service.as_("doctor"))).status_code == 200


async def test_the_audience_may_stand_in_a_list(service_without_store) -> None:
    service = service_without_store
    headers = service.as_("doctor", aud=["account", "chevet"])
    assert (await service.client.get("/api/v1/patients", headers=headers)).status_code == 200


async def test_a_request_without_a_token_is_refused(service_without_store) -> None:
    answer = await service_without_store.client.get("/api/v1/patients")
    assert answer.status_code == 401
    assert answer.json()["detail"] == "Authorization: expected «Bearer» and a token, got none"


@pytest.mark.parametrize(
    ("claims", "sentence"),
    [
        ({"exp": int(time.time()) - 60}, "expected a token that has not expired, got an expired one"),
        ({"exp": None}, "expected a valid token"),
        ({"nbf": int(time.time()) + 3600}, "expected a token that is valid already"),
        ({"iss": "https://evil.example"}, "expected a token of the issuer https://issuer.example/realms/chevet"),
        ({"aud": "account"}, "expected a token for the audience chevet"),
        ({"aud": None}, "expected a valid token"),
        ({"sub": None}, "expected a valid token"),
    ],
    ids=["expired", "without exp", "not yet", "another issuer", "another audience", "without audience", "nobody's"],
)
async def test_a_token_with_a_wrong_claim_is_refused_by_name(
    service_without_store, claims: dict[str, object], sentence: str
) -> None:
    token = service_without_store.issuer.token("doctor", **claims)
    assert (await refused(service_without_store, token)).startswith(f"Authorization: {sentence}")


async def test_a_token_of_a_foreign_key_is_refused_also_under_a_known_key_id(service_without_store) -> None:
    foreign = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    issuer = service_without_store.issuer
    assert "Signature verification failed" in await refused(service_without_store, issuer.token("doctor", key=foreign))


async def test_an_unsigned_token_is_refused(service_without_store) -> None:
    token = jwt.encode({"sub": "x", "realm_access": {"roles": ["doctor"]}}, None, "none", headers={"kid": "k1"})
    assert (
        await refused(service_without_store, token) == "Authorization: expected a token signed with RS256, got 'none'"
    )


async def test_the_public_key_used_as_a_secret_is_refused(service_without_store) -> None:
    issuer = service_without_store.issuer
    public = issuer.keys["k1"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    body = jwt.decode(issuer.token("doctor"), options={"verify_signature": False})
    token = hs256(body, public)
    assert (
        await refused(service_without_store, token) == "Authorization: expected a token signed with RS256, got 'HS256'"
    )


def hs256(body: dict[str, object], secret: bytes) -> str:
    """PyJWT refuses to make such a token; an attacker does not."""
    import hashlib
    import hmac
    import json

    def part(content: bytes) -> bytes:
        return base64.urlsafe_b64encode(content).rstrip(b"=")

    head = part(json.dumps({"alg": "HS256", "kid": "k1"}).encode()) + b"." + part(json.dumps(body).encode())
    return (head + b"." + part(hmac.digest(secret, head, hashlib.sha256))).decode()


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é"])
async def test_what_is_no_token_is_refused(service_without_store, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}".encode()}
    answer = await service_without_store.client.get("/api/v1/patients", headers=headers)
    assert answer.status_code == 401


@pytest.mark.parametrize("header", ["[" * 9_000, '{"alg":' * 3_000], ids=["lists", "objects"])
async def test_a_token_nested_very_deeply_is_refused(service_without_store, header: str) -> None:
    head = base64.urlsafe_b64encode(header.encode()).rstrip(b"=").decode()
    assert "Authorization" in await refused(service_without_store, f"{head}.e30.e30")


@pytest.mark.parametrize("claim", ["exp", "nbf"])
async def test_a_time_beyond_all_numbers_is_refused(service_without_store, claim: str) -> None:
    token = service_without_store.issuer.token("doctor", **{claim: 10**400})
    assert "Authorization" in await refused(service_without_store, token)


@pytest.mark.parametrize(("role", "status"), [("doctor", 201), ("nurse", 403), ("sre", 403), ("relative", 403)])
async def test_a_right_belongs_to_roles(service_without_store, role: str, status: int) -> None:
    service = service_without_store
    answer = await service.client.post("/api/v1/patients", json={"name": "x"}, headers=service.as_(role))
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["detail"].startswith("Authorization: expected the right to create dossiers")


async def test_a_gateway_without_the_claim_that_names_it_is_refused(service_without_store) -> None:
    token = service_without_store.issuer.token("gateway")
    assert "expected the claim gateway" in await refused(service_without_store, token)


async def test_a_new_key_is_fetched_once_it_is_used(service_without_store) -> None:
    service = service_without_store
    assert (await service.client.get("/api/v1/patients", headers=service.as_("doctor"))).status_code == 200
    service.issuer.new_key("k2")
    service.clock.aside += 6_000
    assert (await service.client.get("/api/v1/patients", headers=service.as_("doctor", kid="k2"))).status_code == 200


async def test_unknown_key_ids_do_not_make_the_service_ask_each_time(service_without_store) -> None:
    service = service_without_store
    issuer = service.issuer
    issuer.new_key("k3", published=False)
    await refused(service, issuer.token("doctor", kid="k3"))
    issuer.publish("k1", "k3")
    await refused(service, issuer.token("doctor", kid="k3"))  # asked less than five seconds ago
    service.clock.aside += 6_000
    assert (await service.client.get("/api/v1/patients", headers=service.as_("doctor", kid="k3"))).status_code == 200


async def test_tokens_go_on_working_while_the_issuer_is_away(service_without_store) -> None:
    service = service_without_store
    assert (await service.client.get("/api/v1/patients", headers=service.as_("doctor"))).status_code == 200
    service.issuer.jwks.unlink()
    for _ in range(3):
        service.clock.aside += 6 * 60_000
        headers = service.as_("doctor", exp=int(time.time()) + 86_400)
        assert (await service.client.get("/api/v1/patients", headers=headers)).status_code == 200


async def test_every_route_but_the_public_ones_refuses_a_stranger(service_without_store) -> None:
    """The list of public routes is whole: each other one, as OpenAPI lists it, answers 401 before anything else."""
    client = service_without_store.client
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert set(paths) >= PUBLIC - {"/openapi.json"}
    for path, methods in paths.items():
        for method in methods:
            answer = await client.request(method.upper(), path.replace("{", "").replace("}", ""))
            assert (answer.status_code == 401) is (path not in PUBLIC), f"{method} {path}: {answer.status_code}"


async def test_before_any_key_could_be_had_the_token_is_not_blamed(service_without_store) -> None:
    service = service_without_store
    token = service.issuer.token("doctor")
    service.issuer.jwks.unlink()
    answer = await service.client.get("/api/v1/patients", headers=service.bearer(token))
    assert (answer.status_code, answer.json()["field"]) == (503, "issuer")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"keys": []}', '{"keys": [1]}', '{"keys": [{"kty": "RSA"}]}'])
async def test_keys_that_cannot_be_read_do_not_replace_those_that_can(service_without_store, text: str) -> None:
    service = service_without_store
    assert (await service.client.get("/api/v1/patients", headers=service.as_("doctor"))).status_code == 200
    service.issuer.jwks.write_text(text)
    service.issuer.new_key("k4", published=False)
    service.clock.aside += 6_000
    await refused(service, service.issuer.token("doctor", kid="k4"))
    assert (await service.client.get("/api/v1/patients", headers=service.as_("doctor"))).status_code == 200


async def test_a_token_that_was_good_once_is_refused_once_it_has_expired(service_without_store) -> None:
    service = service_without_store
    token = service.issuer.token("doctor", exp=int(time.time()) + 60)
    assert (await service.client.get("/api/v1/patients", headers=service.bearer(token))).status_code == 200
    service.clock.aside += 66_000
    assert "got an expired one" in await refused(service, token)


async def test_a_token_that_was_good_once_is_refused_once_its_key_is_withdrawn(service_without_store) -> None:
    service = service_without_store
    service.issuer.new_key("k2")
    token = service.issuer.token("doctor", kid="k2", exp=int(time.time()) + 86_400)
    assert (await service.client.get("/api/v1/patients", headers=service.bearer(token))).status_code == 200
    service.issuer.publish("k1")
    service.clock.aside += 6 * 60_000
    async with asyncio.timeout(20):  # the keys are fetched beside the requests that the old ones still let in
        while (await service.client.get("/api/v1/patients", headers=service.bearer(token))).status_code == 200:
            await asyncio.sleep(0)
    assert "got another key" in await refused(service, token)


async def test_a_signature_is_looked_at_once_and_again_when_the_keys_are_fetched_anew(
    service_without_store, monkeypatch
) -> None:
    service, looked = service_without_store, []
    decode = jwt.decode
    monkeypatch.setattr(jwt, "decode", lambda *given, **more: looked.append(1) or decode(*given, **more))
    headers = service.as_("doctor", exp=int(time.time()) + 86_400)
    for _ in range(3):
        assert (await service.client.get("/api/v1/patients", headers=headers)).status_code == 200
    assert len(looked) == 1
    service.clock.aside += 6 * 60_000
    async with asyncio.timeout(20):
        while len(looked) == 1:
            assert (await service.client.get("/api/v1/patients", headers=headers)).status_code == 200


async def test_of_very_many_tokens_the_ones_used_last_are_held(service_without_store, monkeypatch) -> None:
    service = service_without_store
    monkeypatch.setattr("analysis_service.access.tokens.MOST_HELD", 3)
    for number in range(5):
        headers = service.as_("doctor", sub=f"doctor-{number}")
        assert (await service.client.get("/api/v1/patients", headers=headers)).status_code == 200
    access = service.client._transport.app.state.access
    assert [held.caller.subject for held in access._held.values()] == ["doctor-2", "doctor-3", "doctor-4"]
