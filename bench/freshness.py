"""How old what screens show as "now" is: the newest sample of each live sensor, asked of Prometheus each second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

import httpx2

from bench.household import LIVE_NAME
from chevet import metrics, promql

EVERY = 1.0
NOW = 10.0
"""Seconds up to which a sample is shown as now."""

LOOKBACK = 300.0
"""Seconds after which Prometheus gives nothing; so old is, at least, what it does not give."""

VITAL = "heart_rate"
LATEST = next(one for one in metrics.OF_VITALS if one.suffix == metrics.LATEST and one.vital and one.vital.key == VITAL)


class Freshness:
    """`ages` in seconds, one for each live sensor and look since all of them were shown as now again; `after` is how
    soon that was."""

    def __init__(self, url: str, gateway: str, sensors: int) -> None:
        self._http = httpx2.AsyncClient(base_url=url, timeout=10, trust_env=False)
        self._query = f"timestamp({promql.selector(LATEST.name, {metrics.GATEWAY: gateway})})"
        self._sensors = sensors
        self.ages: list[float] = []
        self.after = LOOKBACK

    async def look(self) -> list[float]:
        """The ages now. A sensor that shows nothing is as old as Prometheus looks back; so are all without answer."""
        now = time.time()
        try:
            answer = await self._http.get("/api/v1/query", params={"query": self._query, "time": now})
            answer.raise_for_status()
        except httpx2.HTTPError:
            return [LOOKBACK] * self._sensors
        rows = [row for row in answer.json()["data"]["result"] if row["metric"]["device"].startswith(LIVE_NAME)]
        ages = [now - float(row["value"][1]) for row in rows]
        return ages + [LOOKBACK] * (self._sensors - len(ages))

    async def run(self) -> None:
        """Look until cancelled."""
        first = time.monotonic()
        while True:
            begun = time.monotonic()
            ages = await self.look()
            if not self.ages and max(ages) <= NOW:
                self.after = begun - first
            self.ages += ages if self.after < LOOKBACK else []
            await asyncio.sleep(max(0.0, EVERY - (time.monotonic() - begun)))


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least `share` of all are not above."""
    ordered = sorted(values)
    return ordered[max(0, -(-round(len(ordered) * share * 1000) // 1000) - 1)] if ordered else float("inf")
