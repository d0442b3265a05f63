"""The one clock of the service: milliseconds since 1970. Tests put their own in its place."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], int]


def system_clock() -> int:
    """The machine's wall clock."""
    return time.time_ns() // 1_000_000


def shown(at: int) -> str:
    """A time as sentences show it: 2026-03-01T08:00:00.000Z; beyond the calendar, the number itself."""
    try:
        return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return f"{at} ms"
