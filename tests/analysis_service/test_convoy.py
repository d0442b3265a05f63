"""Requests of many gateways in one write: each is answered for itself, and none pays for another's bad sample."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import cramjam
import pytest

from analysis_service.ingest import convoy
from analysis_service.ingest.convoy import Convoy
from analysis_service.ingest.store import Store, StoreAway, StoreRefuses, session
from chevet.remote_write import decode, encode, series

PATIENCE = 30
Says = Callable[[list[str]], Awaitable[str]]


class Remote:
    """An HTTP server that keeps the names in each write, and answers with what `says` makes of them, "" for taken."""

    def __init__(self) -> None:
        self.writes: list[list[str]] = []
        self.taken: list[str] = []
        self.says: Says = _nothing

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                (length,) = re.findall(rb"content-length: (\d+)", head.lower())
                body = await reader.readexactly(int(length))
                names = [dict(one.labels)["n"] for one in decode(bytes(cramjam.snappy.decompress_raw(body)))]
                self.writes.append(names)
                said = await self.says(names)
                self.taken += [] if said else names
                status = b"400 Bad Request" if said else b"200 OK"
                writer.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(said), said.encode()))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def _nothing(_: list[str]) -> str:
    return ""


class Gate:
    """Holds up writes until it is opened."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()

    async def __call__(self, _: list[str]) -> str:
        self.reached.set()
        await self.opened.wait()
        return ""


@asynccontextmanager
async def carrying() -> AsyncIterator[tuple[Convoy, Remote]]:
    remote = Remote()
    server = await asyncio.start_server(remote.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with session(PATIENCE) as to_store, asyncio.timeout(PATIENCE):
        yield Convoy(Store(to_store, url, url)), remote
    server.close()


@pytest.fixture
async def running() -> AsyncIterator[tuple[Convoy, Remote]]:
    async with carrying() as both:
        yield both


def request(name: str) -> bytes:
    return encode([series("x", {"n": name}, (1, 1.0))])


async def behind_a_gate(carried: Convoy, remote: Remote, *names: tuple[str, str]) -> tuple[Gate, list[asyncio.Task]]:
    """A write of "first" that is held up, and these (gateway, request) waiting behind it."""
    remote.says = gate = Gate()
    first = asyncio.create_task(carried.hand_over("first", request("first")))
    await gate.reached.wait()
    return gate, [first, *(asyncio.create_task(carried.hand_over(own, request(name))) for own, name in names)]


async def test_what_comes_while_a_write_is_under_way_goes_together_in_the_next(running) -> None:
    carried, remote = running
    gate, asked = await behind_a_gate(carried, remote, ("g1", "a"), ("g2", "b"), ("g3", "c"))
    await asyncio.sleep(0)  # each has joined the line
    gate.opened.set()
    assert await asyncio.gather(*asked) == [None] * 4
    assert remote.writes == [["first"], ["a", "b", "c"]]


async def test_nobody_is_answered_before_the_write_that_carries_it(running) -> None:
    carried, remote = running
    gate, asked = await behind_a_gate(carried, remote, ("g1", "a"))
    await asyncio.sleep(0)
    assert not any(one.done() for one in asked)
    gate.opened.set()
    await asyncio.gather(*asked)
    assert remote.taken == ["first", "a"]


async def test_a_refused_write_is_halved_until_the_one_at_fault_is_found(running) -> None:
    carried, remote = running
    names = [(f"g{number}", f"n{number}") for number in range(8)]
    gate, asked = await behind_a_gate(carried, remote, *names)

    async def says(together: list[str]) -> str:
        return "duplicate sample for timestamp" if "n5" in together else ""

    await asyncio.sleep(0)
    remote.says = says
    gate.opened.set()
    answers = await asyncio.gather(*asked)
    assert [isinstance(one, StoreRefuses) for one in answers] == [False] * 6 + [True] + [False] * 2
    assert sorted(remote.taken) == sorted({"first", *(name for _, name in names)} - {"n5"})
    assert len(remote.writes) == 1 + 7, "three times halved, and each other half once"


async def test_a_gateway_of_which_something_was_refused_goes_alone_for_a_while(running) -> None:
    carried, remote = running

    async def refuses(_: list[str]) -> str:
        return "out of order sample"

    remote.says = refuses
    assert isinstance(await carried.hand_over("bad", request("bad")), StoreRefuses)
    gate, asked = await behind_a_gate(carried, remote, ("g1", "a"), ("bad", "b"), ("g2", "c"))
    await asyncio.sleep(0)
    gate.opened.set()
    assert await asyncio.gather(*asked) == [None] * 4
    assert sorted(map(sorted, remote.writes[2:])) == [["a", "c"], ["b"]]


async def test_two_requests_of_one_gateway_are_never_in_one_write_and_keep_their_order(running) -> None:
    """A store finds a second value of a time only among what it has taken before."""
    carried, remote = running
    gate, asked = await behind_a_gate(carried, remote, ("g1", "a1"), ("g1", "a2"), ("g2", "b1"), ("g1", "a3"))
    await asyncio.sleep(0)
    gate.opened.set()
    await asyncio.gather(*asked)
    assert remote.writes == [["first"], ["a1", "b1"], ["a2"], ["a3"]]


async def test_a_store_that_goes_away_is_away_for_all_that_were_in_the_write(running) -> None:
    carried, remote = running
    gate, asked = await behind_a_gate(carried, remote, ("g1", "a"), ("g2", "b"))

    async def breaks(_: list[str]) -> str:
        raise ConnectionError

    await asyncio.sleep(0)
    remote.says = breaks
    gate.opened.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert answers[0] is None
    assert [type(one) for one in answers[1:]] == [StoreAway, StoreAway]
    remote.says = _nothing
    assert await carried.hand_over("g1", request("again")) is None


async def test_two_writes_that_begin_in_one_moment_never_carry_the_same_gateway(running) -> None:
    carried, remote = running
    remote.says = gate = Gate()
    names = [("g1", "first"), ("g1", "second"), *((f"h{number}", f"h{number}") for number in range(40))]
    async with asyncio.timeout(PATIENCE):
        asked = [asyncio.create_task(carried.hand_over(gateway, request(name))) for gateway, name in names]
        await gate.reached.wait()
        while len(remote.writes) < 2:  # the first write and, at once, the next of those that waited
            await asyncio.sleep(0.01)
        assert not [names for names in remote.writes if "second" in names]
        gate.opened.set()
        await asyncio.gather(*asked)
    assert remote.taken.index("first") < remote.taken.index("second")


async def test_whoever_goes_away_in_the_middle_harms_nobody(running) -> None:
    carried, remote = running
    gate, (first, going, staying) = await behind_a_gate(carried, remote, ("g1", "a"), ("g2", "b"))
    await asyncio.sleep(0)
    going.cancel()
    gate.opened.set()
    assert await asyncio.gather(first, staying) == [None, None]
    assert going.cancelled()


@pytest.mark.parametrize("gateways", [1, 3, 40])
async def test_however_requests_come_none_is_left_standing(running, gateways: int) -> None:
    """Also one that comes in the very moment in which a write has ended and nothing waited."""
    carried, remote = running

    async def gateway(name: str) -> None:
        for number in range(25):
            assert await carried.hand_over(name, request(f"{name}-{number}")) is None

    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(gateway(f"g{number}") for number in range(gateways)))
    assert len(remote.taken) == len(set(remote.taken)) == 25 * gateways
    assert gateways == 1 or len(remote.writes) < 25 * gateways
    for number in range(gateways):
        own = [name for name in remote.taken if name.startswith(f"g{number}-")]
        assert own == [f"g{number}-{one}" for one in range(25)]


async def test_more_than_fits_is_sent_back_to_be_kept(running, monkeypatch) -> None:
    carried, remote = running
    monkeypatch.setattr(convoy, "MOST_WAITING_BYTES", len(request("first")) + 2)
    gate, asked = await behind_a_gate(carried, remote)
    with pytest.raises(StoreAway, match="expected it to keep up"):
        await carried.hand_over("g1", request("a"))
    gate.opened.set()
    await asyncio.gather(*asked)
    assert await carried.hand_over("g1", request("a")) is None
