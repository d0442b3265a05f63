"""The hour of the day by which limits of a part of the day hold: that of the patient, as the sheet says."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog

log = structlog.get_logger()


def hour(at: int, named: str | None, own: ZoneInfo) -> int:
    """What hour it is at `at` (milliseconds) in the zone that the sheet names; where it names none, in the house's."""
    return datetime.fromtimestamp(at / 1000, _zone(named, own)).hour


@lru_cache(maxsize=4)
def _zone(named: str | None, own: ZoneInfo) -> ZoneInfo:
    try:
        return own if named is None else ZoneInfo(named)
    except (ZoneInfoNotFoundError, ValueError):  # this box has no table of it
        log.error("the sheet's time zone is unknown here, its limits have the house's hours", zone=named)
        return own
