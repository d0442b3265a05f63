"""What the exporter's page is made of: parts that speak for themselves, put together by one collector.

A part that fails reports success 0 and takes nothing else with it.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from chevet import metrics
from chevet.remote_write import Series, series
from exporters.gateway.bus.client import Bus
from exporters.gateway.exporter import newest
from exporters.gateway.exporter.newest import ALWAYS, Span
from exporters.gateway.intake import spool
from exporters.gateway.uplink import journal

log = structlog.get_logger()
BROKER_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Part:
    """`series()` gives samples with their time in milliseconds, or 0 for those that are true now."""

    name: str
    series: Callable[[], Iterable[Series]]


class Composite(Collector):
    """All parts as one collector."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self._parts = tuple(parts)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The families of each part that could speak; then of each, whether it could and how long it took."""
        said: list[Series] = []
        for part in self._parts:
            begun = time.perf_counter()
            try:
                spoken, success = list(part.series()), 1
            except Exception as error:  # whatever it is, the other parts still speak
                log.error("a part of the exporter cannot speak", collector=part.name, error=repr(error))
                spoken, success = [], 0
            label = {"collector": part.name}
            said += spoken
            said.append(series(metrics.COLLECTOR_SUCCESS.name, label, (0, success)))
            said.append(series(metrics.COLLECTOR_DURATION.name, label, (0, time.perf_counter() - begun)))
        return families(said)


def families(many: Iterable[Series]) -> Iterator[GaugeMetricFamily]:
    """One family for each metric; its help is that of the metric's row."""
    found: dict[str, GaugeMetricFamily] = {}
    for one in many:
        row = metrics.BY_NAME[one.name]
        family = found.setdefault(row.name, GaugeMetricFamily(row.name, row.help, labels=row.labels))
        labels = dict(one.labels)
        for at, value in one.samples:
            family.add_metric([labels[name] for name in row.labels], value, at / 1000 if at else None)
    yield from found.values()


def of_vitals(state: Path, span: Span = ALWAYS) -> tuple[Part, ...]:
    """The newest of uplink's journal within `span`, as it would be pushed.

    Pull promises no replay, so there are no stragglers.
    """

    def windows() -> list[Series]:
        with newest.opened(state / journal.NAME) as db:
            return newest.window_series(db, span)

    def latest() -> list[Series]:
        with newest.opened(state / journal.NAME) as db:
            return newest.latest_series(db, span)

    return Part("windows", windows), Part("latest", latest)


def of_health(state: Path, bus: Bus, queues: Iterable[str]) -> tuple[Part, ...]:
    """How the gateway is. To be made where the bus runs; the parts are asked from other threads."""
    loop, names = asyncio.get_running_loop(), tuple(queues)

    def broker() -> list[Series]:
        asked = asyncio.run_coroutine_threadsafe(_depths(bus, names), loop)
        return list(asked.result(BROKER_SECONDS + 1))

    def backlog() -> list[Series]:
        with newest.opened(state / journal.NAME) as db:
            return [
                series(metrics.JOURNAL_ROWS.name, {"state": which}, (0, rows))
                for which, rows in journal.counts(db).items()
            ]

    def spooled() -> list[Series]:
        with newest.opened(state / spool.NAME) as db:
            rows = db.execute("SELECT exchange, count(*) FROM leaving GROUP BY exchange")
            return [series(metrics.SPOOL_READINGS.name, {"exchange": name}, (0, count)) for name, count in rows]

    def disk() -> list[Series]:
        usage = shutil.disk_usage(state)
        return [
            series(metrics.DISK_FREE.name, {}, (0, usage.free)),
            series(metrics.DISK_SIZE.name, {}, (0, usage.total)),
        ]

    return Part("broker", broker), Part("journal", backlog), Part("spool", spooled), Part("disk", disk)


async def _depths(bus: Bus, names: Iterable[str]) -> list[Series]:
    async with asyncio.timeout(BROKER_SECONDS):
        return [series(metrics.BUS_QUEUE_MESSAGES.name, {"queue": name}, (0, await bus.depth(name))) for name in names]
