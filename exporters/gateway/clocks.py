"""The machine's clocks, read together: the one place of a gateway that a test replaces to shift them."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from chevet.segments import Moment

Look = Callable[[], Moment]

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_BOOT_LENGTH = 12
_TOGETHER_NS = 20_000_000
_TRIES = 20


@cache
def boot() -> str:
    """Names this boot; another one has another name."""
    return _BOOT.read_text().strip().replace("-", "")[:_BOOT_LENGTH]


def look() -> Moment:
    """Now, by the clock that counts since boot, also while the machine sleeps, and by the wall clock.

    Were we held up between the two, a step would be seen that was none: it is looked again, and the quickest counts.
    """
    quickest = _bracketed()
    for _ in range(_TRIES):
        if quickest[0] <= _TOGETHER_NS:
            break
        quickest = min(quickest, _bracketed())
    _, monotonic, wall = quickest
    return Moment(boot=boot(), monotonic=monotonic // 1_000_000, wall=wall // 1_000_000)


def _bracketed() -> tuple[int, int, int]:
    """How long it took, and both clocks, in nanoseconds."""
    before = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    wall = time.time_ns()
    took = time.clock_gettime_ns(time.CLOCK_BOOTTIME) - before
    return took, before + took // 2, wall
