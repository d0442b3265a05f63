"""The newest value of each vital of each patient, with its age, as Prometheus has it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx2

from chevet import metrics, promql
from chevet.vitals import DEVICE_VITALS, Vital

SHORTEST_LOOK_BACK = 90
"""Seconds: enough for the newest sample of a vital that reports every few seconds, and few to carry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """`at` in milliseconds: screens show a value with its age or not at all."""

    patient: str
    gateway: str
    device: str
    vital: Vital
    at: int
    value: float


async def newest(prometheus: httpx2.AsyncClient) -> list[Newest]:
    """The newest sample of each `_latest` series. Raises httpx2.HTTPError where Prometheus does not answer."""
    of_each = await asyncio.gather(*(_of_vital(prometheus, vital) for vital in DEVICE_VITALS))
    best: dict[tuple[str, str], Newest] = {}
    for one in (one for many in of_each for one in many):
        key = (one.gateway, one.vital.key)
        if key not in best or best[key].at < one.at:
            best[key] = one
    return list(best.values())


async def _of_vital(prometheus: httpx2.AsyncClient, vital: Vital) -> list[Newest]:
    look_back = max(SHORTEST_LOOK_BACK, 3 * (vital.interval or 8 * 3600))
    query = f"{promql.selector(vital.metric + metrics.LATEST)}[{look_back}s]"
    answer = await prometheus.get("/api/v1/query", params={"query": query})
    answer.raise_for_status()
    return [_newest(vital, row) for row in answer.json()["data"]["result"]]


def _newest(vital: Vital, row: dict[str, Any]) -> Newest:
    labels, (at, value) = row["metric"], row["values"][-1]
    return Newest(
        patient=labels.get(metrics.PATIENT, ""),
        gateway=labels.get(metrics.GATEWAY, ""),
        device=labels.get(metrics.DEVICE, ""),
        vital=vital,
        at=round(at * 1000),
        value=float(value),
    )
