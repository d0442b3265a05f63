"""Alerts counted by day, rule, kind and severity, for who is to know nobody."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from analysis_service.alerts.tables import AlertRow
from analysis_service.clock import Clock
from analysis_service.database import Database
from analysis_service.problems import INVALID, Problem
from chevet.alert_counts import Cell, Count, counts
from chevet.severities import Kind, Severity

MOST_DAYS = 92
USUAL_DAYS = 7


class AlertsPerDay:
    """Of days that are over, by UTC."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def stretch(self, from_day: date | None, until_day: date | None) -> tuple[date, date]:
        """The first and the last day: the week that ended yesterday, where none is named. Raises Problem 422."""
        yesterday = datetime.fromtimestamp(self._clock() / 1000, UTC).date() - timedelta(days=1)
        last = yesterday if until_day is None else until_day
        if last > yesterday:
            raise Problem(
                INVALID, f"until_day: expected a day that is over, {yesterday} at the latest", field="until_day"
            )
        usual = date.fromordinal(max(1, last.toordinal() - USUAL_DAYS + 1))
        first = usual if from_day is None else from_day
        if not 0 <= (last - first).days < MOST_DAYS:
            raise Problem(INVALID, f"from_day: expected at most {MOST_DAYS} days, until_day the last", field="from_day")
        return first, last

    async def counts(self, first: date, last: date) -> list[Count]:
        """The alerts that began on these days, those that are one counted once, by the worst that was seen."""
        main = aliased(AlertRow)
        query = (
            select(main.id, main.onset, main.rule, main.kind, main.patient, AlertRow.severity)
            .join(main, main.id == func.coalesce(AlertRow.part_of, AlertRow.id))
            .where(main.onset >= _begins(first), main.onset < _begins(last) + 86_400_000)
        )
        found: dict[str, tuple[Cell, str | None]] = {}
        async with self._database.reading() as session:
            for row in await session.execute(query):
                severity, known = Severity(row.severity), found.get(row.id)
                if known is None or severity.exceeds(known[0].severity):
                    day = datetime.fromtimestamp(row.onset / 1000, UTC).date()
                    cell = Cell(day=day, rule=row.rule, kind=Kind(row.kind), severity=severity)
                    found[row.id] = cell, row.patient
        return counts(found.values())


def _begins(day: date) -> int:
    """The first millisecond of a day."""
    return (day.toordinal() - date(1970, 1, 1).toordinal()) * 86_400_000
