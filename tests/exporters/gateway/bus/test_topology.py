"""The bus as rows."""

from __future__ import annotations

import pytest

from chevet.rules import URGENT_VITALS
from exporters.gateway.bus import topology

ROWS = topology.queues(uplink_max_bytes=1000)


@pytest.mark.parametrize(
    ("device", "key"),
    [
        ("ox1", "heart_rate.ox1"),
        ("bedroom.ox1", "heart_rate.bedroom_ox1"),
        ("salon/ox1", "heart_rate.salon/ox1"),
        ("#.*", "heart_rate.___"),
    ],
)
def test_a_routing_key_has_exactly_two_words_whatever_the_device_is_called(device: str, key: str) -> None:
    assert topology.routing_key("heart_rate", device) == key


def test_a_routing_key_is_never_longer_than_the_broker_takes_nor_cut_within_a_letter() -> None:
    key = topology.routing_key("heart_rate", "é" * 128)
    assert 253 <= len(key.encode()) <= 255
    assert set(key.removeprefix("heart_rate.")) == {"é"}


@pytest.mark.parametrize("queue", [row for row in ROWS if not row.name.startswith("dead.")], ids=lambda row: row.name)
def test_each_queue_has_its_dead_letter_queue(queue: topology.Queue) -> None:
    assert f"dead.{queue.name}" in {row.name for row in ROWS}


def test_each_vital_with_urgent_limits_has_its_queue_and_the_others_do_not_leave_for_it() -> None:
    assert {row.name for row in ROWS if row.name.startswith("urgent.")} == {f"urgent.{key}" for key in URGENT_VITALS}
    assert topology.exchanges_of("oxygen_saturation") == ("chevet.urgent", "chevet.readings")
    assert topology.exchanges_of("weight") == ("chevet.readings",)


def test_uplink_refuses_what_is_beyond_its_bytes_and_fresh_lets_the_oldest_go() -> None:
    arguments = {row.name: row.arguments for row in ROWS}
    assert arguments["uplink"]["x-max-length-bytes"] == 1000
    assert arguments["uplink"]["x-overflow"] == "reject-publish"
    assert arguments["fresh"]["x-overflow"] == "drop-head"
