"""By which clock the times of an alert were told, in its message's headers: who sends it on puts a wrong one right.

The alert itself is the service's, and says nothing of the gateway's clocks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

ONSET, SINCE = "clock-of-onset", "clock-since"
"""Headers: the segment of its onset and declaration, and that of what came since."""

_TIMES = {"onset": ONSET, "declared_at": ONSET, "cleared_at": SINCE}


def segments_of(headers: Mapping[str, Any]) -> set[str]:
    """The segments that a message names."""
    return {str(headers[name]) for name in (ONSET, SINCE) if headers.get(name)}


def restated(body: bytes, headers: Mapping[str, Any], offset: Callable[[str], int]) -> bytes:
    """The alert in the service's time; byte for byte the same where nothing is to be moved."""
    moves = {name: offset(segment) for name in (ONSET, SINCE) if (segment := str(headers.get(name) or ""))}
    if not any(moves.values()):
        return body
    alert = json.loads(body)
    for field, clock in _TIMES.items():
        _move(alert, field, moves.get(clock, 0))
    _keep_order(alert)
    attempts = alert.get("attempts")
    for attempt in attempts if isinstance(attempts, list) else ():
        _move(attempt, "at", moves.get(SINCE, 0))
    return json.dumps(alert).encode()


def _keep_order(alert: Any) -> None:
    """What ended before the clock was set right is told by the wrong one: the service takes no end before the onset."""
    onset, cleared_at = alert.get("onset"), alert.get("cleared_at")
    if isinstance(onset, int) and isinstance(cleared_at, int):
        alert["cleared_at"] = max(onset, cleared_at)


def _move(of: Any, field: str, by: int) -> None:
    if isinstance(of, dict) and isinstance(of.get(field), int):
        of[field] = max(0, of[field] + by)
