"""The gateway's bus in our own terms: publish with confirms, consume in batches, dead letters, depths.

Two connections, because a broker short of disk stops reading from those that publish, and acknowledgements must go on.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import structlog

from exporters.gateway.backoff import pauses
from exporters.gateway.bus import topology
from exporters.gateway.bus.broker import BrokerRefused, BusDown, Channel, ChannelClosed, Line
from exporters.gateway.bus.confirms import Confirms
from exporters.gateway.bus.deliveries import Consumer, Delivery

__all__ = ["BrokerRefused", "Bus", "BusDown", "Consumer", "Delivery"]

log = structlog.get_logger()
_DIFFERS = 406
"""AMQP's code where a queue stands with other arguments than ours."""


class Bus:
    """`run()` keeps the broker connected until it is cancelled; everything else may be called at any time."""

    def __init__(self, url: str, process: str, queues: Iterable[topology.Queue]) -> None:
        self._consuming = Line(url, f"{process} consumes", self._prepare_consuming)
        self._publishing = Line(url, f"{process} publishes", self._prepare_publishing)
        self._queues = tuple(queues)
        self._consumers: dict[Consumer, None] = {}
        self._confirms = Confirms()
        self._out: Channel | None = None

    async def run(self) -> None:
        """Connect, and again whenever the connection goes. Raises BrokerRefused where the broker refuses at first."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._consuming.run())
            group.create_task(self._publishing.run())

    @property
    def connected(self) -> bool:
        """Whether messages can arrive and leave at this moment."""
        return self._consuming.up.is_set() and self._publishing.up.is_set()

    @property
    def blocked(self) -> bool:
        """Whether the broker takes nothing for want of disk or memory; confirms then wait until it does."""
        return self._publishing.blocked

    @property
    def version(self) -> str | None:
        """The broker's; None while it is away."""
        return self._consuming.version

    async def ready(self) -> None:
        """Wait until messages can leave."""
        await self._publishing.up.wait()

    def publish(
        self, exchange: str, routing_key: str, body: str | bytes, headers: Mapping[str, Any] | None = None
    ) -> asyncio.Future[bool]:
        """Send one persistent message; hundreds may be under way.

        The future becomes True when every queue has it on disk, False when the broker refused it or had no queue for
        it. It raises BusDown when the connection goes first: nobody knows then, and it is to be sent again.
        """
        if self._out is None or not self._out.is_open:
            down: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
            down.set_exception(BusDown("the broker is not connected"))
            return down
        tag, future = self._confirms.expect()
        self._out.publish(exchange, routing_key, body.encode() if isinstance(body, str) else body, headers, tag)
        return future

    def consume(self, queue: str, prefetch: int = 1000, most: int = 500, linger: float = 0.02) -> Consumer:
        """Batches of at most `most` messages, or of what came within `linger` seconds of the first."""
        return Consumer(queue, prefetch, most, linger, self._enter, self._leave)

    def ack(self, delivery: Delivery) -> None:
        """The next hop has it. Where its connection is gone nothing happens: it is delivered again."""
        delivery.consumer.ack([delivery])

    def ack_all(self, deliveries: Iterable[Delivery]) -> None:
        """The next hop has exactly these, all of one queue."""
        several = list(deliveries)
        if several:
            several[0].consumer.ack(several)

    async def dead_letter(self, delivery: Delivery, reason: str) -> bool:
        """Send what cannot be read to its dead-letter queue, with the reason, and acknowledge it once it is there.

        Tries until the broker has it. False where the delivery's own connection went first: it comes again.
        """
        headers = {"reason": reason, "queue": delivery.queue, "routing_key": delivery.routing_key}
        for pause in pauses():
            if not delivery.consumer.holds(delivery):
                break
            with contextlib.suppress(BusDown):
                if await self.publish("", topology.dead_queue(delivery.queue), delivery.body, headers):
                    self.ack(delivery)
                    return True
            await asyncio.sleep(pause)
        return False

    async def depth(self, queue: str) -> int:
        """Messages ready in `queue`; what a consumer holds is not counted. Raises BusDown."""
        channel = await self._consuming.channel(lasting=False)
        try:
            answer = await channel.ask("queue_declare", queue, passive=True)
        finally:
            channel.close()
        return int(answer.method.message_count)

    async def _prepare_publishing(self) -> None:
        await self._consuming.up.wait()  # which has declared what we publish to
        self._confirms = confirms = Confirms()
        channel = await self._publishing.channel()
        channel.pika.add_on_return_callback(
            lambda _c, _m, properties, _b: confirms.returned(int(properties.message_id))
        )
        channel.pika.add_on_close_callback(lambda _, reason: confirms.fail(ChannelClosed(reason)))
        await channel.ask("confirm_delivery", partial(_answered, confirms))
        self._out = channel

    async def _prepare_consuming(self) -> None:
        channel = await self._consuming.channel(lasting=False)
        for exchange in topology.EXCHANGES:
            await channel.ask("exchange_declare", exchange, "topic", durable=True)
        for queue in self._queues:
            channel = await self._declare(channel, queue)
        channel.close()
        while pending := [consumer for consumer in self._consumers if not consumer.attached]:
            await self._subscribe(pending[0])

    async def _declare(self, channel: Channel, queue: topology.Queue) -> Channel:
        try:
            await channel.ask("queue_declare", queue.name, durable=True, arguments=queue.arguments)
        except ChannelClosed as closed:
            if closed.code != _DIFFERS:
                raise
            log.warning("a queue stands with other arguments than ours and is used as it is", reason=str(closed))
            channel = await self._consuming.channel(lasting=False)
        for exchange, pattern in queue.bindings:
            await channel.ask("queue_bind", queue.name, exchange, pattern)
        return channel

    async def _enter(self, consumer: Consumer) -> None:
        self._consumers[consumer] = None
        if self._consuming.up.is_set():
            with contextlib.suppress(BusDown):  # the line subscribes every consumer when it is up again
                await self._subscribe(consumer)

    def _leave(self, consumer: Consumer) -> None:
        self._consumers.pop(consumer, None)

    async def _subscribe(self, consumer: Consumer) -> None:
        channel = await self._consuming.channel()
        if consumer not in self._consumers:  # it left meanwhile: nobody would read what is delivered to it
            channel.close()
            return
        consumer.attach(channel)
        try:
            await channel.ask("basic_qos", prefetch_count=consumer.prefetch)
            await channel.ask("basic_consume", consumer.queue, partial(_delivered, consumer))
        except BusDown:
            if consumer in self._consumers:
                raise


def _answered(confirms: Confirms, frame: Any) -> None:
    method = frame.method
    confirms.answer(method.delivery_tag, multiple=method.multiple, taken=method.NAME == "Basic.Ack")


def _delivered(consumer: Consumer, _: Any, method: Any, properties: Any, body: bytes) -> None:
    consumer.deliver(
        Delivery(
            queue=consumer.queue,
            routing_key=method.routing_key,
            body=body,
            headers=properties.headers or {},
            redelivered=method.redelivered,
            tag=method.delivery_tag,
            consumer=consumer,
        )
    )
