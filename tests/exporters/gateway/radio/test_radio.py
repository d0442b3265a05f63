"""Real zigpy with simulated sensors over a real socket and a real broker: from joining to readings on the bus."""

from __future__ import annotations

import asyncio
from typing import Any

from chevet.readings import Quality, Reading
from exporters.gateway.bus import topology
from exporters.gateway.bus.client import Bus


async def collect(bus: Bus, expected: int, queue: str = topology.UPLINK) -> list[Reading]:
    """What comes, until there are `expected` readings."""
    readings: list[Reading] = []
    async with asyncio.timeout(60), bus.consume(queue) as batches:
        async for batch in batches:
            readings += [Reading.from_json(delivery.body) for delivery in batch]
            bus.ack_all(batch)
            if len(readings) >= expected:
                return readings
    return readings


async def test_a_sensor_joins_is_interviewed_and_bound_and_its_report_is_on_the_bus(
    bus: Bus, sensors: Any, joined: Any
) -> None:
    at = sensors.measure(spo2=97, heart_rate=71, contact=True, motion=False)
    readings = {one.vital: one for one in await collect(bus, 2)}
    assert set(readings) == {"oxygen_saturation", "heart_rate"}
    for vital, value in (("oxygen_saturation", 97.0), ("heart_rate", 71.0)):
        one = readings[vital]
        assert (one.device, one.value, one.quality, one.measured_at) == ("oximeter", value, Quality.GOOD, at)
        assert (one.gateway, one.origin, one.sequence) == ("g01", "zigpy", 1)
    assert joined.stop() == 0
