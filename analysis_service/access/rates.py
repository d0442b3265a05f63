"""How often somebody may ask: so many a second in the long run, and a number at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

MOST_KNOWN = 20_000
"""Whoever has asked longest ago is forgotten: memory is bounded, whatever comes from however many addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """`per_second` in the long run, `at_once` after a rest."""

    per_second: float
    at_once: int


class Turns:
    """The generic cell rate algorithm (ITU-T I.371): of each, only when their credit is whole again is kept.

    `ticks` are seconds that never go back. Each worker counts its own.
    """

    def __init__(self, rate: Rate, ticks: Callable[[], float]) -> None:
        self._every = 1 / rate.per_second
        self._slack = self._every * (rate.at_once - 1)
        self._ticks = ticks
        self._whole: OrderedDict[Hashable, float] = OrderedDict()

    def wait(self, who: Hashable) -> float:
        """Seconds until `who` has a turn; 0 where they have one now."""
        return max(0.0, self._whole.get(who, 0.0) - self._slack - self._ticks())

    def take(self, who: Hashable) -> float:
        """The same, and takes the turn if there is one: whoever is refused waits no longer for having asked."""
        wait = self.wait(who)
        if wait == 0:
            self._whole[who] = max(self._whole.get(who, 0.0), self._ticks()) + self._every
            self._whole.move_to_end(who)
            if len(self._whole) > MOST_KNOWN:
                self._whole.popitem(last=False)
        return wait
