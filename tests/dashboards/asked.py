"""How a panel's question is put to a Prometheus: Grafana's variables filled in, and one answer for each query."""

from __future__ import annotations

import time
from typing import Any

import httpx2

from dashboards.rows import Dashboard, Panel, Query

SHOWN = 86_400
FILLED = {
    "$__rate_interval": "3600s",
    "$__interval": "900s",
    "$__range": f"{SHOWN}s",
    "$patient": "p-ill",
    "$gateway": "g02",
    "$device": ".+",
    "$hours_ahead": "1",
}


def filled_in(expression: str, **chosen: str) -> str:
    """The expression without Grafana's variables; `chosen` are values of some of them."""
    for name, value in (FILLED | {f"${name}": value for name, value in chosen.items()}).items():
        expression = expression.replace(name, value)
    return expression


def answer(url: str, query: Query, **chosen: str) -> list[dict[str, Any]]:
    """What Prometheus has: at this moment for an instant query, else over the last day in steps of 15 min."""
    now = time.time()
    asked: dict[str, Any] = {"query": filled_in(query.expression, **chosen)}
    if query.instant:
        path, moment = "query", {"time": now}
    else:
        path, moment = "query_range", {"start": now - SHOWN, "end": now, "step": 900}
    found = httpx2.post(f"{url}/api/v1/{path}", data=asked | moment, timeout=90).json()
    assert found["status"] == "success", (asked, found)
    result: list[dict[str, Any]] = found["data"]["result"]
    return result


def panels(boards: tuple[Dashboard, ...]) -> list[tuple[str, Panel]]:
    """Each panel with the name of its dashboard."""
    return [(board.name, panel) for board in boards for panel in board.panels]
