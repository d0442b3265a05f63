"""What Prometheus holds of one patient, asked by expressions that are spelled here from names of ours alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from analysis_service.clock import Clock
from analysis_service.problems import UNAVAILABLE, Problem
from analysis_service.query.service import QueryRefused, Upstream
from chevet import metrics, promql, recordings
from chevet.vitals import BY_KEY, Vital

LOOKED_BACK = 10 * 86_400
"""Seconds: what is older says nothing of how somebody is."""
EVERY = 300
SECONDS = 10.0
"""That Prometheus may take."""
OF_DEVICE = (metrics.GATEWAY, metrics.DEVICE)
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
        found: dict[str, int] = {}
        for labels, at in await self._newest_times(patient, vitals):
            found[labels[WHICH]] = max(found.get(labels[WHICH], 0), round(at * 1000))
        return found

    async def newest(self, patient: str, vitals: Collection[str]) -> Mapping[str, Newest]:
        """The newest good reading of each vital, whichever device it is of."""
        latest: dict[str, tuple[float, str, str]] = {}
        for labels, at in await self._newest_times(patient, vitals):
            latest[labels[WHICH]] = max(latest.get(labels[WHICH], (0.0, "", "")), (at, *_device(labels)))
        if not latest:
            return {}
        asked = [
            promql.labelled(promql.sample_at(_selected(BY_KEY[key], metrics.LATEST, patient), at), WHICH, key)
            for key, (at, *_) in latest.items()
        ]
        return {
            key: Newest(vital=key, value=value, at=round(latest[key][0] * 1000))
            for labels, value in await self._instant(promql.either(*asked))
            if _device(labels) == latest[key := labels[WHICH]][1:]
        }

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
        for labels, value in await self._instant(selected):
            scores[labels["__name__"]] = max(scores.get(labels["__name__"], value), value)
        score, worst = scores.get(recordings.NEWS2_SCORE), scores.get(recordings.NEWS2_POINTS)
        return None if score is None else round(score), None if worst is None else round(worst)

    async def _newest_times(self, patient: str, vitals: Collection[str]) -> list[tuple[Mapping[str, str], float]]:
        if not vitals:
            return []
        asked = [
            promql.labelled(
                promql.newest_at(_selected(BY_KEY[key], metrics.LATEST, patient), LOOKED_BACK, EVERY, OF_DEVICE),
                WHICH,
                key,
            )
            for key in sorted(vitals)
        ]
        return await self._instant(promql.either(*asked))

    async def _instant(self, expression: str) -> list[tuple[Mapping[str, str], float]]:
        data = await self._ask("query", {"query": expression, "time": f"{self._clock() / 1000:.3f}"})
        return [(one["metric"], float(one["value"][1])) for one in data["result"]]

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
