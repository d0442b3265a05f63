"""Tokens that somebody made to get in: by their header, their size, their claims. Each is refused with a sentence."""

from __future__ import annotations

import base64
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.analysis_service.test_access import refused

ATTACKERS = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLISHED = jwt.algorithms.RSAAlgorithm.to_jwk(ATTACKERS.public_key(), as_dict=True)


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    """What is refused here is refused before any table is looked at."""
    return on_sqlite


def claims(service, **given: object) -> dict[str, object]:
    """What a good token says, but for what is given."""
    good = jwt.decode(service.issuer.token("doctor"), options={"verify_signature": False})
    return {name: value for name, value in (good | given).items() if value is not None}


def encoded(*parts: object) -> str:
    whole = (part if isinstance(part, bytes) else json.dumps(part).encode() for part in parts)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in whole)


@pytest.mark.parametrize(
    "kid",
    [
        "unknown",
        "",
        "../../../../dev/null",
        "/etc/passwd",
        "file:///dev/null",
        "https://evil.example/jwks.json",
        "k1' OR '1'='1",
        "k1\x00",
        "k1\n",
        "K1",
        " k1",
        "é" * 1000,
    ],
)
async def test_a_key_id_only_names_a_key_that_the_issuer_published(service_without_store, kid: str) -> None:
    """It is never a path, an address or a part of a query: such a token is signed with an attacker's key."""
    service = service_without_store
    token = jwt.encode(claims(service), ATTACKERS, "RS256", {"kid": kid})
    assert (await refused(service, token)).endswith("expected a token signed with a key of the issuer, got another key")


@pytest.mark.parametrize(
    "header",
    [
        {"jwk": PUBLISHED},
        {"jku": "https://evil.example/jwks.json"},
        {"x5u": "https://evil.example/certificate.pem"},
        {"x5c": ["MIIB"]},
        {"crit": ["exp"], "exp": 1},
        {"b64": False, "crit": ["b64"]},
        {"zip": "DEF"},
    ],
    ids=lambda header: "-".join(header),
)
async def test_a_key_that_the_token_brings_along_is_none(service_without_store, header: dict[str, object]) -> None:
    service = service_without_store
    whole = {"alg": "RS256", "kid": "k1"} | header
    signed = encoded(whole, claims(service))
    signature = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256).sign(signed.encode(), ATTACKERS)
    await refused(service, f"{signed}.{encoded(signature)}")


@pytest.mark.parametrize("kid", [7, None, ["k1"], {"k": 1}, True])
async def test_a_key_id_that_is_no_text_is_refused(service_without_store, kid: object) -> None:
    service = service_without_store
    await refused(service, f"{encoded({'alg': 'RS256', 'kid': kid}, claims(service))}.{encoded(b'x' * 256)}")


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "nOnE", "", "HS256", "HS512", "RS512", "PS256", "rs256", "ES256"]
)
async def test_no_other_algorithm_is_taken_however_it_is_written(service_without_store, algorithm: str) -> None:
    service = service_without_store
    token = f"{encoded({'alg': algorithm, 'kid': 'k1'}, claims(service))}."
    expected = f"Authorization: expected a token signed with RS256, got {algorithm!r}"
    assert await refused(service, token) == expected


async def test_a_good_signature_of_another_algorithm_is_refused(service_without_store) -> None:
    service = service_without_store
    good = service.issuer.keys["k1"]
    for algorithm in ("RS512", "PS256"):
        token = jwt.encode(claims(service), good, algorithm, {"kid": "k1"})
        assert "expected a token signed with RS256" in await refused(service, token)
    token = jwt.encode(claims(service), ec.generate_private_key(ec.SECP256R1()), "ES256", {"kid": "k1"})
    assert "expected a token signed with RS256" in await refused(service, token)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"aud": ["account", "another"]}, "for the audience chevet"),
        ({"aud": []}, "valid token"),
        ({"aud": "chevet "}, "for the audience chevet"),
        ({"aud": "Chevet"}, "for the audience chevet"),
        ({"aud": {"chevet": 1}}, "for the audience chevet"),
        ({"aud": ["account", 7]}, "for the audience chevet"),
        ({"aud": "chevet-service"}, "for the audience chevet"),
        ({"iss": "https://issuer.example/realms/chevet/"}, "of the issuer"),
        ({"iss": "https://issuer.example/realms/chevet.evil.example"}, "of the issuer"),
        ({"iss": None}, "valid token"),
        ({"exp": "soon"}, "exp and nbf to be numbers"),
        ({"exp": -1}, "that has not expired"),
        ({"nbf": "now"}, "exp and nbf to be numbers"),
        ({"sub": ""}, "sub to be 1 to"),
        ({"sub": "a\x00b"}, "sub to be 1 to"),
        ({"sub": "a\nb"}, "sub to be 1 to"),
        ({"sub": "\ud800"}, "sub to be 1 to"),
        ({"sub": "s" * 1000}, "sub to be 1 to"),
        ({"sub": 7}, "token"),
    ],
)
async def test_a_claim_that_is_nearly_right_is_wrong(service_without_store, given: dict, sentence: str) -> None:
    service = service_without_store
    assert sentence in await refused(service, service.issuer.token("doctor", **given))


async def test_the_audience_is_the_same_as_text_and_as_the_one_of_a_list(service_without_store) -> None:
    service = service_without_store
    for audience in ("chevet", ["chevet"], ["account", "chevet"]):
        headers = service.as_("doctor", aud=audience)
        assert (await service.client.get("/api/v1/patients", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "access",
    [
        {},
        {"roles": []},
        {"roles": "doctor"},
        {"roles": None},
        {"roles": {"doctor": True}},
        {"roles": [["doctor"]]},
        "doctor",
        7,
    ],
)
async def test_a_role_that_is_not_said_as_the_issuer_says_it_is_none(service_without_store, access: object) -> None:
    service = service_without_store
    answer = await service.client.get("/api/v1/patients", headers=service.as_(realm_access=access))
    assert answer.status_code == 403, answer.text


async def test_a_person_without_a_role_is_told_so(service_without_store) -> None:
    answer = await service_without_store.client.get("/api/v1/me", headers=service_without_store.as_())
    assert (answer.status_code, answer.json()["detail"]) == (
        403,
        "Authorization: expected a person with a role here, got a program or a person who has none yet",
    )


async def test_roles_elsewhere_in_the_token_are_none(service_without_store) -> None:
    service = service_without_store
    headers = service.as_(roles=["doctor"], resource_access={"chevet": {"roles": ["doctor"]}}, groups=["doctor"])
    assert (await service.client.get("/api/v1/patients", headers=headers)).status_code == 403


async def test_a_role_that_was_taken_away_is_not_in_the_next_token_and_so_not_held(service_without_store) -> None:
    """The same person, by two tokens of which the first had been looked at before."""
    service = service_without_store
    before, after = service.as_("doctor", sub="d1"), service.as_("analyst", sub="d1")
    for headers, status in ((before, 200), (after, 403)):
        assert (await service.client.get("/api/v1/patients", headers=headers)).status_code == status
    service.clock.aside += 306_000
    assert (await service.client.get("/api/v1/patients", headers=before)).status_code == 401


@pytest.mark.parametrize("name", ["", "a\x00b", "\ud800", "n" * 1000, 7, ["Dr X"], None])
async def test_a_name_that_cannot_be_kept_is_not_the_name(service_without_store, name: object) -> None:
    service = service_without_store
    headers = service.as_("doctor", sub="d1", name=name)
    access = service.client._transport.app.state.access
    assert (await access.caller(headers["Authorization"].removeprefix("Bearer "))).name == "d1"


async def test_a_large_token_is_read_and_a_huge_one_is_refused_in_no_time(service_without_store) -> None:
    service = service_without_store
    large = service.as_("doctor", groups=["g" * 100] * 100)
    assert (await service.client.get("/api/v1/patients", headers=large)).status_code == 200
    begun = time.monotonic()
    for token in ("a" * 1_000_000, "a." * 100_000, "." * 100_000, f"{encoded({'alg': 'RS256'})}.{'A' * 1_000_000}.x"):
        await refused(service, token)
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("change", [0, 10, 40, -1, -40])
async def test_a_single_letter_changed_anywhere_breaks_it(service_without_store, change: int) -> None:
    service = service_without_store
    token = list(service.issuer.token("doctor"))
    where = change if change >= 0 else len(token) + change - 1  # the last letter has bits that say nothing
    token[where] = "A" if token[where] != "A" else "B"
    await refused(service, "".join(token))


@pytest.mark.parametrize("scheme", ["Basic", "Token", "Bearer,", "", "Negotiate"])
async def test_another_scheme_is_no_token(service_without_store, scheme: str) -> None:
    service = service_without_store
    headers = {"Authorization": f"{scheme} {service.issuer.token('doctor')}"}
    answer = await service.client.get("/api/v1/patients", headers=headers)
    assert answer.status_code == 401


async def test_a_token_in_the_address_or_in_a_cookie_is_none(service_without_store) -> None:
    """Addresses are logged, and cookies are sent by pages of others."""
    service = service_without_store
    token = service.issuer.token("doctor")
    for given in ({"params": {"access_token": token}}, {"headers": {"Cookie": f"chevet={token}; token={token}"}}):
        assert (await service.client.get("/api/v1/patients", **given)).status_code == 401
