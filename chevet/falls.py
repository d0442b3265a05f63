"""Falls from seconds of acceleration: an impact, then 30 s in which nobody moves.

CLINICAL section 4: an impact of at least 2.5 g, then 30 s below 30 mg, declared 30 s after the impact. Bodies roll on
and settle, so what must be still is the time from `SETTLING` after the last blow to its 30th second: each second's mean
deviation of magnitude below 30 mg (deviation from its own mean, for what an uncalibrated sensor shows at rest changes
with its posture by more than that). So somebody who falls and crawls on is no fall of ours, nor one whose sensor fell
silent: with fewer than four fifths of the samples nothing can be said.

A sensor that is dropped alone looks the same but for two things: it falls freely (well below what a body that tips over
reaches; Bourke 2007, Gait & Posture 26:194, has 0.41 g as the bound for trunks) and then lies as no body does, that
breathes. Only both together make a fall `worn=False`, so that a person is never taken for a thing by one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from chevet.acceleration import PERIOD, RATE, SECOND, Second, mean_deviation

IMPACT = 2.5
"""g."""
STILL = 0.030
"""g."""
LASTING = 30 * SECOND
SETTLING = 2 * SECOND
DELIVERED = 0.8
"""The share of the samples of the stillness that must have come."""

HIGHEST = 16.0
"""g: what the catalogue takes; a sensor at the end of its range says at least that."""

WEIGHTLESS, FALLS_FREELY = 0.25, 5
"""g, and so many samples in a row below it: 0.2 s, a height of 20 cm."""
BEFORE_IMPACT = 2 * SECOND

WHITE, DRIFT = 3.0, 0.0005
"""The means of the seconds spread by no more than three times what white noise makes of them (of 26 free seconds one in
a million does), and half a mg of drift, in g: a breath of 1.5 mg is more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """`peak` in g at `at`, milliseconds; `declared` 30 s after the last blow. Not `worn`: only the sensor fell."""

    at: int
    peak: float
    declared: int
    worn: bool


@dataclass(slots=True)
class _Impact:
    """`last` is the last blow. Of the seconds since: how many, their samples, sums and squares of means, variance."""

    at: int
    peak: float
    last: int
    freely: bool
    seconds: int
    samples: int
    means: list[float]
    squares: float
    within: float


class Falls:
    """The falls of one sensor."""

    def __init__(self) -> None:
        self._impact: _Impact | None = None
        self._weightless = 0
        self._fell_freely = -BEFORE_IMPACT
        self._newest = 0

    def step(self, second: Second) -> Fall | None:
        """The fall that `second` completes."""
        if second.at < self._newest:  # the clock was set back
            self._impact, self._fell_freely = None, -BEFORE_IMPACT
        self._newest = second.at
        fall = self._watch(second)
        self._look_for_impact(second)
        return fall

    def _watch(self, second: Second) -> Fall | None:
        impact = self._impact
        if impact is None or second.at < impact.last + SETTLING:
            return None
        due = impact.last + LASTING
        within = second.times < due
        if within.any():
            if mean_deviation(second.norms[within]) >= STILL:
                self._impact = None
                return None
            _add(impact, second.samples[within])
        if second.at + SECOND < due:
            return None
        self._impact = None
        return _fall(impact)

    def _look_for_impact(self, second: Second) -> None:
        blows = np.flatnonzero(second.norms >= IMPACT)
        if self._weightless or second.norms.min() < WEIGHTLESS:
            self._look_for_free_fall(second)
        if not len(blows):
            return
        hardest = int(np.argmax(second.norms))
        at, peak, last = int(second.times[hardest]), float(second.norms[hardest]), int(second.times[blows[-1]])
        impact = self._impact
        if impact is None or second.at >= impact.last + SETTLING:
            freely = abs(int(second.times[blows[0]]) - self._fell_freely) < BEFORE_IMPACT
            self._impact = _Impact(at, peak, last, freely, 0, 0, [0.0, 0.0, 0.0], 0.0, 0.0)
            return
        if peak > impact.peak:
            impact.at, impact.peak = at, peak
        impact.last, impact.seconds, impact.samples = last, 0, 0
        impact.means, impact.squares, impact.within = [0.0, 0.0, 0.0], 0.0, 0.0

    def _look_for_free_fall(self, second: Second) -> None:
        for at, norm in zip(second.times.tolist(), second.norms.tolist(), strict=True):
            self._weightless = self._weightless + 1 if norm < WEIGHTLESS else 0
            if self._weightless >= FALLS_FREELY:
                self._fell_freely = at

    def dump(self) -> dict[str, Any]:
        """All state, ready for JSON."""
        return {
            "impact": asdict(self._impact) if self._impact else None,
            "weightless": self._weightless,
            "fell_freely": self._fell_freely,
            "newest": self._newest,
        }

    def restore(self, dumped: Mapping[str, Any]) -> None:
        """Go on from what `dump` gave."""
        self._impact = _Impact(**dumped["impact"]) if dumped["impact"] else None
        self._weightless, self._fell_freely = dumped["weightless"], dumped["fell_freely"]
        self._newest = dumped["newest"]


def _add(impact: _Impact, samples: np.ndarray[Any, np.dtype[np.float64]]) -> None:
    mean = samples.mean(axis=0)
    impact.seconds += 1
    impact.samples += len(samples)
    impact.means = (np.array(impact.means) + mean).tolist()
    impact.squares += float(mean @ mean)
    impact.within += float(samples.var(axis=0).sum())


def _fall(impact: _Impact) -> Fall | None:
    """The samples from the first whole second after settling on are counted."""
    begins = -(-(impact.last + SETTLING) // SECOND) * SECOND
    wanted = (impact.last + LASTING - begins) / PERIOD
    if impact.samples < DELIVERED * wanted:
        return None
    return Fall(
        at=impact.at,
        peak=min(impact.peak, HIGHEST),
        declared=impact.last + LASTING,
        worn=not (impact.freely and _lies_as_a_thing(impact)),
    )


def _lies_as_a_thing(impact: _Impact) -> bool:
    mean = np.array(impact.means) / impact.seconds
    spread = impact.squares / impact.seconds - float(mean @ mean)
    return spread <= WHITE * impact.within / impact.seconds / RATE + DRIFT**2
