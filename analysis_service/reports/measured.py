"""What charts are drawn of: the stored series of a vital, and the limits that held meanwhile."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from analysis_service.problems import UNAVAILABLE, Problem
from analysis_service.query.service import QueryRefused, Upstream
from analysis_service.reports.axes import DAY, HOUR, MINUTE, minutes_ahead
from chevet import metrics, promql
from chevet.prescriptions import ladder
from chevet.sheet import PatientLimit
from chevet.vitals import BY_KEY, Vital

SECONDS = 10.0
"""That Prometheus may take for one chart."""
MOST_POINTS = 300
"""More than there are dots on the paper to tell apart."""
_STEPS = (
    *(MINUTE * many for many in (1, 2, 5, 10, 15, 30)),
    *(HOUR * many for many in (1, 2, 3, 6, 12, 24)),
)
_OTHERWISE: Mapping[str, tuple[str, int]] = MappingProxyType({"g": ("kg", 1000)})
"""Units in which people think, and how many of the catalogue's make one."""
_QUARTER = 15 * MINUTE
_OF = "of"
_MEAN, _LOW, _HIGH = "mean", "low", "high"
_DIGITS = 3

Prescribed = Callable[[str, Collection[str]], Awaitable[Mapping[str, Sequence[PatientLimit]]]]
"""Everything of a vital that was ever signed, for each of a few patients."""


class Measured:
    """Reads charts. Nothing is held."""

    def __init__(self, upstream: Upstream, prescribed: Prescribed) -> None:
        self._upstream = upstream
        self._prescribed = prescribed

    async def chart(self, patient: str, asked: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
        """All that a drawing needs. Raises Problem 503 where Prometheus does not answer."""
        vital, since, until = BY_KEY[asked["vital"]], int(asked["from_ms"]), int(asked["until_ms"])
        unit, divisor = _OTHERWISE.get(vital.unit, (vital.shown_unit, 1))
        own = (await self._prescribed(vital.key, (patient,)))[patient]
        offsets, step = offsets_of(zone, since, until), _step(since, until)
        return {
            "vital": vital.key,
            "title": dict(vital.title),
            "unit": unit,
            "divisor": divisor,
            "from_ms": since,
            "until_ms": until,
            "step_ms": step,
            "joined_ms": max(step, (vital.stale_after or 0) * 1000),
            "offsets": offsets,
            "limits": list(limits_of(vital, own, since, until, offsets)),
            "points": await self._points(patient, vital, since, until, step),
        }

    async def _points(self, patient: str, vital: Vital, since: int, until: int, step: int) -> list[list[float]]:
        """Moments before `until`, a step apart: each sums up the step before it, and nothing after `until`.

        A range has both its ends in some versions of Prometheus: a millisecond keeps neighbours apart.
        """
        last = until - 1
        first = last - (until - since - 1) // step * step
        form = {
            "query": expression(vital, patient, step // 1000),
            "start": f"{first / 1000:.3f}",
            "end": f"{last / 1000:.3f}",
            "step": str(step // 1000),
            "timeout": f"{SECONDS:g}",
        }
        try:
            data = await self._upstream.ask("query_range", form, "charts", SECONDS)
        except QueryRefused as refusal:
            raise Problem(UNAVAILABLE, f"charts: nothing was signed; {refusal}", field="charts") from None
        return points_of(data, since, step)


def expression(vital: Vital, patient: str, seconds: int) -> str:
    """Mean, lowest and highest over all devices, of windows and of what came after its window was cut."""
    ways: dict[str, str] = {
        _MEAN: promql.ratio(
            promql.total(_all("sum_over_time", vital, metrics.MEAN, patient, seconds)),
            promql.total(_all("count_over_time", vital, metrics.MEAN, patient, seconds)),
        ),
        _LOW: promql.by("min", (), _all("min_over_time", vital, metrics.LOW, patient, seconds)),
        _HIGH: promql.by("max", (), _all("max_over_time", vital, metrics.HIGH, patient, seconds)),
    }
    return promql.either(*(promql.labelled(way, _OF, name) for name, way in ways.items()))


def _all(function: str, vital: Vital, suffix: str, patient: str, seconds: int) -> str:
    whose = {metrics.PATIENT: patient}
    if vital.window is None:
        return promql.over(function, promql.selector(vital.metric, whose), seconds)
    late = promql.selector(vital.metric + metrics.STRAGGLER, {**whose, metrics.QUALITY: "good"})
    selected = promql.selector(vital.metric + suffix, whose)
    return promql.either(promql.over(function, selected, seconds), promql.over(function, late, seconds))


def points_of(data: Mapping[str, Any], since: int, step: int) -> list[list[float]]:
    """Rows of moment, mean, lowest and highest, where there are all three."""
    found: dict[str, dict[int, float]] = {_MEAN: {}, _LOW: {}, _HIGH: {}}
    for series in data["result"]:
        values = {round(float(at) * 1000): float(value) for at, value in series["values"]}
        found[series["metric"][_OF]] = {at: value for at, value in values.items() if math.isfinite(value)}
    moments = sorted(found[_MEAN].keys() & found[_LOW].keys() & found[_HIGH].keys())
    return [
        [max(since, at + 1 - step // 2), *(round(found[way][at], _DIGITS) for way in (_MEAN, _LOW, _HIGH))]
        for at in moments
    ]


def _step(since: int, until: int) -> int:
    return next((step for step in _STEPS if (until - since) / step <= MOST_POINTS), DAY)


def offsets_of(zone: ZoneInfo, since: int, until: int) -> list[list[int]]:
    """How many minutes local clocks are ahead, and since when, from `since` to `until`.

    Clocks change at whole hours of somebody's, which are quarters everywhere.
    """
    found: list[list[int]] = []
    for at in (since, *range(since - since % _QUARTER + _QUARTER, until, _QUARTER), until):
        there = datetime.fromtimestamp(at / 1000, zone).utcoffset()
        minutes = 0 if there is None else round(there.total_seconds() / 60)
        if not found or found[-1][1] != minutes:
            found.append([at, minutes])
    return found


def limits_of(
    vital: Vital, own: Sequence[PatientLimit], since: int, until: int, offsets: Sequence[Sequence[int]]
) -> Iterator[dict[str, Any]]:
    """The limits that held between `since` and `until`, each from when until when, prescribed or the catalogue's."""
    standing: dict[tuple[str, str], tuple[float, int]] = {}
    for at in _edges(own, since, until, offsets):
        hour = (at + minutes_ahead(at, offsets) * MINUTE) // HOUR % 24
        for rung in ladder(vital.key, own, at, hour):
            which, value = (rung.side.value, rung.severity.value), float(rung.value)
            before = standing.get(which)
            if before is None or before[0] != value:
                if before is not None:
                    yield _limit(which, *before, at)
                standing[which] = (value, at)
    for which, (value, begun) in standing.items():
        yield _limit(which, value, begun, until)


def _edges(own: Sequence[PatientLimit], since: int, until: int, offsets: Sequence[Sequence[int]]) -> list[int]:
    """When another limit may begin to hold: a prescription's own times, and whole hours where it names hours."""
    found = {since} | {edge for one in own for edge in (one.from_ms, one.until_ms) if since < edge < until}
    if any(one.hours is not None for one in own):
        for (begun, ahead), ends in zip(offsets, (*(at for at, _ in offsets[1:]), until), strict=True):
            found |= {begun, *range(begun + -(begun + ahead * MINUTE) % HOUR, ends, HOUR)} - {until}
    return sorted(found)


def _limit(which: tuple[str, str], value: float, since: int, until: int) -> dict[str, Any]:
    side, severity = which
    return {"side": side, "severity": severity, "value": value, "from_ms": since, "until_ms": until}
