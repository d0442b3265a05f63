"""Whether rules are at work: how many Prometheus has loaded, and how long ago the service last heard of them."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2

from chevet import metrics, promql, server_metrics

LOADED = promql.total(server_metrics.RULES_LOADED)
HEARD = promql.by("max", (), metrics.WATCHDOG.name)
"""When the watchdog, which always fires, last came through Alertmanager to the service."""


async def standing(prometheus: httpx2.AsyncClient) -> dict[str, int | None]:
    """`loaded` as a number, `heard` in milliseconds; None for what nobody knows yet. Raises httpx2.HTTPError."""
    loaded, heard = await asyncio.gather(_value(prometheus, LOADED), _value(prometheus, HEARD))
    return {
        "loaded": None if loaded is None else round(loaded),
        "heard": None if heard is None else round(heard * 1000),
    }


async def _value(prometheus: httpx2.AsyncClient, query: str) -> float | None:
    answer = await prometheus.get("/api/v1/query", params={"query": query})
    answer.raise_for_status()
    result: list[dict[str, Any]] = answer.json()["data"]["result"]
    return float(result[0]["value"][1]) if result else None
