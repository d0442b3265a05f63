"""The service's own metrics. Their names stand in the catalogue of metrics; no identity is ever a label."""

from __future__ import annotations

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from chevet import metrics

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

SHARED_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which prometheus_client knows that several processes count together, and where."""


class Telemetry:
    """Counters of one process, told as the sum of all workers of this address."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        samples = self._counter(metrics.INGEST_SAMPLES)
        # Each looked up once: a request counts in a moment, and none waits for another's lookup.
        self._stored, self._quarantined = samples.labels(result="stored"), samples.labels(result="quarantined")
        self.alerts = self._counter(metrics.ALERTS_REGISTERED)
        self.alerts_refused = self._counter(metrics.ALERTS_REFUSED)
        up = metrics.SERVICE_DEPENDENCY_UP
        self.dependency_up = Gauge(up.name, up.help, up.labels, registry=self.registry, multiprocess_mode="mostrecent")

    def count(self, stored: int, quarantined: int) -> None:
        """The samples of one request."""
        self._stored.inc(stored)
        if quarantined:
            self._quarantined.inc(quarantined)

    def _counter(self, row: metrics.Metric) -> Counter:
        return Counter(row.name, row.help, row.labels, registry=self.registry)

    def exposition(self) -> bytes:
        """The text of /metrics as far as it is counted here."""
        return generate_latest(self._of_all_workers())

    def _of_all_workers(self) -> CollectorRegistry:
        if SHARED_DIRECTORY not in os.environ:
            return self.registry
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call] # the library's
        return together
