"""uplink: brings readings, as windows, and alerts to the service, in tasks of which none waits for another.

But readings stay in the broker until it is known how far the gateway's clock is off.
In pull mode the service fetches series itself: nothing new is batched, and the journal keeps the newest for `exporter`.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

import structlog

from chevet import metrics
from exporters.gateway import clocks, server, telemetry
from exporters.gateway.bus import topology
from exporters.gateway.bus.client import Bus
from exporters.gateway.server import Server, Tokens
from exporters.gateway.settings import UplinkSettings
from exporters.gateway.uplink.batches import Batches
from exporters.gateway.uplink.cutting import Cutting
from exporters.gateway.uplink.forwarding import Forwarder
from exporters.gateway.uplink.journal import TICK_SECONDS, Journal, counts
from exporters.gateway.uplink.latest import Latest
from exporters.gateway.uplink.receiving import Receiver
from exporters.gateway.uplink.restating import Restating
from exporters.gateway.uplink.sending import Sender

log = structlog.get_logger()
ROWS = telemetry.gauge(metrics.JOURNAL_ROWS)
BYTES = telemetry.gauge(metrics.JOURNAL_BYTES)
MEASURE_SECONDS = 1.0


async def run(settings: UplinkSettings, look: clocks.Look = clocks.look) -> None:
    """The process. Raises ChevetError where it cannot begin."""
    server.read_credentials(settings.credentials_file)
    tokens = Tokens(settings.credentials_file)
    bus = Bus(settings.broker_url.get_secret_value(), "uplink", topology.queues(settings.uplink_max_bytes))
    with closing(Journal(settings.state_dir)) as journal, telemetry.serving(settings.metrics_address):
        async with (
            Server(settings.server_url, tokens) as for_alerts,
            Server(settings.server_url, tokens) as for_batches,
            Server(settings.server_url, tokens) as for_latest,
            Server(settings.server_url, tokens) as for_time,
            asyncio.TaskGroup() as tasks,
        ):
            sender = Sender(Batches(journal), for_batches, bus, settings.batch_seconds)
            measured = Measured(journal, sender, settings)
            restating = Restating(journal, for_time, look)
            cutting = Cutting(journal, push=settings.mode == "push", wall=restating.now)
            receiver = Receiver(bus, cutting, restating, measured.full)
            latest = Latest(bus, for_latest, restating, settings.latest_seconds)
            programs = [
                Forwarder(bus, for_alerts, restating).run(),
                receiver.run(),
                receiver.listen(),
                sender.run(),
                restating.run(),
            ]
            if settings.mode == "push":
                programs += [latest.listen(), latest.run()]
            for program in (bus.run(), *programs, measured.run(), _forget(journal)):
                tasks.create_task(program)


class Measured:
    """How large the journal is, looked at each second, and whether that is too large."""

    def __init__(self, journal: Journal, sender: Sender, settings: UplinkSettings) -> None:
        self._journal = journal
        self._sender = sender
        self._settings = settings
        self._rows = counts(journal.db)
        self._bytes = journal.bytes_used()

    async def run(self) -> None:
        """Measure for ever."""
        while True:
            self._rows, self._bytes = counts(self._journal.db), self._journal.bytes_used()
            for state, count in self._rows.items():
                ROWS.labels(state).set(count)
            BYTES.set(self._bytes)
            self._journal.find_room()
            self._sender.look()
            await asyncio.sleep(MEASURE_SECONDS)

    def full(self) -> str:
        """Why no more readings are to be consumed; empty where there is room."""
        settings, samples = self._settings, self._rows["unsent"] + self._rows["unanswered"]
        if self._journal.full:
            return "the disk has no room for the journal"
        # Without samples on their way it is all known identities, and to pause would not make it smaller.
        if samples and self._bytes > settings.journal_max_bytes:
            return f"the journal uses {self._bytes} bytes, more than {settings.journal_max_bytes}"
        if samples > settings.journal_max_samples:
            return f"{samples} samples wait for the service, more than {settings.journal_max_samples}"
        if self._sender.away_seconds > settings.away_seconds:
            return f"the service has been away for more than {settings.away_seconds:.0f} s"
        return ""


async def _forget(journal: Journal) -> None:
    while True:
        await asyncio.sleep(TICK_SECONDS)
        try:
            if forgotten := journal.tick():
                log.info("old identities are forgotten", readings=forgotten)
        except sqlite3.Error as error:
            log.error("the journal cannot be written; nothing is forgotten this time", error=str(error))
