"""Whatever stands at the store's address: it has taken a write, it refuses the samples, or it is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from analysis_service.ingest.store import Store, StoreAway, StoreRefuses, session

PATIENCE = 30
Saying = Callable[[str, str, bytes], AbstractAsyncContextManager[Store]]


@pytest.fixture
def saying() -> Saying:
    """A store that says this to whatever is asked."""

    @asynccontextmanager
    async def serve(status: str, header: str, body: bytes) -> AsyncIterator[Store]:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(f"HTTP/1.1 {status}\r\n{header}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with session(PATIENCE) as to_store:
            yield Store(to_store, f"{url}/write", url)
        server.close()

    return serve


async def test_a_page_to_sign_in_at_is_no_store(saying: Saying) -> None:
    async with saying("302 Found", "Location: /welcome", b"") as store:
        with pytest.raises(StoreAway, match="expected 204, got 302"):
            await store.write(b"x")
        with pytest.raises(StoreAway, match="expected 200, got 302"):
            await store.ping()


async def test_what_is_refused_is_read_whatever_charset_it_claims(saying: Saying) -> None:
    async with saying("400 Bad Request", "Content-Type: text/plain; charset=hex", b"out of order sample \xff") as store:
        with pytest.raises(StoreRefuses, match="out of order sample") as refused:
            await store.write(b"x")
    assert refused.value.of_time


async def test_an_empty_answer_is_no_answer(saying: Saying) -> None:
    async with saying("", "", b"") as store:
        with pytest.raises(StoreAway, match="expected an answer"):
            await store.write(b"x")
