"""The link between a home and the server can be cut in the middle of a sentence, and put back at the same place."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from provisioning.page.link import Link


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(1024):
        writer.write(chunk)
        await writer.drain()
    writer.close()


@pytest.fixture
async def link() -> AsyncIterator[Link]:
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    one = Link(server.sockets[0].getsockname()[:2])
    await one.restore(0)
    yield one
    await one.cut()
    server.close()


async def test_what_is_sent_through_the_link_comes_back(link: Link) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
    writer.write(b"a reading")
    assert await reader.readexactly(9) == b"a reading"
    writer.close()


async def test_a_cut_breaks_connections_that_stand(link: Link) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
    writer.write(b"a")
    assert await reader.readexactly(1) == b"a"
    await link.cut()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(reader.readexactly(1), 5)
    writer.close()


async def test_while_cut_the_link_refuses_and_restored_it_listens_at_the_same_place(link: Link) -> None:
    port = link.port
    await link.cut()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
    await link.restore()
    assert link.port == port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"back")
    assert await reader.readexactly(4) == b"back"
    writer.close()


async def test_a_server_that_is_away_ends_the_connection_and_not_the_link(link: Link, unused_tcp_port: int) -> None:
    nowhere = Link(("127.0.0.1", unused_tcp_port))
    await nowhere.restore(0)
    reader, writer = await asyncio.open_connection("127.0.0.1", nowhere.port)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(reader.readexactly(1), 5)
    writer.close()
    assert nowhere.up
    await nowhere.cut()
