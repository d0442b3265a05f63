"""The alerts of one patient as others of the service may know them: what is the matter, and no value of anything."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import aliased

from analysis_service.alerts import views
from analysis_service.alerts.schemas import AlertView
from analysis_service.alerts.tables import AlertRow
from analysis_service.database import Database
from chevet.severities import Kind, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientAlert:
    """What several saw is one, as people see it. Times in milliseconds; `taken_by` is a name."""

    id: str
    rule: str
    vital: str
    kind: Kind
    severity: Severity
    onset: int
    cleared_at: int | None
    taken_by: str | None


class PatientAlerts:
    """Of one patient at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, patient: str, *, open_only: bool, limit: int) -> list[PatientAlert]:
        """The newest alerts of `patient`, the newest onset first; those that have not cleared, or all."""
        query = select(AlertRow).where(AlertRow.patient == patient, AlertRow.part_of.is_(None))
        if open_only:
            part = aliased(AlertRow)
            of_it = or_(part.id == AlertRow.id, part.part_of == AlertRow.id)
            query = query.where(exists().where(of_it, part.cleared_at.is_(None)))
        async with self._database.reading() as session:
            rows = await session.scalars(query.order_by(AlertRow.onset.desc(), AlertRow.id).limit(limit))
            return [_of(view) for view in await views.shown(session, rows.all())]


def _of(view: AlertView) -> PatientAlert:
    return PatientAlert(
        id=str(view.id),
        rule=view.rule,
        vital=view.vital,
        kind=view.kind,
        severity=view.severity,
        onset=view.onset,
        cleared_at=view.cleared_at,
        taken_by=view.taken_by,
    )
