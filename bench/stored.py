"""What is stored: raw samples read back from Prometheus by its API, and the same sum as Prometheus itself counts it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2

from bench.comparison import StoredWindow, WindowKey, window_end
from chevet import metrics, promql
from chevet.metrics import Metric

STEP_SECONDS = 4 * 3600
LEDGER = {metrics.READINGS: "sum_over_time", metrics.STRAGGLER: "count_over_time"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One sample; `at` in milliseconds."""

    device: str
    quality: str
    at: int
    value: float


class Store:
    """A Prometheus, asked about one gateway between two times in milliseconds."""

    def __init__(self, url: str, gateway: str, begin: int, end: int) -> None:
        self._http = httpx2.Client(base_url=url, timeout=60, trust_env=False)
        self._gateway, self._begin, self._end = gateway, begin, end

    def windows(self) -> dict[WindowKey, StoredWindow]:
        """Every window and straggler that is there."""
        found: dict[WindowKey, StoredWindow] = defaultdict(StoredWindow)
        for metric in metrics.OF_VITALS:
            if metric.suffix != metrics.LATEST:
                for point in self._points(metric):
                    _take(found, metric, point)
        return dict(found)

    def total(self) -> int:
        """Readings that are stored, as the store adds them up: those in windows and the stragglers."""
        seconds = (self._end - self._begin) // 1000
        counts = 0
        for metric in metrics.OF_VITALS:
            if function := LEDGER.get(metric.suffix):
                query = promql.total(promql.over(function, self._selected(metric), seconds))
                counts += sum(int(float(row["value"][1])) for row in self._ask(query, self._end))
        return counts

    def by_device(self) -> Counter[str]:
        """The same for each device."""
        seconds = (self._end - self._begin) // 1000
        counts: Counter[str] = Counter()
        for metric in metrics.OF_VITALS:
            if function := LEDGER.get(metric.suffix):
                selected = promql.over(function, self._selected(metric), seconds)
                for row in self._ask(promql.by("sum", (metrics.DEVICE,), selected), self._end):
                    counts[row["metric"][metrics.DEVICE]] += int(float(row["value"][1]))
        return counts

    def _points(self, metric: Metric) -> Iterator[Point]:
        """In steps, so that no answer is large. Ranges may share their bound: a time is taken once."""
        seen: set[tuple[str, str, int]] = set()
        for start in range(self._begin, self._end, STEP_SECONDS * 1000):
            query = f"{self._selected(metric)}[{STEP_SECONDS}s]"
            for row in self._ask(query, start + STEP_SECONDS * 1000):
                device, quality = row["metric"][metrics.DEVICE], row["metric"].get(metrics.QUALITY, "")
                for seconds, value in row["values"]:
                    key = (device, quality, round(seconds * 1000))
                    if key not in seen:
                        seen.add(key)
                        yield Point(device=device, quality=quality, at=key[2], value=float(value))

    def _selected(self, metric: Metric) -> str:
        return promql.selector(metric.name, {metrics.GATEWAY: self._gateway})

    def _ask(self, query: str, at: int) -> list[dict[str, Any]]:
        answer = self._http.get("/api/v1/query", params={"query": query, "time": at / 1000})
        answer.raise_for_status()
        return list(answer.json()["data"]["result"])


def _take(found: dict[WindowKey, StoredWindow], metric: Metric, point: Point) -> None:
    assert metric.vital is not None  # noqa: S101 - OF_VITALS has no others
    vital = metric.vital.key
    if metric.suffix == metrics.STRAGGLER:
        late = found[point.device, vital, window_end(vital, point.at)].stragglers
        late.add(point.quality, point.value)
        return
    window = found[point.device, vital, point.at]
    if metric.suffix == metrics.READINGS:
        window.counts[point.quality] += int(point.value)
    elif metric.suffix == metrics.LOW:
        window.low = point.value
    elif metric.suffix == metrics.HIGH:
        window.high = point.value
    else:
        window.mean = point.value
        if not metric.vital.window:
            window.low = window.high = point.value
