"""Who cares for whom: members of teams, for the patients of their team and for those who stay on its ward."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.access.service import Caller
from analysis_service.care.tables import BrokenGlassRow, CareRow, MemberRow, StayRow, TeamRow
from analysis_service.clock import Clock
from analysis_service.database import Database


class Care:
    """The relation of those who care. Nothing is held: who has left a team sees nobody from the next request on."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def patients(self, who: Caller) -> frozenset[str]:
        """The pseudonyms of all whom `who` cares for now."""
        async with self._database.reading() as session:
            return frozenset(await session.scalars(_cared_for(who.subject, self._clock())))

    async def holds(self, who: Caller, patient: str) -> bool:
        """Whether `who` cares for `patient` now."""
        cared = _cared_for(who.subject, self._clock()).subquery()
        async with self._database.reading() as session:
            return await session.scalar(select(cared.c.patient).where(cared.c.patient == patient).limit(1)) is not None

    async def begin(self, session: AsyncSession, patient: str, who: Caller) -> None:
        """In the transaction that makes a dossier: the teams of who makes it look after `patient`, else a new one."""
        now = self._clock()
        mine = select(MemberRow.team).where(MemberRow.subject == who.subject, _in_force(MemberRow, now))
        teams = set(await session.scalars(mine))
        if not teams:
            teams = {await _founded(session, who, now)}
        for team in sorted(teams):
            session.add(
                CareRow(id=_new_id(), team=team, patient=patient, from_ms=now, saved_ms=now, saved_by=who.subject)
            )


def _in_force(row: Any, now: int) -> ColumnElement[bool]:
    return and_(row.from_ms <= now, or_(row.until_ms.is_(None), row.until_ms > now))


def _cared_for(subject: str, now: int) -> Select[Any]:
    teams = (
        select(MemberRow.team, TeamRow.ward)
        .join(TeamRow, TeamRow.id == MemberRow.team)
        .where(MemberRow.subject == subject, _in_force(MemberRow, now), TeamRow.ended_ms.is_(None))
        .subquery()
    )
    by_team = select(CareRow.patient).join(teams, teams.c.team == CareRow.team).where(_in_force(CareRow, now))
    by_ward = select(StayRow.patient).join(teams, teams.c.ward == StayRow.ward).where(_in_force(StayRow, now))
    by_glass = select(BrokenGlassRow.patient).where(BrokenGlassRow.subject == subject, _in_force(BrokenGlassRow, now))
    return select(union(by_team, by_ward, by_glass).subquery().c.patient)


async def _founded(session: AsyncSession, who: Caller, now: int) -> str:
    team = TeamRow(id=_new_id(), name=who.name, version=1, created_ms=now, created_by=who.subject)
    session.add(team)
    await session.flush()
    session.add(
        MemberRow(
            id=_new_id(),
            team=team.id,
            subject=who.subject,
            name=who.name,
            from_ms=now,
            saved_ms=now,
            saved_by=who.subject,
        )
    )
    return team.id


def _new_id() -> str:
    return secrets.token_hex(8)
