"""The service's own metrics. Their names stand in the catalogue of metrics; no identity is ever a label."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from analysis_service.records.service import Expectation
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
        up = metrics.SERVICE_DEPENDENCY_UP
        self.dependency_up = Gauge(up.name, up.help, up.labels, registry=self.registry, multiprocess_mode="mostrecent")

    def count(self, stored: int, quarantined: int) -> None:
        """The samples of one request."""
        self._stored.inc(stored)
        if quarantined:
            self._quarantined.inc(quarantined)

    def _counter(self, row: metrics.Metric) -> Counter:
        return Counter(row.name, row.help, row.labels, registry=self.registry)

    def exposition(self, expected: Iterable[Expectation], heartbeats: Mapping[str, int]) -> bytes:
        """The text of /metrics, what ought to arrive and the gateways' newest heartbeats (milliseconds) included."""
        other = CollectorRegistry(auto_describe=False)
        other.register(_Expected(list(expected)))
        other.register(_Heartbeats(heartbeats))
        return generate_latest(self._of_all_workers()) + generate_latest(other)

    def _of_all_workers(self) -> CollectorRegistry:
        if SHARED_DIRECTORY not in os.environ:
            return self.registry
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call] # the library's
        return together


class _Expected(Collector):
    """Freshness rules start from these, so that silence has something to fire on."""

    def __init__(self, expected: list[Expectation]) -> None:
        self._expected = expected

    def collect(self) -> Iterator[Metric]:
        """Two gauges, a sample for each expectation."""
        for row, field in ((metrics.EXPECTED_INTERVAL, "interval"), (metrics.EXPECTED_STALE, "stale_after")):
            family = GaugeMetricFamily(row.name, row.help, labels=row.labels)
            for one in self._expected:
                family.add_metric([getattr(one, label) for label in row.labels], getattr(one, field))
            yield family


class _Heartbeats(Collector):
    """That a gateway is down is one alert, and starts from here."""

    def __init__(self, heartbeats: Mapping[str, int]) -> None:
        self._heartbeats = heartbeats

    def collect(self) -> Iterator[Metric]:
        """One gauge, a sample for each gateway that ever sent one."""
        row = metrics.GATEWAY_HEARTBEAT
        family = GaugeMetricFamily(row.name, row.help, labels=row.labels)
        for gateway, received in self._heartbeats.items():
            family.add_metric([gateway], received / 1000)
        yield family
