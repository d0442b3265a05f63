"""The bus against a real broker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pika
import pytest

from exporters.gateway.bus import topology
from exporters.gateway.bus.client import BrokerRefused, Bus, BusDown, Delivery
from provisioning.local import servers

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
Running = Callable[[Bus], AbstractAsyncContextManager[Bus]]


async def next_batch(bus: Bus, queue: str) -> list[Delivery]:
    """A batch whose messages go back to the queue unless they are acknowledged within this call's block."""
    async with bus.consume(queue) as batches:
        batch = await asyncio.wait_for(anext(batches), 10)
        bus.ack_all(batch)
        return batch


async def drop_connections(rabbitmq: servers.Broker, vhost: str, eventually: Eventually) -> None:
    """The broker itself closes every connection of the vhost, as it does when it is stopped."""

    def names() -> list[str]:
        rows: Any = rabbitmq.manage("GET", f"/api/vhosts/{vhost}/connections")
        return [row["name"] for row in rows]

    async def listed() -> bool:  # the management plugin learns of a connection a little later
        return len(names()) >= 2

    await eventually(listed)
    for name in names():
        rabbitmq.manage("DELETE", f"/api/connections/{name.replace(' ', '%20').replace('>', '%3E')}")


async def test_hundreds_of_publishes_are_under_way_at_once_and_each_is_confirmed(bus: Bus) -> None:
    answers = [bus.publish(topology.READINGS, "heart_rate.ox1", str(number)) for number in range(700)]
    assert not any(answer.done() for answer in answers)
    assert await asyncio.gather(*answers) == [True] * 700
    assert await bus.depth(topology.UPLINK) == 700


async def test_a_message_that_no_queue_takes_is_no_success(bus: Bus) -> None:
    assert await bus.publish(topology.URGENT, "no_such_vital.ox1", "lost?") is False


async def test_a_full_uplink_refuses_and_keeps_what_it_has(
    rabbitmq: servers.Broker, vhost: str, running: Running
) -> None:
    async with running(Bus(rabbitmq.amqp_url(vhost), "test", topology.queues(2_000))) as bus:
        answers = [await bus.publish(topology.READINGS, "weight.scale", "x" * 300) for _ in range(30)]
        depth = await bus.depth(topology.UPLINK)
    assert answers[0] is True
    assert answers[-1] is False
    assert depth >= answers.count(True)


async def test_publishing_without_a_broker_says_so_at_once() -> None:
    with pytest.raises(BusDown):
        await Bus("amqp://g01:x@127.0.0.1:1/g01", "test", ()).publish(topology.READINGS, "weight.scale", "x")


async def test_a_batch_is_cut_at_its_most_and_the_rest_comes_with_the_next(bus: Bus) -> None:
    await asyncio.gather(*(bus.publish(topology.READINGS, "weight.scale", str(number)) for number in range(7)))
    seen: list[bytes] = []
    async with bus.consume(topology.UPLINK, most=3) as batches:
        while len(seen) < 7:
            batch = await asyncio.wait_for(anext(batches), 10)
            assert len(batch) <= 3
            seen += [delivery.body for delivery in batch]
            bus.ack_all(batch)
    assert seen == [str(number).encode() for number in range(7)]


async def test_a_message_alone_does_not_wait_for_company(bus: Bus) -> None:
    async with bus.consume(topology.UPLINK) as batches:
        began = time.monotonic()
        await bus.publish(topology.READINGS, "weight.scale", "one")
        assert len(await asyncio.wait_for(anext(batches), 10)) == 1
        assert time.monotonic() - began < 1


async def test_only_what_was_acknowledged_is_gone_when_a_consumer_leaves(bus: Bus, eventually: Eventually) -> None:
    await asyncio.gather(*(bus.publish(topology.READINGS, "weight.scale", str(number)) for number in range(5)))
    async with bus.consume(topology.UPLINK) as batches:
        batch = await asyncio.wait_for(anext(batches), 10)
        assert len(batch) == 5
        bus.ack_all([batch[0], batch[3]])
        bus.ack(batch[1])

    async def two_are_back() -> bool:
        return await bus.depth(topology.UPLINK) == 2

    await eventually(two_are_back)
    assert [delivery.body for delivery in await next_batch(bus, topology.UPLINK)] == [b"2", b"4"]


async def test_a_consumer_that_left_while_its_channel_opened_is_given_nothing(bus: Bus) -> None:
    await bus.publish(topology.READINGS, "weight.scale", "whoever is there")
    await bus._subscribe(bus.consume(topology.UPLINK))  # as the line does when it is up again
    (one,) = await next_batch(bus, topology.UPLINK)
    assert (one.body, one.redelivered) == (b"whoever is there", False)


async def test_a_dead_letter_carries_its_reason_and_where_it_came_from(bus: Bus) -> None:
    await bus.publish(topology.READINGS, "weight.scale", "not a reading")
    async with bus.consume(topology.UPLINK) as batches:
        (delivery,) = await asyncio.wait_for(anext(batches), 10)
        assert await bus.dead_letter(delivery, "message: expected JSON") is True
    (dead,) = await next_batch(bus, "dead.uplink")
    assert dead.body == b"not a reading"
    assert dead.headers == {"reason": "message: expected JSON", "queue": "uplink", "routing_key": "weight.scale"}


async def test_a_dead_letter_waits_for_the_broker_to_be_there_again(
    bus: Bus, rabbitmq: servers.Broker, vhost: str, eventually: Eventually
) -> None:
    await bus.publish(topology.READINGS, "weight.scale", "not a reading")
    async with bus.consume(topology.UPLINK) as batches:
        (old,) = await asyncio.wait_for(anext(batches), 10)
        await drop_connections(rabbitmq, vhost, eventually)
        (again,) = await asyncio.wait_for(anext(batches), 10)
        assert await bus.dead_letter(old, "of a connection that is gone") is False
        assert await bus.dead_letter(again, "message: expected JSON") is True
    (dead,) = await next_batch(bus, "dead.uplink")
    assert dead.headers["reason"] == "message: expected JSON"


async def test_after_a_lost_connection_consumers_go_on_and_old_deliveries_cannot_be_acknowledged(
    bus: Bus, rabbitmq: servers.Broker, vhost: str, eventually: Eventually
) -> None:
    await bus.publish(topology.READINGS, "weight.scale", "once")
    async with bus.consume(topology.UPLINK) as batches:
        (old,) = await asyncio.wait_for(anext(batches), 10)
        await drop_connections(rabbitmq, vhost, eventually)
        (again,) = await asyncio.wait_for(anext(batches), 10)
        assert (again.body, again.redelivered) == (b"once", True)
        bus.ack(old)  # of a connection that is gone: must not take the place of the new one's
    (left,) = await next_batch(bus, topology.UPLINK)
    assert left.body == b"once"


async def test_what_was_under_way_when_the_connection_went_is_reported_and_publishing_goes_on(
    bus: Bus, rabbitmq: servers.Broker, vhost: str, eventually: Eventually
) -> None:
    under_way: list[asyncio.Future[bool]] = []

    async def some_failed() -> bool:
        under_way.extend(bus.publish(topology.READINGS, "weight.scale", "x" * 1000) for _ in range(50))
        await asyncio.sleep(0)
        return any(one.done() and one.exception() is not None for one in under_way)

    await drop_connections(rabbitmq, vhost, eventually)
    await eventually(some_failed)
    outcomes = await asyncio.gather(*under_way, return_exceptions=True)
    assert all(outcome is True or isinstance(outcome, BusDown) for outcome in outcomes)
    await asyncio.wait_for(bus.ready(), 20)
    assert await bus.publish(topology.READINGS, "weight.scale", "after") is True


@pytest.mark.parametrize(
    ("user", "vhost_of_url", "sentence"),
    [
        ("g01:wrong", "", "CHEVET_BROKER_URL: the broker refused user g01, expected that user's password"),
        (f"{servers.USER}:{servers.PASSWORD}", "nowhere", "at vhost nowhere, expected a vhost that exists"),
    ],
    ids=["password", "vhost"],
)
async def test_a_wrong_password_or_vhost_is_refused_in_a_sentence(
    rabbitmq: servers.Broker, vhost: str, user: str, vhost_of_url: str, sentence: str
) -> None:
    url = f"amqp://{user}@127.0.0.1:{rabbitmq.amqp_port}/{vhost_of_url or vhost}"
    with pytest.raises(ExceptionGroup) as refused:
        await asyncio.wait_for(Bus(url, "test", ()).run(), 20)
    assert refused.group_contains(BrokerRefused)
    assert sentence in str(refused.value.exceptions[0])


async def test_a_broker_that_is_not_there_yet_is_waited_for() -> None:
    task = asyncio.ensure_future(Bus("amqp://g01:x@127.0.0.1:1/g01", "test", ()).run())
    done, _ = await asyncio.wait({task}, timeout=1)
    assert not done
    task.cancel()


async def test_a_queue_that_stands_with_other_arguments_is_used_as_it_is(
    bus: Bus, rabbitmq: servers.Broker, vhost: str, running: Running
) -> None:
    await bus.publish(topology.READINGS, "weight.scale", "kept")
    async with running(Bus(rabbitmq.amqp_url(vhost), "test", topology.queues(4_000))) as other:
        assert await other.depth(topology.UPLINK) == 1


def test_an_alert_is_never_dead_lettered_however_often_it_is_given_back(bus: Bus, rabbitmq: Any, vhost: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(rabbitmq.amqp_url(vhost))) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        for queue in (topology.OUTBOX, topology.UPLINK):
            channel.basic_publish("", queue, b"an alert")
            for _ in range(topology.DELIVERY_LIMIT + 10):
                method, _, _ = channel.basic_get(queue)
                if method is None:
                    break
                channel.basic_nack(method.delivery_tag, requeue=True)
        assert channel.basic_get(topology.OUTBOX)[2] == b"an alert"
        assert channel.basic_get(topology.UPLINK)[2] is None, "so often that another message is set aside"
