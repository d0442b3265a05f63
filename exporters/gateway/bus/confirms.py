"""Which published messages the broker has not yet answered for, in the order of their tags."""

from __future__ import annotations

import asyncio


class Confirms:
    """The outstanding publishes of one channel: a new channel means new confirms."""

    def __init__(self) -> None:
        self._newest = 0
        self._waiting: dict[int, asyncio.Future[bool]] = {}
        self._returned: set[int] = set()

    def expect(self) -> tuple[int, asyncio.Future[bool]]:
        """The tag of the next message and the future of its answer."""
        self._newest += 1
        self._waiting[self._newest] = future = asyncio.get_running_loop().create_future()
        return self._newest, future

    def returned(self, tag: int) -> None:
        """The broker had no queue for this message; its ack, still to come, is then no success."""
        self._returned.add(tag)

    def answer(self, tag: int, *, multiple: bool, taken: bool) -> None:
        """The broker has answered for `tag`, or for everything up to it."""
        while self._waiting and multiple:
            oldest = next(iter(self._waiting))
            if oldest >= tag:
                break
            self._settle(oldest, taken)
        self._settle(tag, taken)

    def fail(self, reason: Exception) -> None:
        """The channel is gone: nobody knows what became of the rest."""
        waiting, self._waiting = self._waiting, {}
        for future in waiting.values():
            if not future.done():
                future.set_exception(reason)

    def _settle(self, tag: int, taken: bool) -> None:
        future = self._waiting.pop(tag, None)
        routed = tag not in self._returned
        self._returned.discard(tag)
        if future is not None and not future.done():
            future.set_result(taken and routed)
