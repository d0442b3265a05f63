"""What a Prometheus answers to a panel: Grafana's variables filled in, each series under its legend."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from chevet import promql
from chevet.errors import ChevetError
from dashboards.rows import Dashboard, Query, Variable

STEPS = 240
"""Points of a line: more cannot be seen."""
SCRAPED = 15
"""Seconds: what the data source is told, for a panel that has no step of its own."""
_SECONDS = {"m": 60, "h": 3600, "d": 86_400}
_LABEL = re.compile(r"\{\{(\w+)\}\}")


class NoAnswer(ChevetError):
    """The Prometheus cannot be asked, or refuses the question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """`points` are (seconds since 1970, value), one for an instant query; what is no number is not among them.

    Only an instant query has series without any: somebody is told that there is no number.
    """

    name: str
    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]
    colour: str = ""

    @property
    def newest(self) -> float:
        """Its last value."""
        return self.points[-1][1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A Prometheus, asked for the `seconds` that end at `until`."""

    url: str
    until: float
    seconds: int

    def ask(self, query: Query, every: int, chosen: Mapping[str, str], language: str) -> tuple[Series, ...]:
        """The series of one query, in the order of their labels. Raises NoAnswer."""
        step = max(every, self.seconds // STEPS, 1)
        expression = self._filled(query.expression, step, every or SCRAPED, chosen)
        if query.instant:
            rows = self._result("query", {"query": expression, "time": self.until})
        else:
            span = {"start": self.until - self.seconds, "end": self.until, "step": step}
            rows = self._result("query_range", {"query": expression, **span})
        found = [_series(row, query, language) for row in rows]
        kept = (one for one in found if one.points or query.instant)
        return tuple(sorted(kept, key=lambda one: sorted(one.labels.items())))

    def first_value(self, variable: Variable, chosen: Mapping[str, str]) -> str:
        """What Grafana would choose: all where several may be chosen, else the first. Raises NoAnswer."""
        if variable.several:
            return ".+"
        if variable.values:
            return variable.values[0]
        asked = {"query": self._filled(variable.series, 60, SCRAPED, chosen), "time": self.until}
        values: set[str] = {row["metric"].get(variable.name, "") for row in self._result("query", asked)}
        values.discard("")
        if not values:
            raise NoAnswer(f"{variable.name}: expected somebody to draw, got no series of {variable.series}")
        return min(values)

    def _filled(self, expression: str, step: int, every: int, chosen: Mapping[str, str]) -> str:
        grafanas = {
            promql.RATE: f"{max(step + every, 4 * every)}s",
            promql.STEP: f"{step}s",
            promql.SHOWN: f"{self.seconds}s",
        }
        for name, value in (grafanas | {f"${name}": value for name, value in chosen.items()}).items():
            expression = expression.replace(name, value)
        return expression

    def _result(self, path: str, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
        try:
            answer = httpx2.post(f"{self.url.rstrip('/')}/api/v1/{path}", data=dict(asked), timeout=60)
            content = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise NoAnswer(f"--prometheus: expected a Prometheus at {self.url}, got {error}") from None
        if content.get("status") != "success":
            raise NoAnswer(f"--prometheus: expected an answer to {asked['query']}, got {content.get('error')}")
        result: list[dict[str, Any]] = content["data"]["result"]
        return result


def chosen_values(board: Dashboard, store: Store, given: Mapping[str, str]) -> dict[str, str]:
    """A value for each variable of the dashboard: the given one, else what Grafana would choose. Raises NoAnswer."""
    chosen: dict[str, str] = {}
    for variable in board.variables:
        chosen[variable.name] = given.get(variable.name) or store.first_value(variable, chosen)
    return chosen


def seconds_of(since: str) -> int:
    """Seconds of a length of time as Grafana writes it: 30m, 12h, 7d."""
    return int(since[:-1]) * _SECONDS[since[-1]]


def _series(row: Mapping[str, Any], query: Query, language: str) -> Series:
    samples = row["values"] if "values" in row else [row["value"]]
    points = tuple((float(at), float(value)) for at, value in samples)
    labels = {name: text for name, text in row["metric"].items() if name != "__name__"}
    name = _LABEL.sub(lambda found: labels.get(found[1], ""), query.legend.of(language))
    called = next((one for one in query.called if one.name == name), None)
    name, colour = (called.words.of(language), called.colour) if called else (name, "")
    return Series(name=name, labels=labels, points=tuple(one for one in points if math.isfinite(one[1])), colour=colour)
