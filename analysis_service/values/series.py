"""What Prometheus holds of one patient, asked by expressions that are spelled here from names of ours alone."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from analysis_service.clock import Clock
from analysis_service.problems import UNAVAILABLE, Problem
from analysis_service.query.service import QueryRefused, Upstream
from chevet import metrics, promql, recordings
from chevet.vitals import BY_KEY, Vital

DAY = 86_400
OF_SINGLES = 10 * DAY
"""Seconds to look back for what may come once a day: what is older says nothing of how somebody is."""
SEEN = 300
"""Seconds for which Prometheus sees a sample, so that looks of this distance miss none."""
SECONDS = 10.0
"""That Prometheus may take."""
WHICH = "which"
"""The label that keeps apart what one question asks of several metrics."""
MEAN, LOW, HIGH = "mean", "low", "high"
DELAYED = "prometheus: expected an answer, got none; live data are delayed, ask again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """The newest good reading of a vital, and when it was measured, in milliseconds."""

    vital: str
    value: float
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Times in seconds, the last of each step: `first`, `first + every`, … `last`."""

    first: int
    last: int
    every: int

    def times(self) -> tuple[int, ...]:
        """In milliseconds."""
        return tuple(1000 * at for at in range(self.first, self.last + 1, self.every))


Lines = Mapping[tuple[str, str], Mapping[str, Mapping[int, float]]]
"""Of a gateway's device, by mean, low and high: the value at a time in milliseconds."""


class PatientSeries:
    """Of one patient at a time. Raises Problem 503 where Prometheus is away, or took too long."""

    def __init__(self, upstream: Upstream, clock: Clock) -> None:
        self._upstream = upstream
        self._clock = clock

    async def times(self, patient: str, vitals: Collection[str]) -> Mapping[str, int]:
        """When the newest good reading of each vital was measured, in milliseconds, where one came lately."""
        return {key: one.at for key, one in (await self.newest(patient, vitals)).items()}

    async def newest(self, patient: str, vitals: Collection[str]) -> Mapping[str, Newest]:
        """The newest good reading of each vital, whichever device it is of."""
        of_windows = [BY_KEY[key] for key in vitals if BY_KEY[key].window]
        singles = [BY_KEY[key] for key in vitals if not BY_KEY[key].window]
        found: dict[str, Newest] = {}
        for newest in await asyncio.gather(
            self._newest_within(patient, singles, OF_SINGLES), self._newest_within(patient, of_windows, SEEN)
        ):
            found.update(newest)
        silent = [vital for vital in of_windows if vital.key not in found]
        for key, at in (await self._last_seen(patient, silent)).items():
            found.update(await self._newest_within(patient, [BY_KEY[key]], SEEN, at))
        return found

    async def _newest_within(
        self, patient: str, vitals: Collection[Vital], seconds: int, until: float | None = None
    ) -> Mapping[str, Newest]:
        keys = {vital.metric + metrics.LATEST: vital.key for vital in vitals}
        if not keys:
            return {}
        found: dict[str, Newest] = {}
        for one in await self._instant(promql.samples(keys, {metrics.PATIENT: patient}, seconds, until)):
            key, (at, value) = keys[one["metric"]["__name__"]], one["values"][-1]
            if key not in found or found[key].at < round(at * 1000):
                found[key] = Newest(vital=key, value=float(value), at=round(at * 1000))
        return found

    async def _last_seen(self, patient: str, vitals: Collection[Vital]) -> Mapping[str, float]:
        """When each was seen last within a day, in seconds since 1970: to the next look."""
        asked = [
            promql.labelled(
                promql.last_seen(_selected(vital, metrics.LATEST, patient), DAY, SEEN, ()), WHICH, vital.key
            )
            for vital in vitals
        ]
        found = await self._instant(promql.either(*asked)) if asked else ()
        return {one["metric"][WHICH]: float(one["value"][1]) for one in found}

    async def lines(self, patient: str, vital: Vital, steps: Steps) -> Lines:
        """What each device said of a vital over each step."""
        of_window = vital.window is not None
        parts = (
            (MEAN, "avg_over_time", metrics.MEAN),
            (LOW, "min_over_time", metrics.LOW if of_window else metrics.MEAN),
            (HIGH, "max_over_time", metrics.HIGH if of_window else metrics.MEAN),
        )
        asked = [
            promql.labelled(promql.stretch(function, _selected(vital, suffix, patient), steps.every), WHICH, which)
            for which, function, suffix in parts
        ]
        form = {"start": str(steps.first), "end": str(steps.last), "step": str(steps.every)}
        data = await self._ask("query_range", {"query": promql.either(*asked), **form})
        found: dict[tuple[str, str], dict[str, dict[int, float]]] = {}
        for one in data["result"]:
            labels = one["metric"]
            values = {round(at * 1000): float(value) for at, value in one["values"]}
            found.setdefault(_device(labels), {}).setdefault(labels[WHICH], {}).update(values)
        return found

    async def news2(self, patient: str) -> tuple[int | None, int | None]:
        """The score, and the points of its worst part; None where there is none now."""
        names = "|".join((recordings.NEWS2_SCORE, recordings.NEWS2_POINTS))
        scores: dict[str, float] = {}
        selected = promql.all_of((("__name__", "=~", names), (metrics.PATIENT, "=", patient)))
        for one in await self._instant(selected):
            name, value = one["metric"]["__name__"], float(one["value"][1])
            scores[name] = max(scores.get(name, value), value)
        score, worst = scores.get(recordings.NEWS2_SCORE), scores.get(recordings.NEWS2_POINTS)
        return None if score is None else round(score), None if worst is None else round(worst)

    async def _instant(self, expression: str) -> list[dict[str, Any]]:
        data = await self._ask("query", {"query": expression, "time": f"{self._clock() / 1000:.3f}"})
        found: list[dict[str, Any]] = data["result"]
        return found

    async def _ask(self, path: str, form: Mapping[str, str]) -> Any:
        with _delayed():
            return await self._upstream.ask(path, {**form, "timeout": f"{SECONDS:g}"}, "query", SECONDS)


@contextmanager
def _delayed() -> Iterator[None]:
    """Expressions are ours: whatever Prometheus refuses, its reader did nothing wrong."""
    try:
        yield
    except QueryRefused:
        raise Problem(UNAVAILABLE, DELAYED, field="prometheus") from None


def _device(labels: Mapping[str, str]) -> tuple[str, str]:
    return labels.get(metrics.GATEWAY, ""), labels.get(metrics.DEVICE, "")


def _selected(vital: Vital, suffix: str, patient: str) -> str:
    return promql.selector(vital.metric + suffix, {metrics.PATIENT: patient})
