"""The agent's own metrics. What is not known is not there: a gateway without a battery has none of 0 %."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import Metric
from prometheus_client.registry import Collector

from chevet import metrics
from chevet.remote_write import Series, series
from exporters.gateway import machinery, telemetry
from exporters.gateway.agent.box import Battery
from exporters.gateway.agent.free import Disk

HEARTBEATS = telemetry.counter(metrics.AGENT_HEARTBEATS)
SAMPLES = telemetry.counter(metrics.AGENT_SAMPLES)


class Newest(Collector):
    """What the agent found at its last look, beside its counters on its /metrics."""

    def __init__(self) -> None:
        self._series: list[Series] = []

    def show(self, disk: Disk | None, battery: Battery | None) -> None:
        """Take the place of the last look."""
        rows: list[tuple[metrics.Metric, float | None]] = []
        if disk is not None:
            rows += [(metrics.DISK_FREE, disk.free), (metrics.DISK_SIZE, disk.size)]
            rows += [(metrics.DISK_LEFT, disk.seconds_left)]
        if battery is not None:
            rows += [(metrics.BATTERY, battery.percent), (metrics.MAINS, battery.mains)]
        self._series = [series(row.name, {}, (0, float(value))) for row, value in rows if value is not None]

    def collect(self) -> Iterable[Metric]:
        """A family for each that is known."""
        return machinery.families(self._series)
