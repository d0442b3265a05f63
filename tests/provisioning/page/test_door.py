"""Who may come to the page: whoever calls it by loopback's own names, and no page of another's."""

from __future__ import annotations

import httpx2
import pytest

from provisioning.page.link import Link
from provisioning.page.phone import Phone
from provisioning.page.settings import PageSettings
from provisioning.page.watch import Watch

SMS = {"to": "+33639981001", "message": "Chevet"}


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1:8080", 200), ("localhost:8080", 200), ("evil.example:8080", 400), ("127.0.0.1.evil.example", 400)],
)
async def test_the_page_is_seen_by_the_names_of_loopback_alone(
    page: httpx2.AsyncClient, host: str, status: int
) -> None:
    for path in ("/", "/snapshot", "/healthz"):
        assert (await page.get(path, headers={"Host": host})).status_code == status


async def test_no_other_page_frames_this_one(page: httpx2.AsyncClient) -> None:
    assert "frame-ancestors 'none'" in (await page.get("/")).headers["Content-Security-Policy"]


async def test_a_button_needs_the_header_that_foreign_pages_cannot_send(page: httpx2.AsyncClient) -> None:
    assert (await page.post("/actions/cut-link")).status_code == 403


async def test_an_sms_comes_declared_as_json_as_no_foreign_form_can(page: httpx2.AsyncClient) -> None:
    forged = await page.post("/sms", content=b'{"to": "1", "message": "x"}', headers={"Content-Type": "text/plain"})
    assert (forged.status_code, forged.json()["said"]) == (
        422,
        "Content-Type: expected application/json, got 'text/plain'",
    )
    assert (await page.post("/sms", json=SMS)).status_code == 200
    assert [(one["to"], one["text"]) for one in (await page.get("/snapshot")).json()["sms"]] == [("01", "Chevet")]


@pytest.mark.parametrize("content", [b"", b"[", b"[" * 9_000, b'{"to": 1}', b"x" * 20_000])
async def test_an_sms_that_cannot_be_read_is_refused_in_a_sentence(page: httpx2.AsyncClient, content: bytes) -> None:
    answer = await page.post("/sms", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["said"]


async def test_a_line_that_was_cut_off_in_a_homes_log_does_not_end_the_looking(settings: PageSettings) -> None:
    """A simulator that is killed while it writes leaves half a line, and the next one writes on behind it."""
    watch = Watch(settings, Link(("127.0.0.1", 9)), Phone())
    settings.homes[0].log.write_text('{"topic": "zigb{"topic": "x"}\n')
    await watch.look()
    assert watch.snapshot()["homes"][0]["gateway"] == "g01"
