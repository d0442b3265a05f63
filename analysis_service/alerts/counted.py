"""What dashboards count of alerts: those that are open, and how long they waited to be taken. All from the database."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from analysis_service.alerts.service import TAKEN
from analysis_service.alerts.tables import AlertEventRow, AlertRow
from analysis_service.database import Database
from chevet.severities import Severity

BOUNDS = (15, 30, 60, 180, 300, 480, 900, 1800, 3600, 14_400)
"""Seconds: among them when a doctor is called (3 min, 15 min) and when everybody is (8 min)."""

OpenAlert = tuple[str, str, str, str]
"""Patient, rule, kind and severity; an empty patient where it is nobody's."""


@dataclass(slots=True)
class Waits:
    """How many waited no longer than each bound, and longer than all; and how long together."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0

    def add(self, seconds: float) -> None:
        """One more."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds


class AlertCounts:
    """Of all alerts. Who took what never changes: of the history only what was added since is read."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waits = {severity: Waits() for severity in Severity}
        self._read = 0
        self._reading = asyncio.Lock()

    async def open(self) -> Counter[OpenAlert]:
        """How many are open, those that are one counted once, by the worst that is still seen."""
        query = select(
            AlertRow.id, AlertRow.part_of, AlertRow.patient, AlertRow.rule, AlertRow.kind, AlertRow.severity
        ).where(AlertRow.cleared_at.is_(None))
        worst: dict[str, OpenAlert] = {}
        async with self._database.reading() as session:
            for row in await session.execute(query):
                root = row.part_of or row.id
                known = worst.get(root)
                if known is None or Severity(row.severity).exceeds(Severity(known[3])):
                    worst[root] = (row.patient or "", row.rule, row.kind, row.severity)
        return Counter(worst.values())

    async def waits(self) -> Mapping[Severity, Waits]:
        """From when an alert was known until it was taken, by what it was then."""
        query = select(AlertEventRow.id, AlertEventRow.change).where(AlertEventRow.what == TAKEN)
        async with self._reading, self._database.reading() as session:
            for row in await session.execute(query.where(AlertEventRow.id > self._read).order_by(AlertEventRow.id)):
                self._read = row.id
                if "seconds" in row.change:  # an older version of the service did not say
                    self._waits[Severity(row.change["severity"])].add(row.change["seconds"])
        return self._waits
