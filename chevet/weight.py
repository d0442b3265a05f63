"""Weight that rises fast: water that a failing heart leaves in the body, days before the breath is short.

Two kilograms in three days is what people with heart failure are told to call about (ESC 2021, Eur Heart J
2021;42:3599). Neither side of the comparison may hang on one odd reading. Now is the lightest of the last day, since
clothes and supper only add: whoever is asked to weigh again settles it. Before is the median of the three days that
ended two days ago, less two hours since nobody weighs at the same minute: of one weighing a day those of two, three and
four days before the newest, at whatever hour one looks. So one foot beside the scale is one of three, and a steady gain
is measured over three days. A weight is compared on its own scale, for no two agree.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from chevet.vitals import BY_KEY

HOUR_MS = 3_600_000
SCALE = BY_KEY["weight"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rise:
    """`grams` more than before. Now is within `now_hours`, before within `before_hours` that ended `ago_hours` ago.

    Before has `at_least` so many readings; `days` is how people tell the time between.
    """

    grams: int
    days: int
    now_hours: int
    before_hours: int
    ago_hours: int
    at_least: int


RISE = Rise(grams=2000, days=3, now_hours=24, before_hours=72, ago_hours=46, at_least=2)
"""Of three daily readings one may be missed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One weighing on one scale, `at` in milliseconds."""

    at: int
    grams: float
    device: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gained:
    """From `before` to `now` in grams on one scale: the median of `readings`, the oldest `oldest` seconds old."""

    now: float
    before: float
    readings: int
    oldest: float

    @property
    def grams(self) -> float:
        """What was gained; below 0 where it was lost."""
        return self.now - self.before

    @property
    def fast(self) -> bool:
        """Whether it is as much as one is to call about."""
        return self.grams >= RISE.grams

    def __str__(self) -> str:
        """«+2.3 kg (3 readings before, oldest 4.1 d)»."""
        return f"{self.grams / 1000:+.1f} kg ({self.readings} readings before, oldest {self.oldest / 86_400:.1f} d)"


def gained(readings: Iterable[Reading], until: int) -> Gained | None:
    """The most that any scale shows at `until`; None where none has enough to compare."""
    by_scale: dict[str, list[Reading]] = {}
    for reading in readings:
        by_scale.setdefault(reading.device, []).append(reading)
    found = [one for scale in by_scale.values() if (one := _on_scale(scale, until)) is not None]
    return max(found, key=lambda one: one.grams, default=None)


def _on_scale(readings: list[Reading], until: int) -> Gained | None:
    now = _now(readings, until)
    ended = until - RISE.ago_hours * HOUR_MS
    before = _within(readings, ended, RISE.before_hours * HOUR_MS)
    if now is None or len(before) < RISE.at_least:
        return None
    return Gained(
        now=now,
        before=statistics.median(reading.grams for reading in before),
        readings=len(before),
        oldest=(until - min(reading.at for reading in before)) / 1000,
    )


def _now(readings: list[Reading], until: int) -> float | None:
    """The lightest of the last day; else the newest, as long as it is current."""
    of_day = _within(readings, until, RISE.now_hours * HOUR_MS)
    if of_day:
        return min(reading.grams for reading in of_day)
    current = _within(readings, until, (SCALE.stale_after or 0) * 1000)
    return max(current, key=lambda reading: reading.at).grams if current else None


def _within(readings: list[Reading], until: int, length: int) -> list[Reading]:
    return [reading for reading in readings if until - length < reading.at <= until]
