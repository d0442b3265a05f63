"""Who is of a team, from a time until a time."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.access.service import Caller
from analysis_service.care import editions, periods
from analysis_service.care.caring import lasting
from analysis_service.care.schemas import MemberBody
from analysis_service.care.tables import CareRow, MemberRow, TeamRow
from analysis_service.care.teams import theirs
from analysis_service.clock import Clock
from analysis_service.database import Database
from analysis_service.problems import CONFLICT, Problem


class Members:
    """Of teams. One that looks after somebody keeps at least one member who stays until further notice."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def listed(self, team: str) -> Sequence[MemberRow]:
        """All who ever were of it, the first first. Raises Problem 404."""
        async with self._database.reading() as session:
            await editions.named(session, TeamRow, team)
            query = select(MemberRow).where(MemberRow.team == team)
            return (await session.scalars(query.order_by(MemberRow.from_ms, MemberRow.id))).all()

    async def add(self, who: Caller, team: str, body: MemberBody) -> MemberRow:
        """Somebody joins. Raises Problem 403, 404, 409, 422."""
        now = self._clock()
        async with self._database.writing() as session:
            await theirs(session, who, team, now)
            wanted = periods.period(body.from_ms, body.until_ms, now)
            same = (MemberRow.team == team, MemberRow.subject == body.subject)
            await periods.require_free(session, MemberRow, wanted, lambda _: "subject: they are of this team", *same)
            row = MemberRow(team=team, subject=body.subject, name=body.name, **periods.saved(wanted, who, now))
            session.add(row)
        return row

    async def end(self, who: Caller, team: str, id: str, until_ms: int | None) -> MemberRow:
        """Somebody leaves. Raises Problem 403, 404, 409, 422."""
        now = self._clock()
        async with self._database.writing() as session:
            await theirs(session, who, team, now)
            row: MemberRow = await periods.found(
                session, MemberRow, id, "a member of this team", MemberRow.team == team
            )
            ends = periods.ending(row, until_ms, now)
            await _require_another(session, row, ends)
            periods.end(row, ends, who, now)
        return row


async def _require_another(session: AsyncSession, leaving: MemberRow, ends: int) -> None:
    """Raises Problem 409 where the team would look after patients with nobody in it."""
    patients = select(CareRow.id).where(CareRow.team == leaving.team, lasting(CareRow, ends))
    others = select(MemberRow.id).where(
        MemberRow.team == leaving.team,
        MemberRow.id != leaving.id,
        MemberRow.from_ms <= ends,
        MemberRow.until_ms.is_(None),
    )
    if await session.scalar(patients.limit(1)) and not await session.scalar(others.limit(1)):
        raise Problem(
            CONFLICT,
            "id: expected a team with another member until further notice, for it looks after patients",
            field="id",
        )
