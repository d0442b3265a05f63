"""What the exporter's page is made of: parts that speak for themselves, put together by one collector.

A part that fails reports success 0 and takes nothing else with it; one that is slow makes no other wait.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog
from prometheus_client import Metric
from prometheus_client.registry import Collector

from chevet import metrics
from chevet.remote_write import Series, series
from exporters.gateway import machinery
from exporters.gateway.exporter import newest
from exporters.gateway.exporter.newest import ALWAYS, Span
from exporters.gateway.uplink import journal

log = structlog.get_logger()
OURSELVES = "exporter"


@dataclass(frozen=True, slots=True)
class Part:
    """`series()` gives samples with their time in milliseconds, or 0 for those that are true now."""

    name: str
    series: Callable[[], Iterable[Series]]


class Composite(Collector):
    """All parts of a gateway as one collector."""

    def __init__(self, gateway: str, parts: Iterable[Part]) -> None:
        self._labels = {metrics.GATEWAY: gateway, metrics.PROCESS: OURSELVES}
        self._parts = tuple(parts)

    def collect(self) -> Iterator[Metric]:
        """The families of each part that could speak; then of each, whether it could and how long it took."""
        with ThreadPoolExecutor(max_workers=max(1, len(self._parts))) as asked:
            said = list(asked.map(self._said_by, self._parts))
        return machinery.families(one for many in said for one in many)

    def _said_by(self, part: Part) -> list[Series]:
        begun = time.perf_counter()
        try:
            spoken, success = list(part.series()), 1
        except Exception as error:  # whatever it is, the other parts still speak
            log.error("a part of the exporter cannot speak", collector=part.name, error=repr(error))
            spoken, success = [], 0
        labels = {"collector": part.name, **self._labels}
        return [
            *spoken,
            series(metrics.COLLECTOR_SUCCESS.name, labels, (0, success)),
            series(metrics.COLLECTOR_DURATION.name, labels, (0, time.perf_counter() - begun)),
        ]


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


def of_processes(gateway: str, processes: Mapping[str, str]) -> tuple[Part, ...]:
    """How each process is, as the agent of a gateway that pushes would send it."""

    def said(process: str, address: str) -> list[Series]:
        return machinery.look(gateway, process, address).series

    return tuple(Part(process, partial(said, process, address)) for process, address in processes.items())
