"""Fills the queue `uplink` with real readings: days of simulated patients, published with confirms as intake does."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator

from bench.errors import Unmeasured
from bench.progress import Tell
from chevet.readings import Reading
from chevet.zigbee import values_of
from exporters.gateway.bus import topology
from exporters.gateway.bus.client import Bus
from simulators.devices import DEVICES
from simulators.patients import patient
from simulators.payloads import reports

UNDER_WAY = 4000
TELL_EVERY = 100_000
DAY = 86_400.0


def readings(gateway: str, seed: int, until: float) -> Iterator[Reading]:
    """Without end: the day before `until` (seconds since 1970) of one patient after another."""
    for number in itertools.count(seed):
        numbers = itertools.count(1)
        for report in reports(DEVICES, patient(number), until - DAY, until):
            for vital, value, quality in values_of(report.device.row, report.payload):
                yield Reading(
                    gateway=gateway,
                    device=f"{report.device.name}-{number}",
                    vital=vital,
                    value=value,
                    measured_at=report.payload["last_seen"],
                    segment="bench",
                    run=f"bench-{number}",
                    sequence=next(numbers),
                    quality=quality,
                    origin="bench",
                )


async def fill(bus: Bus, source: Iterator[Reading], count: int, tell: Tell) -> None:
    """Until the broker has confirmed `count` of them. Raises Unmeasured where it does not take one."""
    confirmed = 0
    while confirmed < count:
        some = itertools.islice(source, min(UNDER_WAY, count - confirmed))
        answers = [
            bus.publish(topology.READINGS, topology.routing_key(one.vital, one.device), one.to_json()) for one in some
        ]
        if not all(await asyncio.gather(*answers)):
            raise Unmeasured("uplink: expected the broker to take every reading, it refused one")
        if confirmed // TELL_EVERY != (confirmed + len(answers)) // TELL_EVERY:
            tell(f"{confirmed + len(answers)} readings wait in uplink")
        confirmed += len(answers)
