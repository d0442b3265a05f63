"""A patient's series out of Prometheus, a day at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence
from typing import Any

from analysis_service.clock import shown
from analysis_service.operations.refusals import OperationRefused
from analysis_service.query.service import QueryRefused, Upstream
from chevet.promql import over, selector, within

DAY_SECONDS = 24 * 3600
KEPT_DAYS = 400
SECONDS = 30.0
"""That Prometheus has for each question."""


class OwnSeries:
    """Of one patient. What is asked is spelt here and holds their pseudonym, so that there are no others' in it."""

    def __init__(self, upstream: Upstream, patient: str, now_ms: int) -> None:
        self._upstream = upstream
        self._patient = patient
        self._now = now_ms // 1000

    async def names(self) -> Sequence[str]:
        """The names of their metrics. Raises OperationRefused where Prometheus does not answer."""
        since = self._now - KEPT_DAYS * DAY_SECONDS
        form = {"match[]": selector("", {"patient": self._patient}), "start": str(since), "end": str(self._now)}
        return sorted({one["__name__"] for one in await self._ask("series", form)})

    async def lines(self, name: str) -> AsyncIterator[bytes]:
        """Every sample of a metric as CSV, day by day: its time, its value, its labels."""
        yield b"time,value,labels\n"
        for day in await self._days(name):
            form = {"query": within(self._of(name), DAY_SECONDS), "time": str(day)}
            for one in (await self._ask("query", form))["result"]:
                yield _rows(one, day)

    async def _days(self, name: str) -> Sequence[int]:
        """The ends of the days that have any, the oldest first."""
        first = self._now - KEPT_DAYS * DAY_SECONDS
        counted = over("count_over_time", self._of(name), DAY_SECONDS)
        form = {"query": counted, "start": str(first), "end": str(self._now + DAY_SECONDS), "step": str(DAY_SECONDS)}
        found = (await self._ask("query_range", form))["result"]
        return sorted({int(at) for one in found for at, _ in one["values"]})

    def _of(self, name: str) -> str:
        return selector(name, {"patient": self._patient})

    async def _ask(self, path: str, form: dict[str, str]) -> Any:
        try:
            return await self._upstream.ask(path, form, "query", SECONDS)
        except QueryRefused as refusal:
            raise OperationRefused(f"Prometheus: {refusal}") from None


def _rows(one: dict[str, Any], end: int) -> bytes:
    """A range takes both its ends in: the older one is the day before's."""
    labels = ";".join(f"{name}={value}" for name, value in sorted(one["metric"].items()) if name != "__name__")
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(
        (shown(round(at * 1000)), value, labels) for at, value in one["values"] if at > end - DAY_SECONDS
    )
    return text.getvalue().encode()
