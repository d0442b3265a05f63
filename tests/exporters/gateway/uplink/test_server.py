"""The client of the service: one token for many questions, and a failure is an answer."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path

import pytest

from exporters.gateway.server import BadCredentials, Server, Tokens, read_credentials
from tests.exporters.gateway.uplink.homes import CREATED, Scripted, free_port


@pytest.fixture
def credentials(tmp_path: Path, service: Scripted) -> Path:
    path = tmp_path / "credentials.json"
    path.write_text(json.dumps({"token_url": f"{service.url}/token", "client_id": "g01", "client_secret": "s"}))
    return path


async def test_one_token_serves_many_questions_on_several_connections(service: Scripted, credentials: Path) -> None:
    tokens = Tokens(credentials)
    async with Server(service.url, tokens) as one, Server(service.url, tokens) as other:
        answers = [await server.ask("POST", "/x", content=b"") for server in (one, other, one)]
    assert all(answer.succeeded for answer in answers)
    assert service.tokens == 1


async def test_a_token_that_is_never_taken_is_renewed_once_a_question(service: Scripted, credentials: Path) -> None:
    service.answer = lambda asked: (401, {"X-Chevet": "1"}, b"")
    async with Server(service.url, Tokens(credentials)) as server:
        answer = await server.ask("POST", "/x", content=b"")
    assert (answer.status, service.tokens, len(service.asked)) == (401, 2, 2)


async def test_new_credentials_in_the_file_are_used_without_a_restart(service: Scripted, credentials: Path) -> None:
    right = credentials.read_text()
    credentials.write_text("{}")
    async with Server(service.url, Tokens(credentials)) as server:
        before = await server.ask("POST", "/x", content=b"")
        credentials.write_text(right)
        after = await server.ask("POST", "/x", content=b"")
    assert before.status is None
    assert "CHEVET_CREDENTIALS_FILE: expected JSON with token_url" in before.failure
    assert after.succeeded


async def test_nobody_there_is_an_answer_without_a_status(credentials: Path) -> None:
    async with Server(f"http://127.0.0.1:{free_port()}", Tokens(credentials)) as server:
        answer = await server.ask("GET", "/x")
    assert (answer.status, answer.ours, answer.succeeded) == (None, False, False)
    assert "ConnectError" in answer.failure


async def test_an_answer_that_never_ends_is_given_up_and_lets_the_others_go_on(
    service: Scripted, credentials: Path
) -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while not writer.is_closing():
                writer.write(b".")
                await writer.drain()
                await asyncio.sleep(0.02)

    slow = await asyncio.start_server(drip, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{slow.sockets[0].getsockname()[1]}"
    credentials.write_text(credentials.read_text().replace(service.url, url))
    async with asyncio.timeout(10), Server(service.url, Tokens(credentials), timeout=0.2) as server:
        answers = await asyncio.gather(server.ask("GET", "/x"), server.ask("GET", "/y"))
    slow.close()
    assert [answer.failure for answer in answers] == ["no whole answer within 0.4 s"] * 2


async def test_an_issuer_that_gives_no_token_is_an_answer_without_a_status(
    service: Scripted, credentials: Path
) -> None:
    service.answer = lambda asked: CREATED
    credentials.write_text(credentials.read_text().replace("/token", "/elsewhere"))
    async with Server(service.url, Tokens(credentials)) as server:
        answer = await server.ask("POST", "/x", content=b"")
    assert answer.status is None
    assert "expected an access_token" in answer.failure


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"token_url": "http://x", "client_id": "g01"}'])
def test_a_file_that_holds_no_credentials_is_refused_in_a_sentence(tmp_path: Path, content: str) -> None:
    path = tmp_path / "credentials.json"
    path.write_text(content)
    with pytest.raises(BadCredentials, match="expected JSON with token_url, client_id, client_secret"):
        read_credentials(path)


def test_a_secret_is_never_shown(credentials: Path) -> None:
    assert "client_secret" not in repr(read_credentials(credentials))
