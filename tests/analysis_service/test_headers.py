"""Every answer tells browsers to trust nothing in it and to keep nothing of it; a head of any size is bounded."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
import uvicorn

from analysis_service.heads import MOST_BYTES, BoundedHead

ALWAYS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
NOWHERE = "http://127.0.0.1:9"
TLS = "Strict-Transport-Security"


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    return on_sqlite


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/api/v1/patients", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/nowhere", 404),
        ("DELETE", "/healthz", 405),
        ("POST", "/api/v1/patients", 422),
        ("GET", "/sign-in", 503),
        ("POST", "/api/v1/write", 403),
    ],
)
async def test_every_answer_says_it(service_without_store, method: str, path: str, status: int) -> None:
    service = service_without_store
    answer = await service.client.request(method, path, headers=service.as_("doctor"))
    assert answer.status_code == status
    assert {name: answer.headers[name] for name in ALWAYS} == ALWAYS
    assert TLS not in answer.headers
    assert [len(answer.headers.get_list(name)) for name in ALWAYS] == [1] * len(ALWAYS)


async def test_a_failure_says_it_too(service_without_store, monkeypatch) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("analysis_service.access.tokens.Access.caller", fail)
    answer = await service_without_store.client.get("/api/v1/patients", headers=service_without_store.as_("doctor"))
    assert answer.status_code == 500
    assert {name: answer.headers[name] for name in ALWAYS} == ALWAYS


async def test_behind_tls_browsers_are_told_to_stay_with_it(serving) -> None:
    async with serving(NOWHERE, public_url="https://chevet.example") as service:
        for path in ("/healthz", "/nowhere"):
            answer = await service.client.get(path)
            assert answer.headers[TLS] == "max-age=31536000; includeSubDomains"


async def _fine(scope, receive, send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where uvicorn answers, with our bound on heads."""
    server = uvicorn.Server(uvicorn.Config(_fine, port=0, http=BoundedHead, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


async def said(port: int, *pieces: bytes) -> bytes:
    """What comes back until the connection ends."""
    async with asyncio.timeout(30):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with suppress(ConnectionError):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
        answered = b""
        with suppress(ConnectionError):
            while more := await reader.read(65536):
                answered += more
        writer.close()
        return answered


HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"
LAST = b"Connection: close\r\n\r\n"


async def test_a_head_of_sensible_size_is_read(port: int) -> None:
    value = b"x" * (MOST_BYTES - 1000)
    assert (await said(port, HEAD, b"A: " + value[:30_000], value[30_000:] + b"\r\n" + LAST)).startswith(
        b"HTTP/1.1 204"
    )


@pytest.mark.parametrize(
    "pieces",
    [
        (HEAD + b"A: " + b"x" * MOST_BYTES + b"\r\n\r\n",),
        (HEAD, *(b"A%d: x\r\n" % number for number in range(10_000)), b"\r\n"),
        (b"GET /" + b"x" * MOST_BYTES + b" HTTP/1.1\r\nHost: x\r\n\r\n",),
        (HEAD + b"A: ", *(b"x" * 10_000,) * 200),
        (b"GET /", *(b"x" * 10_000,) * 200),
        (HEAD + b"\r\n" + HEAD + b"A: ", *(b"x" * 10_000,) * 200),
    ],
    ids=["one header", "many", "the address", "one that never ends", "an address that never ends", "the second"],
)
async def test_a_head_that_is_too_large_is_refused_as_soon_as_it_is(port: int, pieces: tuple[bytes, ...]) -> None:
    answered = await said(port, *pieces)
    if pieces[0].startswith(HEAD + b"\r\n"):
        answered = answered.partition(b"\r\n\r\n")[2]
    assert answered.startswith(b"HTTP/1.1 431 "), answered[:100]
    head, _, body = answered.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head.lower()
    assert b"x-chevet: 1" in head.lower()
    assert json.loads(body)["type"] == "urn:chevet:problem:head-too-large"


BODY = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"


@pytest.mark.parametrize(
    "piece",
    [b"0\r\nA: " + b"x" * 10_000, b"0\r\n" + b"A: x\r\n" * 2000, b"1;" + b"x" * 10_000],
    ids=["a header", "many", "an extension"],
)
async def test_what_follows_a_body_in_pieces_and_never_ends_is_hung_up_on(port: int, piece: bytes) -> None:
    last = b"A: x\r\n" * 2000 if piece.endswith(b"\n") else b"x" * 10_000
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(30):
        with suppress(ConnectionError):
            writer.write(BODY + piece)
            answering = asyncio.create_task(reader.read())
            while not answering.done():
                writer.write(last)
                await writer.drain()
                await asyncio.sleep(0)
    writer.close()


class _Transport(asyncio.Transport):
    """Nobody's, for a protocol that is fed piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""

    def is_closing(self) -> bool:
        return False

    def write(self, data: bytes) -> None:
        self.written += data

    def write_eof(self) -> None:
        """Nothing to end."""

    def pause_reading(self) -> None:
        """Nothing to pause."""

    def resume_reading(self) -> None:
        """Nothing to resume."""


async def test_a_large_body_that_comes_with_the_end_of_its_head_is_taken() -> None:
    config = uvicorn.Config(_fine, http=BoundedHead, log_level="error", lifespan="off")
    config.load()
    transport = _Transport()
    protocol = BoundedHead(config, uvicorn.server.ServerState(), {})
    protocol.connection_made(transport)
    body = b"x" * (2 * MOST_BYTES)
    protocol.data_received(b"POST / HTTP/1.1\r\nHost: x\r\n")
    protocol.data_received(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    await asyncio.gather(*protocol.tasks)
    assert transport.written.startswith(b"HTTP/1.1 204")
