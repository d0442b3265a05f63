"""Produced against stored: the home's own log on one side, what Prometheus holds on the other."""

from __future__ import annotations

import asyncio
import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from chevet import metrics, promql
from chevet.vitals import DEVICE_VITALS
from chevet.zigbee import BY_MODEL, values_of

SETTLED = 180
"""Seconds after which a reading ought to be stored when the link is there: its window, the grace and the batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Readings measured since the start and old enough to be stored, and how many of them are."""

    produced: int
    stored: int

    @property
    def missing(self) -> int:
        """On the way while the link is cut; 0 is what it comes back to."""
        return self.produced - self.stored


class Log:
    """Follows the log of a simulated home, whose devices are of `models`, and keeps the time of each reading in it."""

    def __init__(self, path: Path, models: Mapping[str, str]) -> None:
        self._path, self._offset = path, 0
        self._models = models
        self._times: dict[str, list[int]] = defaultdict(list)
        self.messages = 0

    def follow(self) -> None:
        """Read what was written since the last time; half a line waits for its other half."""
        if not self._path.exists():
            return
        with self._path.open("rb") as log:
            log.seek(self._offset)
            for line in log:
                if not line.endswith(b"\n"):
                    break
                self._offset += len(line)
                self._take(json.loads(line))

    def _take(self, entry: dict[str, Any]) -> None:
        model = BY_MODEL.get(self._models.get(str(entry.get("topic", "")).rpartition("/")[2], ""))
        if model is None or not entry.get("sent"):
            return
        self.messages += 1
        for vital, _, _ in values_of(model, entry["payload"]):
            self._times[vital].append(int(entry["payload"]["last_seen"]))

    def count(self, vital: str, start: int, end: int) -> int:
        """Readings of `vital` measured in [start, end), milliseconds. Times in a log of one home rise."""
        times = self._times[vital]
        return bisect_left(times, end) - bisect_left(times, start)


async def account(prometheus: httpx2.AsyncClient, log: Log, gateway: str, start: int, now: int) -> Account:
    """The ledger of `gateway` from `start` to `SETTLED` seconds before `now`, whole minutes in milliseconds."""
    end = (now - SETTLED * 1000) // 60_000 * 60_000
    if end <= start:
        return Account(produced=0, stored=0)
    counts = await asyncio.gather(*(_stored(prometheus, metric, gateway, start, end) for metric in _LEDGER))
    return Account(produced=sum(log.count(vital.key, start, end) for vital in DEVICE_VITALS), stored=sum(counts))


_LEDGER = tuple(one for one in metrics.OF_VITALS if one.suffix in (metrics.READINGS, metrics.STRAGGLER))


async def _stored(prometheus: httpx2.AsyncClient, metric: metrics.Metric, gateway: str, start: int, end: int) -> int:
    """A window's sample stands at its end, so the range (start, end] holds the readings in [start, end)."""
    function = "sum_over_time" if metric.suffix == metrics.READINGS else "count_over_time"
    selected = promql.selector(metric.name, {metrics.GATEWAY: gateway})
    query = promql.total(promql.stretch(function, selected, (end - start) // 1000))
    answer = await prometheus.get("/api/v1/query", params={"query": query, "time": end / 1000})
    answer.raise_for_status()
    return sum(int(float(row["value"][1])) for row in answer.json()["data"]["result"])
