"""Sessions: what they know, what they give up, and when they end; on each database, in any number of workers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from chevet.roles import Role
from provisioning import secrets
from tests.analysis_service.signed import HOME, Browser, Running, provider

NOWHERE = "http://127.0.0.1:9"
MINUTE = 60_000
LONG = 24 * 3600


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("keys")
    secrets.make(made, ())
    return made


@pytest.fixture
def running(people: Path) -> Iterator[Running]:
    """Its tokens outlast any session: that roles are believed for five minutes is the service's own rule."""
    with provider(people, lifetime_seconds=LONG) as made:
        yield made


@pytest.fixture
async def service(serving, running: Running) -> AsyncIterator[object]:
    async with serving(NOWHERE, **running.settings) as made:
        yield made


@pytest.fixture
async def browser(service) -> Browser:
    made = Browser(service)
    await made.sign_in("nurse")
    return made


async def rows(service) -> list[dict]:
    async with service.client._transport.app.state.database.reading() as session:
        found = await session.execute(text("SELECT * FROM sessions ORDER BY created_ms"))
        return [dict(row) for row in found.mappings()]


async def why(browser: Browser) -> str:
    answer = await browser.session()
    assert (answer.status_code, answer.json()["field"]) == (401, "Cookie"), answer.text
    return answer.json()["detail"].partition("is over: ")[2].partition(";")[0]


async def test_the_database_gives_nobody_a_way_in(service, browser: Browser, running: Running) -> None:
    [row] = await rows(service)
    [cookie] = browser.cookies.values()
    [refresh] = running.provider.refreshes
    kept = repr(row)
    assert cookie not in kept
    assert refresh not in kept
    browser.cookies["chevet"] = row["cookie_hash"]
    assert await why(browser) == "none of that name is known"


async def test_a_role_that_was_taken_away_is_none_once_the_token_is_five_minutes_old(
    service, browser: Browser, running: Running
) -> None:
    running.make("nurse", Role.ANALYST)
    try:
        service.clock.aside += 4 * MINUTE
        assert (await browser.ask("GET", "/api/v1/patients")).status_code == 200
        service.clock.aside += MINUTE
        assert (await browser.ask("GET", "/api/v1/patients")).status_code == 403
        assert (await browser.session()).json()["roles"] == ["analyst"]
    finally:
        running.make("nurse", Role.NURSE)


async def test_a_programs_role_does_not_come_by_a_browser(service, running: Running) -> None:
    running.make("sre", Role.SRE, Role.PROMETHEUS)
    try:
        browser = Browser(service)
        await browser.sign_in("sre")
        assert (await browser.session()).json()["roles"] == ["sre"]
        assert (await browser.ask("GET", "/metrics")).status_code == 403
    finally:
        running.make("sre", Role.SRE)


async def test_a_session_that_ended_at_the_provider_ends_here_within_five_minutes(
    service, browser: Browser, running: Running
) -> None:
    running.provider.refreshes.clear()
    service.clock.aside += 4 * MINUTE
    assert (await browser.session()).status_code == 200
    service.clock.aside += MINUTE
    assert await why(browser) == "ended at the identity provider"
    [row] = await rows(service)
    assert row["tokens"] is None


async def test_a_person_who_is_no_more_at_the_provider_is_out(service, browser: Browser, running: Running) -> None:
    gone = running.provider.holders.clients.pop("nurse")
    try:
        service.clock.aside += 5 * MINUTE
        answer = await browser.session()
    finally:
        running.provider.holders.clients["nurse"] = gone
    assert answer.status_code in (401, 503)


async def test_requests_at_once_ask_the_provider_once_and_all_go_on(
    service, browser: Browser, running: Running, monkeypatch
) -> None:
    asked = []
    signing = service.client._transport.app.state.signing_in
    renewed = signing._provider.renewed

    async def slow(refresh: str):
        asked.append(refresh)
        await asyncio.sleep(0.3)
        return await renewed(refresh)

    monkeypatch.setattr(signing._provider, "renewed", slow)
    service.clock.aside += 6 * MINUTE
    answers = await asyncio.gather(*(browser.session() for _ in range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    assert len(asked) == 1
    assert len(running.provider.refreshes) == 1


async def test_while_the_provider_is_away_a_session_lasts_as_long_as_its_token(
    service, browser: Browser, monkeypatch
) -> None:
    signing = service.client._transport.app.state.signing_in
    monkeypatch.setattr(signing._provider, "_issuer", NOWHERE)
    monkeypatch.setattr(signing._provider, "_places", None)
    service.clock.aside += 5 * MINUTE - 10_000
    assert (await browser.session()).status_code == 200
    service.clock.aside += 10_000
    answer = await browser.session()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    monkeypatch.undo()
    assert (await browser.session()).status_code == 200


async def test_half_an_hour_without_a_request_ends_it(service, browser: Browser) -> None:
    for _ in range(3):
        service.clock.aside += 29 * MINUTE
        assert (await browser.session()).status_code == 200
    service.clock.aside += 30 * MINUTE
    assert await why(browser) == "nothing was done for too long"


async def test_twelve_hours_end_it_however_busy(service, browser: Browser) -> None:
    for _ in range(24):
        service.clock.aside += 29 * MINUTE
        assert (await browser.session()).status_code == 200
    service.clock.aside += 24 * MINUTE
    assert await why(browser) == "signed in for too long"


async def test_both_limits_are_settings(serving, running: Running) -> None:
    async with serving(NOWHERE, **running.settings, session_idle_seconds=60, session_seconds=100) as service:
        browser = Browser(service)
        await browser.sign_in("nurse")
        service.clock.aside += 60_000
        assert await why(browser) == "nothing was done for too long"


async def test_signing_out_ends_it_here_and_at_the_provider(service, browser: Browser, running: Running) -> None:
    kept = dict(browser.cookies)
    answer = await browser.ask("POST", "/sign-out", headers=await browser.headers())
    then = answer.json()["next"]
    assert then.startswith(f"{running.provider.issuer}/end?id_token_hint=")
    assert browser.cookies == {}
    browser.cookies = kept
    assert await why(browser) == "signed out"
    async with asyncio.timeout(30):
        reader, writer = await asyncio.open_connection(*running.provider.issuer.removeprefix("http://").split(":"))
        path = then.removeprefix(running.provider.issuer)
        writer.write(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        answered = (await reader.read()).decode()
        writer.close()
    assert f"Location: {HOME}/\r\n" in answered
    assert running.provider.refreshes == {}


async def test_signing_out_wants_the_proof_of_a_page_of_ours(browser: Browser) -> None:
    assert (await browser.ask("POST", "/sign-out")).status_code == 403
    assert (await browser.session()).status_code == 200


async def test_one_ends_what_one_left_open_elsewhere_and_its_next_request_is_refused(service, browser: Browser) -> None:
    elsewhere = Browser(service, "Chromium\x00<b>" + "x" * 500)
    await elsewhere.sign_in("nurse")
    listed = (await browser.ask("GET", "/api/v1/sessions")).json()
    [other] = [one for one in listed if not one["current"]]
    assert other["agent"].startswith("Chromium")
    assert len(other["agent"]) == 200
    path = f"/api/v1/sessions/{other['id']}/end"
    headers = await browser.headers()
    assert (await browser.ask("POST", path, headers=headers)).status_code == 204
    assert await why(elsewhere) == "ended by the person"
    assert (await browser.ask("POST", path, headers=headers)).status_code == 404
    assert [one["current"] for one in (await browser.ask("GET", "/api/v1/sessions")).json()] == [True]


async def test_pages_left_open_over_night_keep_nobody_of_their_house_from_signing_in(serving, running: Running) -> None:
    async with serving(NOWHERE, **running.settings, bad_credentials_per_second=0.01) as service:
        forgotten, morning = Browser(service), Browser(service)
        await forgotten.sign_in("nurse")
        service.clock.aside += 13 * 60 * MINUTE
        assert [(await forgotten.session()).status_code for _ in range(5)] == [401] * 5
        await morning.sign_in("doctor")
        morning.cookies = dict.fromkeys(morning.cookies, "made up")
        assert [(await morning.session()).status_code for _ in range(3)] == [401, 429, 429]


async def test_another_persons_session_is_neither_seen_nor_ended(service, browser: Browser) -> None:
    doctor = Browser(service)
    await doctor.sign_in("doctor")
    [own] = (await doctor.ask("GET", "/api/v1/sessions")).json()
    answer = await browser.ask("POST", f"/api/v1/sessions/{own['id']}/end", headers=await browser.headers())
    assert answer.status_code == 404
    assert (await doctor.session()).status_code == 200


async def test_who_signs_in_again_leaves_no_session_behind(service, browser: Browser) -> None:
    kept = dict(browser.cookies)
    await browser.sign_in("doctor")
    assert (await browser.session()).json()["subject"] == "doctor"
    browser.cookies = kept
    assert await why(browser) == "signed out"


async def test_another_worker_knows_the_session_and_its_end(
    service, browser: Browser, serving, running: Running
) -> None:
    async with serving(NOWHERE, **running.settings) as other:
        there = Browser(other)
        there.cookies = dict(browser.cookies)
        assert (await there.session()).status_code == 200
        await browser.ask("POST", "/sign-out", headers=await browser.headers())
        assert await why(there) == "signed out"


async def test_a_new_key_seals_and_the_old_one_still_opens(
    service, browser: Browser, serving, running: Running, tmp_path
) -> None:
    both = tmp_path / "both.key"
    both.write_text(secrets._session_key() + "\n" + running.kept.file(secrets.SESSION_KEY).read_text())
    async with serving(NOWHERE, **(running.settings | {"session_key_file": both})) as other:
        there = Browser(other)
        there.cookies = browser.cookies
        other.clock.aside += 6 * MINUTE
        assert (await there.session()).status_code == 200
