"""One bound after the other, on a real broker: uplink refuses, the spool grows, it is folded, the broker keeps what is
left. And when there is room again everything arrives, each reading once."""

from __future__ import annotations

import asyncio
import json
import signal
import time
import urllib.request
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from chevet.parts import Part, from_message
from exporters.gateway.bus import topology
from exporters.gateway.bus.client import Bus
from exporters.gateway.intake.departures import BATCH
from provisioning.local import servers

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
Running = Callable[[Bus], AbstractAsyncContextManager[Bus]]

BEGAN = time.time_ns() // 1_000_000 - 3_600_000
UPLINK, FOLD, FULL = 20_000, 300_000, 700_000
READING = 240
FOLDABLE, UNFOLDABLE = 1800, 3000
"""Messages: half an hour of an oximeter, two readings each, and temperatures, which have no window."""


async def send(bus: Bus, device: str, payloads: list[dict[str, Any]]) -> None:
    for place in range(0, len(payloads), 500):
        several = payloads[place : place + 500]
        answers = [bus.publish(topology.MQTT, f"zigbee2mqtt.{device}", json.dumps(one)) for one in several]
        assert all(await asyncio.gather(*answers))


def oximeter(seconds: int) -> dict[str, Any]:
    return {"spo2": 90 + seconds % 10, "heart_rate": 71, "contact": True, "last_seen": BEGAN + seconds * 1000}


def shown(intake: Any) -> dict[str, float]:
    try:
        with urllib.request.urlopen(f"http://{intake.address}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
    except OSError:
        return {}
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines) if name[:1] != "#"}


async def test_the_bounds_hold_in_their_order_and_nothing_is_lost_though_it_dies_while_it_folds(
    rabbitmq: servers.Broker, running: Running, intake: Any, device_list: Callable[..., str], eventually: Eventually
) -> None:
    narrow = rabbitmq.new_vhost()
    intake.settings["CHEVET_BROKER_URL"] = rabbitmq.amqp_url(narrow)
    bounds = {"UPLINK_MAX_BYTES": UPLINK, "SPOOL_MAX_BYTES": FULL, "SPOOL_FOLD_BYTES": FOLD}
    async with running(Bus(rabbitmq.amqp_url(narrow), "test", topology.queues(UPLINK))) as bus:

        async def metric(name: str) -> float:
            return (await asyncio.to_thread(shown, intake)).get(name, -1.0)

        async def all_taken() -> bool:
            return await bus.depth(topology.RAW) == 0 and await metric("chevet_spool_full") == 0

        async def has_folded() -> bool:
            return await metric('chevet_spool_folded_readings_total{exchange="chevet.readings"}') > 0

        async def full() -> bool:
            return await metric("chevet_spool_full") == 1

        assert await bus.publish(topology.MQTT, "zigbee2mqtt.bridge.devices", device_list(ox="CV-OX1", patch="CV-TH1"))
        intake.settings |= {f"CHEVET_{name}": str(value) for name, value in bounds.items()}
        killed = intake.start(die_at="folded/committed")
        await send(bus, "ox", [oximeter(n) for n in range(FOLDABLE)])
        assert await asyncio.to_thread(killed.wait, 60) == -signal.SIGKILL
        killed = intake.start(die_at="read/folded")
        assert await asyncio.to_thread(killed.wait, 60) == -signal.SIGKILL
        intake.start()
        await eventually(has_folded)  # what it took is more than the spool may have
        await eventually(all_taken)
        assert await bus.depth(topology.UPLINK) <= UPLINK / READING + BATCH, "it refuses a batch later at most"

        await send(bus, "patch", [{"temperature": 36.6, "last_seen": BEGAN + n * 1000} for n in range(UNFOLDABLE)])
        await eventually(full)
        assert (intake.state_dir / "spool.sqlite").stat().st_size <= FULL
        assert await bus.depth(topology.RAW) > 0, "the broker holds what is not acknowledged"

        counted = await collected(bus, 2 * FOLDABLE + UNFOLDABLE)
        assert set(counted.values()) == {1}
        assert Counter(vital for vital, _ in counted) == {
            "oxygen_saturation": FOLDABLE,
            "heart_rate": FOLDABLE,
            "body_temperature": UNFOLDABLE,
        }
        await eventually(all_taken)
        assert intake.stop() == 0
    rabbitmq.remove_vhost(narrow)


async def collected(bus: Bus, expected: int) -> Counter[tuple[str, int]]:
    """How often each reading came, by vital and sequence: by itself or in a part."""
    counted: Counter[tuple[str, int]] = Counter()
    async with asyncio.timeout(120), bus.consume(topology.UPLINK) as batches:
        async for batch in batches:
            for one in (from_message(delivery.body) for delivery in batch):
                last = one.last if isinstance(one, Part) else one.sequence
                first = one.first if isinstance(one, Part) else one.sequence
                counted.update((one.vital, sequence) for sequence in range(first, last + 1))
            bus.ack_all(batch)
            if len(counted) >= expected:
                break
    return counted
