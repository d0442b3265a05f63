"""What sensors say of their batteries beside their readings: one gauge for each sensor, of no more than a home has."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from chevet import metrics
from exporters.gateway import telemetry

ATTRIBUTE = "battery"
MOST = 64
"""Sensors of which a charge is told, as many as the service takes of one gateway."""

PERCENT = telemetry.gauge(metrics.DEVICE_BATTERY)


class Batteries:
    """Knows whose charge is told already. A charge that is none is passed over: it is no measurement of a patient."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def note(self, device: str, payload: Mapping[str, Any]) -> None:
        """Show the charge in a message of `device`, where it has one."""
        percent = payload.get(ATTRIBUTE)
        if not isinstance(percent, int | float) or isinstance(percent, bool):
            return
        if not math.isfinite(percent) or not 0 <= percent <= 100:
            return
        if device in self._told or len(self._told) < MOST:
            self._told.add(device)
            PERCENT.labels(device=device).set(percent)
