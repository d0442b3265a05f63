"""From the journal to the service: the oldest batch, again and again with the same bytes, until its life is over.

One batch is under way at a time, so that within a series time never runs backwards on the wire.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3

import structlog

from chevet import metrics
from exporters.gateway import steps, telemetry
from exporters.gateway.bus import topology
from exporters.gateway.bus.client import Bus, BusDown
from exporters.gateway.server import Answer, Server
from exporters.gateway.uplink.answers import Meaning, Verdict, verdict
from exporters.gateway.uplink.batches import Batch, Batches
from exporters.gateway.uplink.waiting import Waiting

log = structlog.get_logger()
SAMPLES = telemetry.counter(metrics.UPLINK_SAMPLES)
ANSWERS = telemetry.counter(metrics.UPLINK_ANSWERS)
WRITE = "/api/v1/write"
HEADERS = {
    "Content-Encoding": "snappy",
    "Content-Type": "application/x-protobuf",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}
BATCH = "X-Chevet-Batch"
QUARANTINED = "X-Chevet-Quarantined"
CONFIRM_SECONDS = 5.0


async def post(server: Server, name: str, body: bytes) -> Answer:
    """One remote write request, under the name by which the service's answer will know it."""
    return await server.ask("POST", WRITE, content=body, headers={**HEADERS, BATCH: name})


class Sender:
    """Sends what `batches` has; `seconds` is how long a sample may wait for its batch to fill."""

    def __init__(self, batches: Batches, server: Server, bus: Bus, seconds: float) -> None:
        self._batches = batches
        self._server = server
        self._bus = bus
        self._seconds = seconds
        self._enough = asyncio.Event()
        self._waiting = Waiting("batch")

    @property
    def away_seconds(self) -> float:
        """For how long the oldest batch has been waiting for the service."""
        return self._waiting.seconds

    def look(self) -> None:
        """There may be enough for a full batch now."""
        if self._batches.waiting() >= self._batches.most:
            self._enough.set()

    async def run(self) -> None:
        """Cut and send batches for ever."""
        while True:
            try:
                if batch := self._batches.oldest():
                    await self._send(batch)
                else:
                    await self._until_due()
                    self._batches.cut()
            except sqlite3.Error as error:
                await self._waiting.wait("disk", f"the journal cannot be written ({error})")

    async def _until_due(self) -> None:
        self._enough.clear()
        self.look()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                await self._enough.wait()

    async def _send(self, batch: Batch) -> None:
        steps.passed("journal/POST")
        answer = await post(self._server, batch.name, batch.body)
        said = verdict(answer, batch.name)
        ANSWERS.labels("batch", said.reason).inc()
        if said.meaning is Meaning.DONE:
            steps.passed("2xx/mark")
            self._store(batch, answer)
        elif said.meaning is Meaning.HALVE and batch.samples > 1:
            log.warning("a batch is halved", batch=batch.name, samples=batch.samples, sentence=said.sentence)
            self._batches.halve(batch)
        elif said.meaning is Meaning.KEEP:
            await self._waiting.wait(said.reason, said.sentence, said.retry_after)
        else:
            await self._bury(batch, said)

    def _store(self, batch: Batch, answer: Answer) -> None:
        self._batches.remove(batch)
        self._waiting.over()
        count = answer.headers.get(QUARANTINED, "0")
        quarantined = min(int(count), batch.samples) if count.isdigit() else 0
        if quarantined:
            log.warning("the service set samples of a batch aside", batch=batch.name, samples=quarantined)
        SAMPLES.labels("stored").inc(batch.samples - quarantined)
        SAMPLES.labels("quarantined").inc(quarantined)

    async def _bury(self, batch: Batch, said: Verdict) -> None:
        log.error("a batch is dead-lettered", batch=batch.name, samples=batch.samples, sentence=said.sentence)
        headers = {"reason": said.sentence, "queue": topology.UPLINK, "batch": batch.name}
        if not await self._bury_at_once(batch, headers):
            # No other batch waits for it: only what they free in the journal lets the broker be emptied.
            self._batches.postpone(batch)
            await self._waiting.wait("broker_refuses", "the broker does not take a dead letter")
            return
        self._batches.remove(batch)
        self._waiting.over()
        SAMPLES.labels("dead_lettered").inc(batch.samples)

    async def _bury_at_once(self, batch: Batch, headers: dict[str, str]) -> bool:
        if self._bus.blocked:  # each try would be one more copy that waits in memory
            return False
        try:
            letter = self._bus.publish("", topology.dead_queue(topology.UPLINK), batch.body, headers)
            async with asyncio.timeout(CONFIRM_SECONDS):
                return await letter
        except (BusDown, TimeoutError):
            return False
