"""Simulated time: runs from a chosen start, as much faster than the wall as was asked."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds since 1970 at the start, and simulated seconds in one second of the wall."""

    begins: float
    speed: float = 1.0
    _started: float = field(default_factory=time.monotonic)

    def now(self) -> float:
        """The simulated time, in seconds since 1970."""
        return self.begins + self.speed * (time.monotonic() - self._started)

    def wall_seconds_until(self, at: float) -> float:
        """How long the wall takes to `at`; never negative."""
        return max(0.0, (at - self.now()) / self.speed)
