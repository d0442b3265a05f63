"""Many gateways' requests in one write: what is checked while a write is under way goes together in the next.

A store takes one large write for much less than many small ones. Each request is answered as the write that it went in:
taken, refused or away. A write that is refused is halved by requests, until each is taken or refused by itself.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence, Set
from dataclasses import dataclass

from analysis_service.ingest.store import Store, StoreAway, StoreRefuses

MOST_UNDER_WAY = 3
"""One that it takes, one that is on its way there, and one of which the answer is on its way back."""
WORTH = 14
"""Requests for which a write waits no longer: with fewer, more of our time goes into writes."""
WORTH_AT_REST = 10
"""The same where the store has nothing else in hand."""
GATHERING_SECONDS = 0.005
"""So long the first that waits waits for others, whatever comes."""
MOST_REQUESTS = 64
"""In one write: halved to the last, a refused one takes 127 writes."""
MOST_BYTES = 2 * 2**20
"""In one write, unless a single request is larger."""
MOST_WAITING_BYTES = 256 * 2**20
ALONE_SECONDS = 60.0
"""A gateway of which the store refused something goes alone for so long: it costs others nothing then."""


@dataclass(slots=True, eq=False)
class _Request:
    gateway: str
    encoded: bytes
    answer: asyncio.Future[StoreRefuses | None]

    def settle(self, refuses: StoreRefuses | None) -> None:
        if not self.answer.done():  # whoever waited may have gone
            self.answer.set_result(refuses)

    def fail(self, error: BaseException) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class Convoy:
    """The requests that wait for a store, first come first taken; of one gateway never two under way at once.

    So its samples keep their order, and a store that looks for a second value of a time only among what it has taken
    finds it, as if each request had come alone.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: deque[_Request] = deque()
        self._bytes = 0
        self._travelling: set[str] = set()
        self._alone: dict[str, float] = {}
        self._under_way = 0
        self._gathering: asyncio.TimerHandle | None = None
        self._writers: set[asyncio.Task[None]] = set()

    async def hand_over(self, gateway: str, encoded: bytes) -> StoreRefuses | None:
        """What the store has against the series of a request; None where it took them. Raises StoreAway."""
        if self._bytes + len(encoded) > MOST_WAITING_BYTES:
            raise StoreAway(f"store: expected it to keep up, {self._bytes} bytes wait for it")
        request = _Request(gateway, encoded, asyncio.get_running_loop().create_future())
        self._waiting.append(request)
        self._bytes += len(encoded)
        self._consider()
        return await request.answer

    def _consider(self) -> None:
        """Begin a write where enough waits for one; else, where none is under way, a little later."""
        if len(self._waiting) >= (WORTH if self._under_way else WORTH_AT_REST):
            if self._under_way < MOST_UNDER_WAY:
                self._begin()
        elif self._waiting and not self._under_way and self._gathering is None:
            self._gathering = asyncio.get_running_loop().call_later(GATHERING_SECONDS, self._gathered)

    def _gathered(self) -> None:
        self._gathering = None
        if self._waiting and not self._under_way:
            self._begin()

    def _begin(self) -> None:
        together = self._next()
        if not together:
            return
        self._under_way += 1
        gateways = {request.gateway for request in together}
        self._travelling |= gateways  # now: before the task comes to its turn another write may be put together
        writer = asyncio.create_task(self._carry(together, gateways))
        self._writers.add(writer)
        writer.add_done_callback(self._returned)

    def _returned(self, writer: asyncio.Task[None]) -> None:
        self._writers.discard(writer)
        self._under_way -= 1
        self._consider()

    async def _carry(self, together: Sequence[_Request], gateways: Set[str]) -> None:
        try:
            await self._write(together)
        except Exception as error:
            for request in together:
                request.fail(error)
        finally:
            self._travelling -= gateways
            self._bytes -= sum(len(request.encoded) for request in together)
            for request in together:
                request.fail(StoreAway("store: expected an answer, the service stops"))  # where it has none yet

    def _next(self) -> list[_Request]:
        """The requests of the next write. What cannot go now keeps its place."""
        together: list[_Request] = []
        stay: deque[_Request] = deque()
        passed_over = set(self._travelling)
        size = 0
        while self._waiting and len(together) < MOST_REQUESTS and size < MOST_BYTES:
            request = self._waiting.popleft()
            alone = self._goes_alone(request.gateway)
            stays = request.gateway in passed_over or (alone and together)
            passed_over.add(request.gateway)
            if stays:
                stay.append(request)
                continue
            together.append(request)
            size += len(request.encoded)
            if alone:
                break
        self._waiting.extendleft(reversed(stay))
        return together

    def _goes_alone(self, gateway: str) -> bool:
        if not self._alone:
            return False
        until = self._alone.get(gateway, 0.0)
        if until and until < asyncio.get_running_loop().time():
            del self._alone[gateway]
        return gateway in self._alone

    async def _write(self, together: Sequence[_Request]) -> None:
        """All of them, halved where the store refuses. Raises StoreAway; whoever is not answered yet was not taken."""
        try:
            await self._store.write(b"".join([request.encoded for request in together]))
        except StoreRefuses as refuses:
            if len(together) > 1:
                middle = len(together) // 2
                await self._write(together[:middle])
                await self._write(together[middle:])
                return
            (request,) = together
            self._alone[request.gateway] = asyncio.get_running_loop().time() + ALONE_SECONDS
            request.settle(refuses)
            return
        for request in together:
            request.settle(None)
