"""uplink between a real broker and the service's place: every window once, also when it is killed between two acts."""

from __future__ import annotations

import pytest

from exporters.gateway.bus import topology
from tests.exporters.gateway.uplink.homes import MINUTE, Home, Scripted, expected, half_hour, samples, until

START = 1_700_000_040_000


async def test_what_is_published_arrives_as_windows_once(home: Home, service: Scripted) -> None:
    await home.publish(*half_hour(START))
    home.start()
    await until(lambda: samples(service.batches) == expected(START), "all samples came, each once")
    await until(lambda: home.rows("SELECT count(*) FROM batches") == [(0,)], "the batches are marked")
    assert home.stop() == 0, home.log
    assert await home.bus.depth(topology.UPLINK) == 0


@pytest.mark.parametrize("step", ["journal/ack", "journal/POST", "2xx/mark"])
async def test_a_kill_between_two_acts_loses_nothing_and_doubles_nothing(
    home: Home, service: Scripted, step: str
) -> None:
    await home.publish(*half_hour(START))
    home.start(kill_at=step)
    await home.died()
    home.start()
    await until(lambda: samples(service.batches) == expected(START), "the ledger is even")
    bodies: dict[str, bytes] = {}
    for one in service.batches:
        assert bodies.setdefault(one.batch, one.body) == one.body, "a retry sent other bytes"
    assert home.rows("SELECT count(*) FROM readings") == [(len(half_hour(START)),)]


async def test_pull_posts_no_series(home: Home, service: Scripted) -> None:
    home.settings["MODE"] = "pull"
    await home.publish(*half_hour(START))
    home.start()
    await home.publish(b'{"id": "a1"}', queue=topology.OUTBOX)
    await until(lambda: service.alerts, "an alert is forwarded as ever")
    newest = "SELECT max(ended) FROM newest_windows"
    await until(lambda: home.rows(newest) == [(START + 30 * MINUTE,)], "the newest window is kept")
    assert home.stop() == 0, home.log
    assert service.batches == service.latest == []
