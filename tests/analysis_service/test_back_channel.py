"""What the identity provider tells when a session ends there: believed where it is the provider's own word."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator

import jwt
import pytest

from provisioning import secrets
from tests.analysis_service.signed import Browser, Running, provider

BACK_CHANNEL = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    return on_sqlite


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    people = tmp_path_factory.mktemp("people")
    secrets.make(people, ())
    with provider(people) as made:
        yield made


@pytest.fixture
async def service(serving, running: Running) -> AsyncIterator[object]:
    async with serving("http://127.0.0.1:9", **running.settings) as made:
        yield made


@pytest.fixture
async def browser(service) -> Browser:
    made = Browser(service)
    await made.sign_in("nurse")
    return made


def logout_token(running: Running, **given: object) -> str:
    key = secrets.issuer_key(running.kept)
    claims = {
        "iss": running.provider.issuer,
        "aud": "chevet-service",
        "iat": int(time.time()),
        "exp": int(time.time()) + 60,
        "jti": "1",
        "sub": "nurse",
        "events": {BACK_CHANNEL: {}},
    } | given
    kid = secrets.issuer_jwk(running.kept)["kid"]
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, key, "RS256", {"kid": kid})


async def test_what_the_provider_tells_of_an_end_ends_it_at_once(service, browser: Browser, running: Running) -> None:
    form = {"logout_token": logout_token(running)}
    assert (await service.client.post("/sign-in/back-channel", data=form)).status_code == 200
    answer = await browser.session()
    assert answer.status_code == 401
    assert "is over: ended at the identity provider" in answer.json()["detail"]


@pytest.mark.parametrize(
    "given",
    [
        {"aud": "chevet"},
        {"iss": "https://evil.example"},
        {"events": {}},
        {"events": None},
        {"events": 7},
        {"nonce": "n"},
        {"exp": 1},
        {"iat": None},
        {"sub": None},
        {"sub": ["nurse"]},
    ],
    ids=lambda given: "-".join(given),
)
async def test_what_is_no_such_word_of_the_provider_ends_nothing(
    service, browser: Browser, running: Running, given: dict[str, object]
) -> None:
    form = {"logout_token": logout_token(running, **given)}
    answer = await service.client.post("/sign-in/back-channel", data=form)
    assert (answer.status_code, answer.json()["field"]) == (403, "logout_token")
    assert (await browser.session()).status_code == 200


@pytest.mark.parametrize("body", [b"", b"logout_token=", b"logout_token=x.y.z", b"\xff\xfe", b"=" * 100_000])
async def test_nonsense_of_the_back_channel_is_refused(service, body: bytes) -> None:
    answer = await service.client.post("/sign-in/back-channel", content=body)
    assert answer.status_code in (403, 422)
