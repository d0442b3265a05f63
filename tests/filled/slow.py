"""People in whom something changes over hours and days, by straight lines: what no simulator does on demand.

A course is a vital, and its value at so many seconds before the end; a span says when, and how often it is told.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chevet.vitals import BY_KEY

MINUTE, HOUR, DAY = 60, 3600, 86_400
GATEWAY = "g09"
UNLIKE, CALMER, RISING, SINKING = "p-unlike", "p-calmer", "p-rising", "p-sinking"
DECLINING, DESATURATED, STILL = "p-declining", "p-desaturated", "p-still"

Value = Callable[[float], float]
"""By the seconds before the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From so many seconds before the end to so many, each `every` seconds."""

    since: int
    until: int = 0
    every: int = MINUTE


def _days(hours: int) -> tuple[Span, ...]:
    """The same hours of each of the fourteen days before, each ten minutes."""
    return tuple(Span(since=day * DAY + hours * HOUR, until=day * DAY, every=10 * MINUTE) for day in range(14, 0, -1))


def _now(usual: float, unlike: float) -> Value:
    return lambda ago: unlike if ago < 3 * HOUR else usual


def _line(begins: float, ends: float) -> Value:
    """Over the last five hours."""
    return lambda ago: ends + (begins - ends) * ago / (5 * HOUR)


WEEKS, LAST_HOURS = _days(9), (Span(since=3 * HOUR),)
FIVE_HOURS, ALL_DAYS = (Span(since=5 * HOUR),), (Span(since=18 * DAY, every=100),)
NIGHT = (Span(since=10 * HOUR, until=7 * HOUR),)
COURSES: tuple[tuple[str, str, Value, tuple[Span, ...]], ...] = (
    (UNLIKE, "heart_rate", _now(62, 85), (*WEEKS, *LAST_HOURS)),
    (UNLIKE, "respiratory_rate", _now(13, 19), (*WEEKS, *LAST_HOURS)),
    (UNLIKE, "oxygen_saturation", _now(98, 94), (*WEEKS, *LAST_HOURS)),
    (UNLIKE, "body_temperature", _now(36.5, 37.8), (*WEEKS, *LAST_HOURS)),
    (CALMER, "heart_rate", _now(75, 55), (*WEEKS, *LAST_HOURS)),
    (RISING, "heart_rate", _line(80, 110), FIVE_HOURS),
    (RISING, "respiratory_rate", _line(13, 20), FIVE_HOURS),
    (RISING, "body_temperature", _line(37.5, 39), FIVE_HOURS),
    (SINKING, "heart_rate", _line(80, 51), FIVE_HOURS),
    (SINKING, "respiratory_rate", _line(16, 9), FIVE_HOURS),
    (SINKING, "oxygen_saturation", _line(97, 91.5), FIVE_HOURS),
    (SINKING, "body_temperature", _line(36.6, 35.1), FIVE_HOURS),
    (DECLINING, "heart_rate", lambda ago: 68 if ago < 3.5 * DAY else 60, ALL_DAYS),
    (DECLINING, "activity", lambda ago: 20 if ago < 3.5 * DAY else 50, ALL_DAYS),
    (DESATURATED, "oxygen_saturation", lambda ago: 84 if ago % HOUR < 6 * MINUTE else 95, NIGHT),
    (STILL, "activity", _now(60, 5), (*WEEKS, *LAST_HOURS)),
)


def said(now: float) -> Iterator[str]:
    """All of it as OpenMetrics, up to `now`; somebody seen confused, and an alert that began every two hours."""
    yield f'chevet_news2_consciousness{{patient="{DECLINING}"}} 1 {now - HOUR:.3f}\n'
    for patient, vital, value, spans in COURSES:
        series = f'{BY_KEY[vital].metric}{{device="watch",gateway="{GATEWAY}",patient="{patient}"}}'
        for span in spans:
            for ago in range(span.since, span.until - 1, -span.every):
                at = math.floor((now - ago) / MINUTE) * MINUTE
                yield f"{series} {value(now - at):.6g} {at:.3f}\n"
    labels = (
        'alertname="ChevetOxygenSaturationLowHigh",alertstate="firing",kind="clinical",rule="oxygen_saturation.low"'
    )
    labels += f',severity="high",team="ward",device="watch",gateway="{GATEWAY}",patient="{DESATURATED}"'
    for ago in range(22 * HOUR, 0, -2 * HOUR):
        for minute in range(5):
            yield f"ALERTS{{{labels}}} 1 {now - ago + minute * MINUTE:.3f}\n"
