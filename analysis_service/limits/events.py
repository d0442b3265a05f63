"""Transitions of prescriptions: who did what, when and why, and what was prescribed then. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.access.service import Caller
from analysis_service.limits.schemas import LimitEvent, Transition
from analysis_service.limits.tables import PrescriptionEventRow, PrescriptionRow

CONTENT = ("vital", "side", "severity", "value", "from_hour", "to_hour", "from_ms", "until_ms", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who did it: the subject of their tokens, and their name as people read it."""

    subject: str | None
    name: str | None

    @classmethod
    def of(cls, who: Caller) -> Author:
        """The caller."""
        return cls(subject=who.subject, name=who.name)


TIME = Author(subject=None, name=None)
"""Nobody did it."""


def record(
    session: AsyncSession, row: PrescriptionRow, what: Transition, author: Author, now: int, why: str | None
) -> None:
    """Within the transaction that does it."""
    session.add(
        PrescriptionEventRow(
            prescription=row.id,
            at_ms=now,
            what=what,
            by=author.subject,
            name=author.name,
            why=why,
            content={name: getattr(row, name) for name in CONTENT},
        )
    )


async def history(session: AsyncSession, id: str) -> Sequence[PrescriptionEventRow]:
    """The transitions of a prescription, the oldest first."""
    query = select(PrescriptionEventRow).where(PrescriptionEventRow.prescription == id)
    return list(await session.scalars(query.order_by(PrescriptionEventRow.id)))


def shown(row: PrescriptionEventRow) -> LimitEvent:
    """The event for people."""
    return LimitEvent.model_validate(
        {"what": row.what, "at_ms": row.at_ms, "by": row.name, "why": row.why, "content": row.content}
    )
