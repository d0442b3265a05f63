"""Signing in in a browser: the code flow with PKCE, from /sign-in to a cookie, and who is kept out of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from sqlalchemy import text

from analysis_service import settings
from analysis_service.app import create_app
from analysis_service.settings import BadSettings
from provisioning import secrets
from tests.analysis_service.signed import HOME, OURS, Browser, Running, provider

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    return on_sqlite


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    keys = tmp_path_factory.mktemp("keys")
    secrets.make(keys, ())
    with provider(keys) as made:
        yield made


@pytest.fixture
async def service(serving, running: Running) -> AsyncIterator[object]:
    async with serving(NOWHERE, **running.settings) as made:
        yield made


@pytest.fixture
def browser(service) -> Browser:
    return Browser(service)


async def test_a_doctor_signs_in_and_is_one_at_every_door(browser: Browser) -> None:
    answer = await browser.sign_in("doctor", "/patients?page=2#top")
    assert answer.headers["Location"] == "/patients?page=2#top"
    said = (await browser.session()).json()
    assert (said["subject"], said["name"], said["roles"]) == ("doctor", "Dr Claire Moreau", ["doctor"])
    assert (await browser.ask("GET", "/api/v1/patients")).status_code == 200
    made = await browser.ask("POST", "/api/v1/patients", json={"name": "x"}, headers=await browser.headers())
    assert made.status_code == 201, made.text


@pytest.mark.parametrize(
    ("person", "status"),
    [("nurse", 200), ("patient", 200), ("relative", 403), ("analyst", 403), ("flow-manager", 403), ("sre", 403)],
)
async def test_each_of_the_demo_has_by_a_cookie_the_rights_of_their_role(
    browser: Browser, person: str, status: int
) -> None:
    await browser.sign_in(person)
    assert (await browser.ask("GET", "/api/v1/patients")).status_code == status


async def test_the_way_there_has_a_challenge_a_nonce_and_the_one_address_to_come_back_to(browser: Browser) -> None:
    answer = await browser.ask("GET", "/sign-in")
    asked = {key: value[0] for key, value in parse_qs(urlsplit(answer.headers["Location"]).query).items()}
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"{HOME}/sign-in/callback"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43


async def test_on_loopback_the_cookie_is_for_no_script_and_for_no_other_site(browser: Browser) -> None:
    cookie = (await browser.sign_in("nurse")).headers.get_list("Set-Cookie")[0]
    assert cookie.startswith("chevet=")
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Max-Age=43200"} <= {part.strip() for part in cookie.split(";")}
    assert "Secure" not in cookie


async def test_everywhere_else_it_is_secure_and_of_this_host_alone(serving, running: Running) -> None:
    async with serving(NOWHERE, **running.settings, public_url="https://chevet.example") as service:
        answer = await service.client.get("/sign-in")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-chevet-sign-in=")
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie
    assert "redirect_uri=https%3A%2F%2Fchevet.example%2Fsign-in%2Fcallback" in answer.headers["Location"]


@pytest.mark.parametrize(
    "given",
    [
        {"public_url": "http://chevet.example"},
        {"listen": "0.0.0.0:8000"},
        {"listen": "0.0.0.0:8000", "public_url": "http://127.0.0.1:8000"},
        {"listen": "[::]:8000"},
    ],
)
async def test_without_tls_nobody_signs_in_but_on_loopback(
    configured: dict[str, object], running: Running, given: dict[str, str]
) -> None:
    with pytest.raises(BadSettings, match="CHEVET_PUBLIC_URL: expected https://"):
        create_app(settings.load(**(configured | running.settings | given)))


async def test_half_of_the_settings_is_refused_at_the_start(configured: dict[str, object], running: Running) -> None:
    given = {key: value for key, value in running.settings.items() if key != "oidc_client_secret_file"}
    with pytest.raises(BadSettings, match="CHEVET_OIDC_CLIENT_SECRET_FILE: expected a value beside the others"):
        create_app(settings.load(**(configured | given)))


async def test_a_key_that_is_none_is_refused_at_the_start(
    configured: dict[str, object], running: Running, tmp_path: Path
) -> None:
    (tmp_path / "session.key").write_text("short")
    with pytest.raises(BadSettings, match="CHEVET_SESSION_KEY_FILE: expected lines of 32 bytes in base64"):
        create_app(settings.load(**(configured | running.settings | {"session_key_file": tmp_path / "session.key"})))


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/callback?state=a&code=b"])
async def test_where_nobody_is_to_sign_in_it_says_what_to_set(service_without_store, path: str) -> None:
    answer = await service_without_store.client.get(path)
    assert answer.status_code == 503
    assert answer.json()["detail"].startswith("sign-in: expected CHEVET_OIDC_ISSUER")


async def test_while_the_provider_is_away_the_sign_in_says_so(serving, running: Running) -> None:
    async with serving(NOWHERE, **(running.settings | {"oidc_issuer": NOWHERE})) as service:
        answer = await service.client.get("/sign-in")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json()["detail"].startswith("identity provider: expected it to answer")


@pytest.mark.parametrize(
    "then",
    [
        "https://evil.example/",
        "//evil.example/",
        "//[",
        "/\\evil.example/",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "patients",
        "",
        "/" + "a" * 3000,
        "/\x00",
    ],
)
async def test_it_never_sends_a_browser_elsewhere(browser: Browser, then: str) -> None:
    answer = await browser.ask("GET", "/sign-in", params={"next": then})
    assert (answer.status_code, answer.json()["field"]) == (422, "next")
    assert "Location" not in answer.headers


async def test_a_code_for_another_browser_is_not_taken(service, browser: Browser) -> None:
    """Or somebody could have others work in the account that is theirs."""
    back = await browser.choose("doctor")
    for other in (Browser(service), Browser(service)):
        if other is not browser:
            await other.ask("GET", "/sign-in")
        answer = await other.ask("GET", back)
        assert (answer.status_code, answer.json()["field"]) == (422, "state")


@pytest.mark.parametrize("query", ["", "state=x&code=y", "code=y", "state=%00%ff&code=%ed%a0%80"])
async def test_who_comes_back_without_having_gone_is_told_to_begin(browser: Browser, query: str) -> None:
    answer = await browser.ask("GET", f"/sign-in/callback?{query}")
    assert (answer.status_code, answer.json()["field"]) == (422, "state")
    assert answer.json()["detail"].endswith(f"begin again at {HOME}/sign-in")


async def test_a_code_is_good_once_and_one_that_is_made_up_never(browser: Browser) -> None:
    back = await browser.choose("doctor")
    kept = dict(browser.cookies)
    assert (await browser.ask("GET", back.replace("code=", "code=x"))).json()["field"] == "code"
    assert (await browser.ask("GET", back)).status_code == 303
    browser.cookies = kept
    assert (await browser.ask("GET", back)).json()["field"] == "code"


async def test_who_the_provider_refuses_is_told_so_without_its_words(browser: Browser) -> None:
    answer = await browser.ask("GET", "/sign-in/callback?error=<script>&state=x")
    assert (answer.status_code, answer.json()["field"]) == (403, "error")
    assert "script" not in answer.text


async def test_a_sign_in_that_took_too_long_begins_again(browser: Browser, monkeypatch) -> None:
    back = await browser.choose("doctor")
    monkeypatch.setattr("analysis_service.access.signing_in.SIGN_IN_SECONDS", -1)
    assert (await browser.ask("GET", back)).json()["field"] == "state"


async def test_a_token_goes_before_a_cookie_and_needs_no_other_proof(service, browser: Browser, running) -> None:
    await browser.sign_in("analyst")
    known = json.loads(running.kept.client_credentials("doctor").read_text())
    form = {"grant_type": "client_credentials", "client_id": "doctor", "client_secret": known["client_secret"]}
    async with httpx2.AsyncClient() as client:
        token = (await client.post(f"{running.provider.issuer}/token", data=form)).json()
    headers = service.bearer(token["access_token"])
    assert (await browser.ask("POST", "/api/v1/patients", json={"name": "x"}, headers=headers)).status_code == 201


@pytest.mark.parametrize(
    "given",
    [
        {},
        OURS,
        {"Sec-Fetch-Site": "same-origin"},
        OURS | {"X-Chevet-CSRF": "0" * 64},
        OURS | {"X-Chevet-CSRF": "é"},
        {"X-Chevet-CSRF": "right"},
        {"X-Chevet-CSRF": "right", "Origin": "http://evil.example"},
        {"X-Chevet-CSRF": "right", "Origin": "null"},
        {"X-Chevet-CSRF": "right", "Origin": f"{HOME}.evil.example"},
        {"X-Chevet-CSRF": "right", "Sec-Fetch-Site": "cross-site"},
        {"X-Chevet-CSRF": "right", "Sec-Fetch-Site": "same-site"},
        {"X-Chevet-CSRF": "right", "Sec-Fetch-Site": "cross-site"} | OURS,
    ],
)
async def test_a_page_of_another_site_changes_nothing(browser: Browser, given: dict[str, str]) -> None:
    await browser.sign_in("doctor")
    right = (await browser.headers())["X-Chevet-CSRF"]
    sent = {name: (right if value == "right" else value).encode() for name, value in given.items()}
    answer = await browser.ask("POST", "/api/v1/patients", json={"name": "x"}, headers=sent)
    assert answer.status_code == 403, answer.text
    assert answer.json()["field"] in ("Origin", "X-Chevet-CSRF")


async def test_the_proof_of_one_session_is_none_in_another(service, browser: Browser) -> None:
    await browser.sign_in("doctor")
    other = Browser(service)
    await other.sign_in("doctor")
    answer = await browser.ask("POST", "/api/v1/patients", json={"name": "x"}, headers=await other.headers())
    assert answer.json()["field"] == "X-Chevet-CSRF"


async def test_signing_in_and_out_stand_in_the_audit(service, browser: Browser) -> None:
    await browser.sign_in("nurse")
    await browser.ask("POST", "/sign-out", headers=await browser.headers())
    database = service.client._transport.app.state.database
    async with database.reading() as session:
        rows = (await session.execute(text("SELECT subject, method, route FROM audit_entries ORDER BY id"))).all()
    assert ("nurse", "GET", "/sign-in/callback") in [tuple(row) for row in rows]
    assert ("nurse", "POST", "/sign-out") in [tuple(row) for row in rows]
