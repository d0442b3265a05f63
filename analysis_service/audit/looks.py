"""Who read mine: the entries about one patient, as that patient may know them."""

from __future__ import annotations

from sqlalchemy import Row, Select, select

from analysis_service.access.service import Caller
from analysis_service.audit.rows import written
from analysis_service.audit.schemas import LooksView, LookView, Sentence
from analysis_service.audit.tables import AuditEntryRow, AuditLookRow, PersonRow
from analysis_service.database import Database
from chevet.audit import Outcome
from chevet.looks import look
from chevet.roles import MACHINES

SHOWN = (Outcome.DONE.value, Outcome.REFUSED.value)
"""What was asked for and could not be is no look."""


class Looks:
    """Read by an index of its own; the entries themselves are as they were sealed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def at(self, patient: str, who: Caller, before: int | None, limit: int) -> LooksView:
        """Looks of others than `who` at `patient`, the newest first, of entries numbered below `before`."""
        query = _query(patient).where(AuditEntryRow.subject != written(who.subject))
        if before is not None:
            query = query.where(AuditLookRow.entry < before)
        async with self._database.reading() as session:
            rows = (await session.execute(query.limit(limit + 1))).all()
        page = rows[:limit]
        return LooksView(
            looks=tuple(_view(row) for row in page), before=page[-1].AuditEntryRow.id if len(rows) > limit else None
        )


def _query(patient: str) -> Select[AuditEntryRow, str]:
    """What is done by no right, such as signing in, shows nothing of a patient; and programs have no eyes."""
    return (
        select(AuditEntryRow, PersonRow.name)
        .join(AuditLookRow, AuditLookRow.entry == AuditEntryRow.id)
        .outerjoin(PersonRow, PersonRow.subject == AuditEntryRow.subject)
        .where(AuditLookRow.patient == patient, AuditEntryRow.outcome.in_(SHOWN), AuditEntryRow.right != "")
        .where(AuditEntryRow.roles.not_in(sorted(role.value for role in MACHINES)))
        .order_by(AuditLookRow.entry.desc())
    )


def _view(row: Row[AuditEntryRow, str]) -> LookView:
    entry, name = row.AuditEntryRow, row.name
    return LookView(
        entry=entry.id,
        at_ms=entry.at_ms,
        name=name,
        roles=tuple(entry.roles.split(",")) if entry.roles else (),
        what=Sentence.model_validate(look(entry.right)),
        seen=entry.outcome == Outcome.DONE,
        reason=entry.reason,
    )
