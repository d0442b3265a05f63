"""The newest good reading of each series, every few seconds whatever the backlog: what screens show as "now".

Newest wins: nothing of it is journaled, and what could not be sent is replaced by what came since.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from uuid import uuid4

from chevet import windows
from chevet.errors import BadReading
from chevet.readings import Quality, Reading
from chevet.windows import SeriesKey
from exporters.gateway.bus import topology
from exporters.gateway.bus.client import Bus, Delivery
from exporters.gateway.server import Server
from exporters.gateway.uplink.answers import Meaning, verdict
from exporters.gateway.uplink.batches import MOST_SAMPLES, compressed
from exporters.gateway.uplink.cutting import FUTURE_MS
from exporters.gateway.uplink.restating import Restating
from exporters.gateway.uplink.sending import ANSWERS, post
from exporters.gateway.uplink.waiting import Waiting

SOON = 4.0
"""Seconds between two tries while the service is away: screens are to show now as now soon after a link returns."""


class Newest:
    """The newest good reading of each series that has not been sent. A time is never sent twice with two values."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._times: dict[SeriesKey, int] = {}
        self._unsent: dict[SeriesKey, Reading] = {}

    def offer(self, reading: Reading) -> None:
        """Keep `reading` where it is good, newer than what is known, and not from the future."""
        series = reading.identity[:3]
        ahead = reading.measured_at > self._wall() * 1000 + FUTURE_MS
        if reading.quality is Quality.GOOD and not ahead and reading.measured_at > self._times.get(series, -1):
            self._times[series] = reading.measured_at
            self._unsent[series] = reading

    def unsent(self, most: int) -> list[Reading]:
        """At most `most` of those that wait."""
        return list(self._unsent.values())[:most]

    def sent(self, readings: list[Reading]) -> None:
        """These need not be sent again; what came meanwhile stays."""
        for reading in readings:
            if self._unsent.get(reading.identity[:3]) is reading:
                del self._unsent[reading.identity[:3]]


class Latest:
    """Consumes `fresh` and posts `_latest` samples every `seconds`."""

    def __init__(self, bus: Bus, server: Server, restating: Restating, seconds: float) -> None:
        self._bus = bus
        self._restating = restating
        self._server = server
        self._seconds = seconds
        self._newest = Newest(restating.now)
        self._waiting = Waiting("latest", most=SOON)

    async def listen(self) -> None:
        """Consume for ever. What is no reading is the business of `uplink`, which has the same message."""
        while True:
            await self._restating.settled()
            async with self._bus.consume(topology.FRESH) as batches:
                async for batch in batches:
                    taken = [delivery for delivery in batch if self._offer(delivery)]
                    self._bus.ack_all(taken)
                    if len(taken) < len(batch):
                        break  # the others come again when it is known how far their clock is off

    def _offer(self, delivery: Delivery) -> bool:
        """Whether this is done with."""
        try:
            restated = self._restating.restated(Reading.from_json(delivery.body))
        except BadReading:
            return True
        if isinstance(restated, Reading):
            self._newest.offer(restated)
        return restated is not None

    async def run(self) -> None:
        """Post for ever."""
        while True:
            while readings := self._newest.unsent(MOST_SAMPLES):
                if not await self._post(readings):
                    break
            await asyncio.sleep(self._seconds)

    async def _post(self, readings: list[Reading]) -> bool:
        name = f"latest-{uuid4().hex}"
        said = verdict(await post(self._server, name, compressed(windows.latest(one) for one in readings)), name)
        ANSWERS.labels("latest", said.reason).inc()
        if said.meaning is Meaning.KEEP:
            await self._waiting.wait(said.reason, said.sentence, said.retry_after)
            return False
        # Refused for good is gone for good: the next reading is the newest.
        self._newest.sent(readings)
        self._waiting.over()
        return True
