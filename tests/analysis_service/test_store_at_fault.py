"""A store that refuses for reasons of its own: nothing is set aside for that, and no request goes on without end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import pytest

MINUTE = 60_000
Refuses = Callable[[int], str]


class OddStore:
    """An HTTP server that answers each write with what `says` makes of its number, "" for taken."""

    def __init__(self) -> None:
        self.says: Refuses = lambda number: ""
        self.writes = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                self.writes += 1
                said = self.says(self.writes).encode()
                status = b"500 Internal Server Error" if said else b"204 No Content"
                body = b"Content-Length: %d\r\n\r\n%s" % (len(said), said) if said else b"\r\n"
                writer.write(b"HTTP/1.1 " + status + b"\r\n" + body)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@pytest.fixture
async def odd(serving) -> AsyncIterator[tuple]:
    store = OddStore()
    server = await asyncio.start_server(store.serve, "127.0.0.1", 0)
    async with serving(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as service:
        await service.assigned()
        yield service, store
    server.close()


def samples(service, count: int) -> list[tuple[int, float]]:
    now = service.clock()
    return [(now - MINUTE - number, 70.0) for number in range(count)]


@pytest.mark.parametrize("count", [1, 500])
@pytest.mark.parametrize("said", ["out of bounds", "too old sample", "out of order sample"])
async def test_a_store_that_takes_no_time_at_all_is_away(odd, said: str, count: int) -> None:
    """One sample from the future in a Prometheus, and it refuses everybody's: that must not empty the gateways."""
    service, store = odd
    store.says = lambda _: said
    answer = await service.write(service.vital(*samples(service, count)))
    assert (answer.status_code, answer.json()["field"]) == (503, "store")
    assert said in answer.json()["detail"]
    assert store.writes == 2
    assert await service.quarantine() == []


async def test_a_time_that_the_store_refuses_while_it_takes_the_newest_is_set_aside(odd) -> None:
    service, store = odd
    store.says = lambda number: "too old sample" if number in (1, 3) else ""
    answer = await service.write(service.vital(*samples(service, 2)))
    assert (answer.status_code, answer.headers["X-Chevet-Quarantined"]) == (204, "1")


async def test_a_gateways_batch_of_which_the_store_takes_nothing_is_set_aside_at_once(odd) -> None:
    service, store = odd
    store.says = lambda _: "duplicate sample for timestamp"
    answer = await service.write(service.vital(*samples(service, 500)))
    assert (answer.status_code, answer.headers["X-Chevet-Quarantined"]) == (204, "500")
    assert store.writes == 999


async def test_what_would_be_halved_without_end_is_sent_back_to_be_halved(odd) -> None:
    service, store = odd
    store.says = lambda _: "duplicate sample for timestamp"
    began = time.monotonic()
    answer = await service.write(service.vital(*samples(service, 5_000)))
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:chevet:problem:too-large")
    assert store.writes < 1_200
    assert time.monotonic() - began < 20
    assert await service.quarantine() == []
