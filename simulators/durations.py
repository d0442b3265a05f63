"""Lengths of time and times as people type them in options."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from chevet.errors import expected
from simulators.errors import BadOption

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_PATTERN = re.compile(r"(\d+(?:\.\d+)?)([smhd]?)")


def seconds(option: str, text: str) -> float:
    """The seconds in "90", "90s", "5m", "1.5h" or "2d". Raises BadOption that names `option`."""
    found = _PATTERN.fullmatch(text.strip())
    if not found:
        raise BadOption(expected(option, "a length of time such as 90, 5m, 2h or 14d", text), field=option)
    return float(found[1]) * _UNITS[found[2]]


def moment(option: str, text: str) -> float:
    """The seconds since 1970 of an ISO 8601 time; without a zone it is UTC. Raises BadOption."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadOption(expected(option, "an ISO 8601 time such as 2026-05-04T07:30", text), field=option) from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
