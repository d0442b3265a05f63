"""Who types wrong codes waits, by the address that they come from: longer each time, and forgotten after a day."""

from __future__ import annotations

from collections import OrderedDict

from analysis_service.clock import Clock
from analysis_service.problems import TOO_MANY, Problem
from chevet import codes

MOST_KEPT = 10_000
"""Addresses. In memory: a code of sixty bits that lives for minutes is not found by asking, restart or not."""


class Slowing:
    """Wrong codes of each address, and when the last one came."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def require_patience(self, address: str) -> None:
        """Raises Problem 429 where the next try comes too soon."""
        times, last = self._wrong.get(address, (0, 0))
        wait = last + codes.pause(times) * 1000 - self._clock()
        if times and wait > 0:
            seconds = -(-wait // 1000)
            raise Problem(
                TOO_MANY,
                f"code: expected after so many wrong codes to be asked again in {seconds} s, was asked sooner",
                field="code",
                headers={"Retry-After": str(seconds)},
            )

    def count(self, address: str) -> None:
        """One more wrong code."""
        now = self._clock()
        times, last = self._wrong.pop(address, (0, now))
        self._wrong[address] = (1 if now - last > codes.FORGOTTEN * 1000 else times + 1, now)
        if len(self._wrong) > MOST_KEPT:
            self._wrong.popitem(last=False)
