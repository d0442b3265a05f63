"""Blocks of 25 Hz acceleration to whole seconds of it, each sample once, however the radio cut or repeated them.

A sensor counts its samples, and the count says what is new: clocks step, and a message that comes twice may come with
two times. Seconds are cut by the time of the samples, so the same samples give the same seconds however they were split
into blocks. Whatever is kept between two blocks is bounded by `HOLD` and one second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chevet.errors import BadBlock, expected

Samples = NDArray[np.float64]
"""Rows of x, y and z in g."""

RATE = 25
PERIOD = 1000 // RATE
"""Milliseconds from one sample to the next."""

SECOND, HOUR = 1000, 3_600_000

MOST_SAMPLES = 60 * RATE
"""In one block: more than any radio message holds."""

HOLD = 2 * RATE
"""Samples for which a block waits for the one before it, which the radio may still bring."""

FARTHEST_GAP = 600 * RATE
"""Samples that may be lost in one piece; a count that jumps further was begun anew."""

SAME_CLOCK = 10 * SECOND
"""How far the time of a sample may be off what its count says before clock or count was set anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """`samples` in g, the `first` of them by the sensor's count, taken at `at` (milliseconds since 1970).

    A row that is no number is a sample that the sensor did not take. Raises BadBlock.
    """

    first: int
    at: int
    samples: Samples

    def __post_init__(self) -> None:
        for name in ("first", "at"):
            number = getattr(self, name)
            if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 2**53:
                raise BadBlock(expected(name, "a whole number of at least 0", number), field=name)
        shape = self.samples.shape
        if len(shape) != 2 or shape[1] != 3 or not 0 < shape[0] <= MOST_SAMPLES:
            raise BadBlock(expected("samples", f"1 to {MOST_SAMPLES} rows of x, y and z", shape), field="samples")

    @property
    def end(self) -> int:
        """The count of the sample after the last."""
        return self.first + len(self.samples)

    @property
    def origin(self) -> int:
        """When the sample of count 0 would have been taken."""
        return self.at - PERIOD * self.first


@dataclass(frozen=True, slots=True)
class Second:
    """What was sampled in the second that begins at `at`: times, rows and their magnitudes."""

    at: int
    times: NDArray[np.int64]
    samples: Samples
    norms: Samples

    @property
    def mean_deviation(self) -> float:
        """How far the magnitude is from its own mean on average, in g: 0 at rest, whatever a sensor calls 1 g."""
        return mean_deviation(self.norms)


def mean_deviation(norms: Samples) -> float:
    """The mean amplitude deviation (Vähä-Ypyä 2015, Clin Physiol Funct Imaging 35:64) of magnitudes, in g."""
    return float(np.abs(norms - norms.mean()).mean())


@dataclass(slots=True)
class _State:
    """`after` is the count of the next sample, -1 before the first. `held` are blocks ahead of it, by their first."""

    after: int = -1
    origin: int = 0
    newest: int = 0
    times: list[int] = field(default_factory=list)
    rows: list[list[float]] = field(default_factory=list)
    held: list[tuple[int, int, list[list[float]]]] = field(default_factory=list)


class Stream:
    """The samples of one sensor."""

    def __init__(self) -> None:
        self._state = _State()

    def step(self, block: Block) -> Iterator[Second]:
        """The seconds that are whole now. To be read to the end."""
        if self._state.after < 0:
            self._begin(block)
        elif not self._belongs(block):
            if 0 < self._state.newest - block.at < HOUR:
                return  # left over from before the sensor began to count anew
            yield from self._finish()
            self._begin(block)
        self._hold(block)
        while self._state.held and self._is_due():
            first, at, rows = self._state.held.pop(0)
            yield from self._take(Block(first=first, at=at, samples=np.array(rows, dtype=np.float64)))

    def _belongs(self, block: Block) -> bool:
        ahead = block.first - self._state.after
        return 0 <= ahead <= FARTHEST_GAP or (ahead < 0 and abs(block.origin - self._state.origin) < SAME_CLOCK)

    def _begin(self, block: Block) -> None:
        self._state = _State(after=block.first, origin=block.origin, newest=block.at)

    def _finish(self) -> Iterator[Second]:
        while self._state.held:
            first, at, rows = self._state.held.pop(0)
            yield from self._take(Block(first=first, at=at, samples=np.array(rows, dtype=np.float64)))
        yield from self._close()

    def _hold(self, block: Block) -> None:
        held = {one[0]: one for one in self._state.held}
        known = held.get(block.first)
        if block.end > self._state.after and (known is None or len(known[2]) < len(block.samples)):
            held[block.first] = (block.first, block.at, block.samples.tolist())
        self._state.held = [held[first] for first in sorted(held)]

    def _is_due(self) -> bool:
        held, after = self._state.held, self._state.after
        return held[0][0] <= after or held[-1][0] - after > HOLD

    def _take(self, block: Block) -> Iterator[Second]:
        state = self._state
        known = max(0, state.after - block.first)
        if known >= len(block.samples):
            return
        times = block.at + PERIOD * np.arange(known, len(block.samples))
        if abs(block.origin - state.origin) < SAME_CLOCK:
            times = np.maximum(times, state.newest)  # the radio's delay wavers; time does not go back
        else:
            yield from self._close()
        state.after, state.origin, state.newest = block.end, block.origin, int(times[-1])
        yield from self._cut(times, block.samples[known:])

    def _cut(self, times: NDArray[np.int64], samples: Samples) -> Iterator[Second]:
        """Whole seconds; what has only begun stays."""
        state = self._state
        taken = np.isfinite(samples).all(axis=1)
        at = np.concatenate([np.array(state.times, dtype=np.int64), times[taken]])
        rows = np.concatenate([np.array(state.rows, dtype=np.float64).reshape(-1, 3), samples[taken]])
        bounds = [0, *(np.flatnonzero(np.diff(at // SECOND)) + 1).tolist(), len(at)]
        begun = bounds[-2] if len(at) and at[-1] // SECOND == state.newest // SECOND else len(at)
        state.times, state.rows = at[begun:].tolist(), rows[begun:].tolist()
        for start, stop in pairwise(bounds):
            if start < stop <= begun:
                yield _second(at[start:stop], rows[start:stop])

    def _close(self) -> Iterator[Second]:
        state = self._state
        if state.times:
            yield _second(np.array(state.times, dtype=np.int64), np.array(state.rows, dtype=np.float64))
        state.times, state.rows = [], []

    def dump(self) -> dict[str, Any]:
        """All state, ready for JSON."""
        return {one.name: getattr(self._state, one.name) for one in fields(self._state)} | {"held": [*self._state.held]}

    def restore(self, dumped: Mapping[str, Any]) -> None:
        """Go on from what `dump` gave."""
        held = [(first, at, rows) for first, at, rows in dumped["held"]]
        self._state = _State(**dict(dumped) | {"held": held})


def _second(times: NDArray[np.int64], samples: Samples) -> Second:
    at = int(times[0]) // SECOND * SECOND
    return Second(at, times, samples, np.sqrt(np.einsum("ij,ij->i", samples, samples)))
