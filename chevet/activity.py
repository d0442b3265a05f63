"""Activity from 25 Hz acceleration: each minute's ENMO, and with it the falls, as the values that leave a gateway.

ENMO is the mean over a minute of the magnitude above 1 g, in milli-g (van Hees 2013, PLoS ONE 8:e61691). What is called
1 g is what the sensor itself shows at rest in the posture it has: an uncalibrated one is off by up to 40 mg in one axis
or another, and that is not activity. A sensor that lies still at something that is no gravity at all is not believed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from chevet.acceleration import RATE, SECOND, Block, Second, Stream
from chevet.falls import Fall, Falls
from chevet.readings import Quality

MINUTE = 60_000

ENOUGH = MINUTE // SECOND * RATE // 2
"""Samples that a minute needs: half of all. With fewer its activity is missing."""

MOTIONLESS = 0.013
"""g: a standard deviation below it in each axis is no movement (van Hees 2014, J Appl Physiol 117:738)."""
GRAVITY = (0.8, 1.2)
"""g: what a sensor may show at rest."""
LEARNT = 8
"""Seconds at rest after which about two thirds of what is shown there is taken as 1 g."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """`enmo` in milli-g of the minute that begins at `start`, None with fewer than `ENOUGH` samples."""

    start: int
    enmo: float | None
    samples: int
    believed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A value for the catalogue: `at` in milliseconds since 1970."""

    vital: str
    value: float | None
    quality: Quality
    at: int


@dataclass(slots=True)
class _Open:
    """The minute under way. `level` is what is called 1 g, in g; `total` of the magnitude above it."""

    start: int = -1
    samples: int = 0
    total: float = 0
    believed: bool = True
    level: float = 1.0


class Minutes:
    """The minutes of one sensor."""

    def __init__(self) -> None:
        self._open = _Open()

    def step(self, second: Second) -> list[Minute]:
        """The minutes that ended before `second` or end with it."""
        start = second.at // MINUTE * MINUTE
        ended = self._ended() if start != self._open.start else []
        self._open.start = start
        self._learn(second)
        self._open.samples += len(second.norms)
        self._open.total += float(np.maximum(second.norms - self._open.level, 0).sum())
        return ended + self._ended() if second.at + SECOND == start + MINUTE else ended

    def _ended(self) -> list[Minute]:
        now = self._open
        self._open = _Open(start=now.start, level=now.level)
        if not now.samples:
            return []
        enmo = 1000 * now.total / now.samples if now.samples >= ENOUGH else None
        return [Minute(start=now.start, enmo=enmo, samples=now.samples, believed=now.believed)]

    def _learn(self, second: Second) -> None:
        if len(second.norms) < RATE // 2 or (second.samples.std(axis=0) >= MOTIONLESS).any():
            return
        shown = float(second.norms.mean())
        if GRAVITY[0] <= shown <= GRAVITY[1]:
            self._open.level += (shown - self._open.level) / LEARNT
        else:
            self._open.believed = False

    def dump(self) -> dict[str, Any]:
        """All state, ready for JSON."""
        return asdict(self._open)

    def restore(self, dumped: Mapping[str, Any]) -> None:
        """Go on from what `dump` gave."""
        self._open = _Open(**dumped)


class Reducer:
    """The raw acceleration of one sensor to what leaves the gateway. `dump` after each step loses nothing."""

    def __init__(self) -> None:
        self._stream, self._minutes, self._falls = Stream(), Minutes(), Falls()

    def step(self, block: Block) -> list[Minute | Fall]:
        """What `block` completes. A block that came before completes nothing."""
        found: list[Minute | Fall] = []
        for second in self._stream.step(block):
            found += self._minutes.step(second)
            fall = self._falls.step(second)
            if fall is not None:
                found.append(fall)
        return found

    def dump(self) -> dict[str, Any]:
        """All state, ready for JSON; some kilobytes at most."""
        return {"stream": self._stream.dump(), "minutes": self._minutes.dump(), "falls": self._falls.dump()}

    def load(self, dumped: Mapping[str, Any]) -> None:
        """Go on from what `dump` gave."""
        self._stream.restore(dumped["stream"])
        self._minutes.restore(dumped["minutes"])
        self._falls.restore(dumped["falls"])


def measured(found: Minute | Fall) -> Measured:
    """What stands in the catalogue for it.

    A minute stands at its last millisecond, which lies in its own window. A fall of the sensor alone is suspect: it is
    listed and calls nobody.
    """
    if isinstance(found, Fall):
        return Measured(
            vital="fall", value=found.peak, quality=Quality.GOOD if found.worn else Quality.SUSPECT, at=found.at
        )
    at = found.start + MINUTE - 1
    if found.enmo is None:
        return Measured(vital="activity", value=None, quality=Quality.MISSING, at=at)
    quality = Quality.GOOD if found.believed else Quality.SUSPECT
    return Measured(vital="activity", value=min(found.enmo, 16_000.0), quality=quality, at=at)
