"""When something may have been seen or measured that a person enters: not later than now, and not too long ago."""

from __future__ import annotations

from analysis_service.clock import shown
from analysis_service.problems import INVALID, Problem

OLDEST_MS = 8 * 24 * 3600 * 1000
"""What is older is taken of no device either: the store would not have it."""


def require_lately(field: str, at: int, now: int) -> None:
    """Raises Problem 422."""
    if at > now:
        raise Problem(INVALID, f"{field}: expected no later than {shown(now)}, got {shown(at)}", field=field)
    if at < now - OLDEST_MS:
        oldest = shown(now - OLDEST_MS)
        raise Problem(INVALID, f"{field}: expected {oldest} or later, got {shown(at)}", field=field)
