"""uplink against a web server that refuses, lies, or is somebody else: what was measured stays until it is stored."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from chevet.readings import Reading
from exporters.gateway.bus import topology
from exporters.gateway.bus.client import Bus, Delivery
from exporters.gateway.server import Server, Tokens
from exporters.gateway.uplink.batches import Batches
from exporters.gateway.uplink.cutting import Cutting
from exporters.gateway.uplink.journal import Journal
from exporters.gateway.uplink.sending import Sender
from tests.exporters.gateway.uplink.homes import CREATED, STORED, Asked, Home, Said, Scripted, reading, until

AT = 1_700_000_000_000
PORTAL = (200, {"Content-Type": "text/html"}, b"<h1>Welcome to the hotel</h1>")


def temperatures(number: int) -> list[Reading]:
    """Each is a window of one: two samples."""
    return [reading(n, AT + n * 1000, 36.0 + n / 100, "body_temperature") for n in range(number)]


def first_then(said: Said, times: int = 1) -> Callable[[Asked], Said]:
    """`said` to the first batches, then yes to everything; yes to the newest readings always."""
    numbers = count(1)
    return lambda asked: said if not asked.batch.startswith("latest-") and next(numbers) <= times else STORED


def refusal(asked: Asked, status: int = 400) -> Said:
    problem = {"type": "urn:chevet:problem:bad-batch", "status": status, "detail": "body: no.", "batch": asked.batch}
    headers = {"X-Chevet": "1", "Content-Type": "application/problem+json"}
    return status, headers, json.dumps(problem).encode()


def values(asked: list[Asked]) -> list[float]:
    return sorted(
        value
        for one in {one.batch: one for one in asked}.values()
        for series in one.series
        if series.name.endswith("celsius")
        for _, value in series.samples
    )


async def until_depth(home: Home, depth: int) -> None:
    deadline = time.monotonic() + 10
    while await home.bus.depth(topology.UPLINK) != depth:
        assert time.monotonic() < deadline, "the queue keeps what is not consumed"


async def dead(home: Home, queue: str = topology.UPLINK) -> Delivery:
    async with home.bus.consume(topology.dead_queue(queue), linger=0) as batches:
        async for batch in batches:
            batch[0].consumer.ack(batch)
            return batch[0]
    raise AssertionError("the queue ended")


@pytest.mark.parametrize(
    "said",
    [
        PORTAL,
        (302, {"Location": "http://portal.example/"}, b""),
        (500, {"X-Chevet": "1"}, b""),
    ],
    ids=["a portal's 200", "a redirection", "a 500"],
)
async def test_what_is_not_a_yes_of_the_service_is_sent_again_in_the_same_bytes(
    home: Home, service: Scripted, said: Said
) -> None:
    service.answer = first_then(said, times=2)
    await home.publish(*temperatures(3))
    home.start()
    await until(lambda: len(service.batches) >= 3, "the batch is sent a third time")
    assert len({(one.batch, one.body) for one in service.batches[:3]}) == 1
    await until(lambda: home.rows("SELECT count(*) FROM batches") == [(0,)], "the batch is marked")


async def test_retry_after_is_obeyed(home: Home, service: Scripted) -> None:
    times = []
    answer = first_then((503, {"X-Chevet": "1", "Retry-After": "2"}, b""))

    def timed(asked: Asked) -> Said:
        times.append(time.monotonic())
        return answer(asked)

    service.answer = timed
    home.settings["LATEST_SECONDS"] = "600"
    await home.publish(reading(1, AT, None, "body_temperature"))
    home.start()
    await until(lambda: len(service.batches) >= 2, "the batch is sent again")
    assert times[1] - times[0] >= 2


async def test_a_batch_that_the_service_names_as_unreadable_is_dead_lettered_with_the_reason(
    home: Home, service: Scripted
) -> None:
    service.answer = lambda asked: refusal(asked) if 36.0 in values([asked]) else STORED
    await home.publish(*temperatures(1))
    home.start()
    letter = await dead(home)
    assert letter.headers["reason"] == "the service answered 400: body: no."
    assert letter.body == service.batches[0].body
    await home.publish(reading(9, AT + 99_000, 38.5, "body_temperature"))
    await until(lambda: 38.5 in values(service.batches), "the next batch is stored")


async def test_a_batch_whose_dead_letter_cannot_leave_holds_up_no_other(service: Scripted, tmp_path: Path) -> None:
    credentials = tmp_path / "credentials.json"
    credentials.write_text(json.dumps({"token_url": f"{service.url}/token", "client_id": "g01", "client_secret": "s"}))
    service.answer = lambda asked: refusal(asked) if asked.batch == refused[0] else STORED
    with closing(Journal(tmp_path)) as journal:
        Cutting(journal, push=True).take(temperatures(2), 0.0)
        batches = Batches(journal, most=2)
        batches.cut()
        refused = [batches.oldest().name]
        batches.cut()
        nowhere = Bus("amqp://g01:x@127.0.0.1:1/g01", "test", ())
        async with Server(service.url, Tokens(credentials)) as server:
            sending = asyncio.create_task(Sender(batches, server, nowhere, 0.1).run())
            await until(lambda: journal.db.execute("SELECT count(*) FROM batches").fetchone() == (1,), "one is stored")
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        assert batches.oldest().name == refused[0]


async def test_a_batch_that_is_too_large_is_halved_until_it_fits(home: Home, service: Scripted) -> None:
    stored: list[Asked] = []

    def at_most_three(asked: Asked) -> Said:
        if sum(len(one.samples) for one in asked.series) > 3:
            return 413, {"X-Chevet": "1"}, b""
        stored.append(asked)
        return STORED

    service.answer = at_most_three
    home.settings["LATEST_SECONDS"] = "600"
    await home.publish(*temperatures(20))
    home.start()
    await until(lambda: len(values(stored)) == 20, "every half is stored")
    assert values(stored) == [one.value for one in temperatures(20)]
    assert len({one.batch for one in stored}) == len(stored)


async def test_a_single_sample_that_is_too_large_is_dead_lettered(home: Home, service: Scripted) -> None:
    service.answer = lambda asked: (413, {"X-Chevet": "1"}, b"")
    await home.publish(reading(1, AT, None, "body_temperature"))
    home.start()
    letter = await dead(home)
    assert "413" in letter.headers["reason"]
    await until(lambda: home.rows("SELECT count(*) FROM batches") == [(0,)], "the batch is gone")


async def test_a_token_that_is_not_taken_is_renewed(home: Home, service: Scripted) -> None:
    service.answer = lambda asked: (
        (401, {"X-Chevet": "1"}, b"") if asked.headers["authorization"] == "Bearer token-1" else STORED
    )
    await home.publish(*temperatures(2))
    home.start()
    await until(lambda: home.state.exists() and len(service.batches) >= 2, "the batch is sent with another token")
    await until(lambda: home.rows("SELECT count(*) FROM batches") == [(0,)], "the batch is stored")
    assert service.tokens >= 2


async def test_a_batch_waits_while_no_token_is_taken_and_says_so(home: Home, service: Scripted) -> None:
    service.answer = lambda asked: (403, {"X-Chevet": "1"}, b"")
    await home.publish(*temperatures(2))
    home.start()
    waiting = 'chevet_uplink_waiting{reason="unauthorized",sent="batch"}'
    await until(lambda: len(service.batches) >= 2 and home.metrics().get(waiting) == 1, "the metric says why")
    assert "batch waits: the service answered 403" in home.log
    assert home.rows("SELECT samples FROM batches") == [(4,)]


async def test_an_alert_does_not_wait_behind_batches_or_behind_another_alert(home: Home, service: Scripted) -> None:
    def answer(asked: Asked) -> Said:
        if asked.path.endswith("write"):
            return 503, {"X-Chevet": "1", "Retry-After": "600"}, b""
        return refusal(asked, 422) if b"poison" in asked.body else CREATED

    service.answer = answer
    await home.publish(*temperatures(5))
    home.start()
    await until(lambda: service.batches, "batches wait")
    await home.publish(b'{"id": "poison"}', b'{"id": "a2"}', b'{"id": "a2", "cleared_at": 7}', queue=topology.OUTBOX)
    await until(lambda: len([one for one in service.alerts if b"a2" in one.body]) == 2, "the alert is there")
    assert [one.body for one in service.alerts if b"a2" in one.body][1] == b'{"id": "a2", "cleared_at": 7}'
    done = 'chevet_uplink_answers_total{reason="stored",sent="alert"}'
    await until(lambda: home.metrics().get(done) == 2, "both posts are acknowledged")
    assert home.stop() == 0, home.log
    assert await home.bus.depth(topology.dead_queue(topology.OUTBOX)) == 0
    again = [batch async for batch in _one_batch(home, topology.OUTBOX)]
    assert [one.body for one in again] == [b'{"id": "poison"}'], "only the refused alert is still in its queue"


async def _one_batch(home: Home, queue: str):
    async with home.bus.consume(queue, linger=0.2) as batches:
        async for batch in batches:
            for one in batch:
                yield one
            return


async def test_however_many_alerts_are_refused_the_next_one_is_posted(home: Home, service: Scripted) -> None:
    service.answer = lambda asked: refusal(asked, 422) if b"poison" in asked.body else CREATED
    refused = [f'{{"id": "poison {number}"}}'.encode() for number in range(60)]
    await home.publish(*refused, b'{"id": "a2"}', queue=topology.OUTBOX)
    home.start()
    await until(lambda: any(b"a2" in one.body for one in service.alerts), "the alert is there")


async def test_what_is_no_json_in_the_alerts_queue_is_dead_lettered(home: Home, service: Scripted) -> None:
    home.start()
    await home.publish(b"{not json", b"[1]", b'{"id": "a1"}', queue=topology.OUTBOX)
    letter = await dead(home, topology.OUTBOX)
    assert letter.headers["reason"] == "message: expected an alert as a JSON object"
    await until(lambda: [one.body for one in service.alerts] == [b'{"id": "a1"}'], "the alert is there")


async def test_the_newest_readings_are_posted_whatever_the_backlog(home: Home, service: Scripted) -> None:
    def answer(asked: Asked) -> Said:
        return STORED if asked.batch.startswith("latest-") else (500, {"X-Chevet": "1"}, b"")

    service.answer = answer
    await home.publish(*temperatures(3), reading(7, AT - 5000, 35.5, "body_temperature"))
    home.start()
    await until(lambda: service.latest, "the newest is there")
    (series,) = service.latest[-1].series
    assert series.name.endswith("_latest")
    assert series.samples == ((AT + 2000, 36.02),)


async def test_a_message_that_is_no_reading_is_dead_lettered_and_the_others_go_on(
    home: Home, service: Scripted
) -> None:
    await home.publish(b'{"v": 1}', *temperatures(1))
    home.start()
    letter = await dead(home)
    assert "expected exactly the fields" in letter.headers["reason"]
    await until(lambda: values(service.batches) == [36.0], "the other is stored")


async def test_a_reading_that_comes_twice_is_counted_once(home: Home, service: Scripted) -> None:
    await home.publish(*temperatures(2), *temperatures(2))
    home.start()
    duplicates = 'chevet_uplink_readings_total{outcome="duplicate"}'
    await until(lambda: service.batches and home.metrics().get(duplicates) == 2, "two are known")
    await until(lambda: values(service.batches) == [36.0, 36.01], "each once")


async def test_uplink_stops_consuming_when_the_journal_is_large_and_goes_on_when_it_is_not(
    home: Home, service: Scripted
) -> None:
    service.answer = lambda asked: (503, {}, b"")
    home.settings["JOURNAL_MAX_SAMPLES"] = "10"
    await home.publish(*temperatures(20))
    home.start()
    rows = 'chevet_journal_rows{state="unanswered"}'
    await until(lambda: service.batches and home.metrics().get(rows) == 40, "the first are journaled")
    later = [reading(100 + n, AT + 100_000 + n, 39.0, "body_temperature", device="other") for n in range(20)]
    await home.publish(later[0])
    await until(lambda: "samples wait for the service, more than 10" in home.log, "it pauses and says why")
    await home.publish(*later[1:])
    assert home.metrics()["chevet_uplink_consuming"] == 0
    await until_depth(home, 19)
    service.answer = lambda asked: STORED
    await until(lambda: len(values(service.batches)) == 40, "all is stored once there is room")
