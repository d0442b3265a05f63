"""How a panel's question is put to the filled Prometheus: Grafana's variables filled in, one answer for each query."""

from __future__ import annotations

from typing import Any

from dashboards.rows import Dashboard, Panel, Query
from tests.filled.store import Filled

SHOWN, STEP = 86_400, 900
FILLED = {
    "$__rate_interval": "3600s",
    "$__interval": f"{STEP}s",
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


def answer(filled: Filled, query: Query, **chosen: str) -> list[dict[str, Any]]:
    """What Prometheus has: at its moment for an instant query, else over the last day in steps of 15 min."""
    expression = filled_in(query.expression, **chosen)
    return filled.now(expression) if query.instant else filled.before(expression, SHOWN, STEP)


def panels(boards: tuple[Dashboard, ...]) -> list[tuple[str, Panel]]:
    """Each panel with the name of its dashboard."""
    return [(board.name, panel) for board in boards for panel in board.panels]
