"""Wards: founded by a doctor, changed by the doctors of their teams."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.access.service import Caller
from analysis_service.care import editions
from analysis_service.care.caring import lasting, teams_of
from analysis_service.care.periods import new_id
from analysis_service.care.schemas import WardBody
from analysis_service.care.tables import EditionRow, StayRow, TeamRow, WardRow
from analysis_service.clock import Clock
from analysis_service.database import Database
from analysis_service.problems import CONFLICT, FORBIDDEN, Problem


class Wards:
    """All of them; those that have ended are still known."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def listed(self, ended: bool) -> Sequence[WardRow]:
        """By name; those that have ended only where `ended`."""
        query = select(WardRow).order_by(WardRow.name, WardRow.id)
        async with self._database.reading() as session:
            return (await session.scalars(query if ended else query.where(WardRow.ended_ms.is_(None)))).all()

    async def one(self, ward: str) -> WardRow:
        """Raises Problem 404."""
        async with self._database.reading() as session:
            return await editions.named(session, WardRow, ward)

    async def history(self, ward: str) -> Sequence[EditionRow]:
        """Every edition of it."""
        async with self._database.reading() as session:
            return await editions.editions(session, (await editions.named(session, WardRow, ward)).id)

    async def add(self, who: Caller, body: WardBody) -> WardRow:
        """A new one."""
        now = self._clock()
        row = WardRow(id=new_id(), name=body.name, version=1, created_ms=now, created_by=who.subject)
        async with self._database.writing() as session:
            session.add(row)
            editions.keep(session, row, who, now, name=body.name)
        return row

    async def change(self, who: Caller, ward: str, edition: int, body: WardBody) -> WardRow:
        """Call it otherwise. Raises Problem 403, 404, 409, 412."""
        async with self._database.writing() as session:
            row = await editions.standing(session, WardRow, ward)
            await require_of_ward(session, who, ward, self._clock())
            editions.change(session, row, edition, who, self._clock(), name=body.name)
        return row

    async def end(self, who: Caller, ward: str, edition: int) -> WardRow:
        """Close it. Raises Problem 409 while a team is of it, or somebody stays there."""
        now = self._clock()
        async with self._database.writing() as session:
            row = await editions.standing(session, WardRow, ward)
            await require_of_ward(session, who, ward, now)
            if await session.scalar(_teams(ward)) or await session.scalar(_stays(ward, now)):
                raise Problem(CONFLICT, "ward: expected one without a team and without patients", field="ward")
            editions.end(session, row, edition, who, now)
        return row


async def require_of_ward(session: AsyncSession, who: Caller, ward: str, now: int) -> None:
    """Raises Problem 403 where it has teams or patients, and `who` is of none of its teams.

    Whoever gives a team its ward looks after all who stay there: so nobody walks in from outside.
    """
    mine = select(TeamRow.id).where(TeamRow.ward == ward, TeamRow.id.in_(teams_of(who.subject, now)))
    if await session.scalar(mine.limit(1)) is not None:
        return
    if await session.scalar(_teams(ward)) or await session.scalar(_stays(ward, now)):
        raise Problem(FORBIDDEN, "ward: expected one of a team of yours, or one that nobody is of", field="ward")


def _teams(ward: str) -> Select[str]:
    return select(TeamRow.id).where(TeamRow.ward == ward, TeamRow.ended_ms.is_(None)).limit(1)


def _stays(ward: str, now: int) -> Select[str]:
    return select(StayRow.id).where(StayRow.ward == ward, lasting(StayRow, now)).limit(1)
