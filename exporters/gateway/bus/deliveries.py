"""What a queue delivers: messages in batches, for group commit, each acknowledged on the channel that it came by."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from exporters.gateway.bus.broker import Channel


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Delivery:
    """One message. After a reconnect the broker delivers it again, as another Delivery."""

    queue: str
    routing_key: str
    body: bytes
    headers: Mapping[str, Any]
    redelivered: bool
    tag: int = field(repr=False)
    consumer: Consumer = field(repr=False)


class Consumer:
    """The batches of one queue: `async with bus.consume(queue) as batches: async for batch in batches: …`.

    It outlives the connection. Leaving the `async with` gives back to the queue what was not acknowledged; do that to
    pause for long, for nothing may be held unacknowledged for 30 minutes.
    """

    def __init__(
        self,
        queue: str,
        prefetch: int,
        most: int,
        linger: float,
        enter: Callable[[Consumer], Awaitable[None]],
        leave: Callable[[Consumer], None],
    ) -> None:
        self.queue, self.prefetch = queue, prefetch
        self._most, self._linger, self._enter, self._leave = most, linger, enter, leave
        self._waiting: list[Delivery] = []
        self._outstanding: dict[int, Delivery] = {}
        self._some = asyncio.Event()
        self._enough = asyncio.Event()
        self._channel: Channel | None = None

    async def __aenter__(self) -> Self:
        await self._enter(self)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._leave(self)
        if self._channel is not None:
            self._channel.close()
        self.attach(None)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> list[Delivery]:
        """The next batch: at most `most`, as soon as they are there or `linger` seconds after the first."""
        while not self._waiting:
            await self._some.wait()
            if len(self._waiting) < self._most:
                await self._linger_for_more()
        batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        if not self._waiting:
            self._some.clear()
        return batch

    async def _linger_for_more(self) -> None:
        self._enough.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._linger):  # wait_for may swallow a cancellation
                await self._enough.wait()

    @property
    def attached(self) -> bool:
        """Whether a channel delivers to it."""
        return self._channel is not None and self._channel.is_open

    def attach(self, channel: Channel | None) -> None:
        """A new channel delivers from now on; what an older one delivered will come again and is forgotten here."""
        self._channel = channel
        self._waiting, self._outstanding = [], {}
        self._some.clear()

    def deliver(self, delivery: Delivery) -> None:
        """A message has come."""
        self._outstanding[delivery.tag] = delivery
        self._waiting.append(delivery)
        self._some.set()
        if len(self._waiting) >= self._most:
            self._enough.set()

    def holds(self, delivery: Delivery) -> bool:
        """Whether `delivery` is unacknowledged and can still be acknowledged."""
        return self.attached and self._outstanding.get(delivery.tag) is delivery

    def ack(self, deliveries: Iterable[Delivery]) -> None:
        """Acknowledge exactly these, in one frame where they are the oldest outstanding.

        Those of a channel that is gone are passed over: the broker delivers them again.
        """
        tags = [one.tag for one in deliveries if self._outstanding.get(one.tag) is one]
        for tag in tags:
            del self._outstanding[tag]
        if not tags or self._channel is None or not self.attached:
            return
        newest = max(tags)
        if next(iter(self._outstanding), newest + 1) > newest:
            self._channel.pika.basic_ack(newest, multiple=True)
            return
        for tag in tags:
            self._channel.pika.basic_ack(tag)
