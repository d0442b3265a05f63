"""Who cares for whom now, as statements: members of teams, for the patients of their team and those on its ward."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, null, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.selectable import CompoundSelect

from analysis_service.access.service import Caller
from analysis_service.care.tables import BrokenGlassRow, CareRow, MemberRow, StayRow, TeamRow
from analysis_service.problems import FORBIDDEN, Problem


def in_force(row: Any, now: int) -> ColumnElement[bool]:
    """Of a row with a begin and an end: that it holds at `now`."""
    return and_(row.from_ms <= now, or_(row.until_ms.is_(None), row.until_ms > now))


def lasting(row: Any, after: int) -> ColumnElement[bool]:
    """Of a row with an end: that it is not over by `after`, whether it has begun or not."""
    return or_(row.until_ms.is_(None), row.until_ms > after)


def teams_of(subject: str, now: int) -> Select[str]:
    """The teams that somebody is of."""
    return (
        select(MemberRow.team)
        .join(TeamRow, TeamRow.id == MemberRow.team)
        .where(MemberRow.subject == subject, in_force(MemberRow, now), TeamRow.ended_ms.is_(None))
    )


def looked_after(subject: str, now: int, patient: str | None = None) -> CompoundSelect[Any]:
    """The patients of somebody's teams and wards, some more than once; of them only `patient`, where one is given."""
    by_team = select(CareRow.patient).where(CareRow.team.in_(teams_of(subject, now)), in_force(CareRow, now))
    wards = select(TeamRow.ward).where(TeamRow.id.in_(teams_of(subject, now)), TeamRow.ward.is_not(None))
    by_ward = select(StayRow.patient).where(StayRow.ward.in_(wards), in_force(StayRow, now))
    if patient is not None:
        by_team, by_ward = by_team.where(CareRow.patient == patient), by_ward.where(StayRow.patient == patient)
    return union_all(by_team, by_ward)


async def require_own(session: AsyncSession, who: Caller, patient: str, now: int) -> None:
    """Raises Problem 403 where `who` cares by broken glass alone, or not at all: an hour gives no more hours."""
    if await session.scalar(looked_after(who.subject, now, patient).limit(1)) is None:
        raise Problem(FORBIDDEN, "patient: expected one whom a team of yours looks after, got another", field="patient")


def reached(subject: str, now: int, patient: str | None = None) -> CompoundSelect[Any]:
    """Those and whom somebody broke the glass for: patient, reason, until when. The last two are of glass alone."""
    after = looked_after(subject, now, patient).subquery()
    glass = select(BrokenGlassRow.patient, BrokenGlassRow.reason, BrokenGlassRow.until_ms)
    glass = glass.where(BrokenGlassRow.subject == subject, in_force(BrokenGlassRow, now))
    if patient is not None:
        glass = glass.where(BrokenGlassRow.patient == patient)
    return union_all(select(after.c.patient, null(), null()), glass)


def uncared(patients: Select[str], now: int) -> Select[str]:
    """Those of `patients` whom no team looks after."""
    standing = select(CareRow.patient).join(TeamRow, TeamRow.id == CareRow.team)
    standing = standing.where(in_force(CareRow, now), TeamRow.ended_ms.is_(None))
    every = patients.subquery()
    return select(every.c.patient).where(every.c.patient.not_in(standing)).order_by(every.c.patient)
