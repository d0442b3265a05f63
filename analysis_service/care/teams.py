"""Care teams: whoever founds one is of it, and doctors who are of it change it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.access.service import Caller
from analysis_service.care import editions, periods
from analysis_service.care.caring import lasting, teams_of
from analysis_service.care.periods import Period
from analysis_service.care.schemas import TeamBody
from analysis_service.care.tables import CareRow, EditionRow, MemberRow, TeamRow, WardRow
from analysis_service.care.wards import require_of_ward
from analysis_service.clock import Clock
from analysis_service.database import Database
from analysis_service.problems import CONFLICT, FORBIDDEN, Problem


class Teams:
    """All of them; those that have ended are still known."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def listed(self, ended: bool) -> Sequence[TeamRow]:
        """By name; those that have ended only where `ended`."""
        query = select(TeamRow).order_by(TeamRow.name, TeamRow.id)
        async with self._database.reading() as session:
            return (await session.scalars(query if ended else query.where(TeamRow.ended_ms.is_(None)))).all()

    async def one(self, team: str) -> TeamRow:
        """Raises Problem 404."""
        async with self._database.reading() as session:
            return await editions.named(session, TeamRow, team)

    async def history(self, team: str) -> Sequence[EditionRow]:
        """Every edition of it."""
        async with self._database.reading() as session:
            return await editions.editions(session, (await editions.named(session, TeamRow, team)).id)

    async def add(self, who: Caller, body: TeamBody) -> TeamRow:
        """A new one, of which `who` is the first. Raises Problem 403, 404, 409 of its ward."""
        now = self._clock()
        async with self._database.writing() as session:
            await _require_ward(session, who, body.ward, now)
            return await founded(session, who, body.name, body.ward, now)

    async def change(self, who: Caller, team: str, edition: int, body: TeamBody) -> TeamRow:
        """Call it otherwise, or make it of another ward. Raises Problem 403, 404, 409, 412."""
        now = self._clock()
        async with self._database.writing() as session:
            row = await theirs(session, who, team, now)
            if body.ward != row.ward:
                await _require_ward(session, who, body.ward, now)
            editions.change(session, row, edition, who, now, name=body.name, ward=body.ward)
        return row

    async def end(self, who: Caller, team: str, edition: int) -> TeamRow:
        """There is it no more, and nobody is of it. Raises Problem 409 while it looks after somebody."""
        now = self._clock()
        async with self._database.writing() as session:
            row = await theirs(session, who, team, now)
            if await session.scalar(select(CareRow.id).where(CareRow.team == team, lasting(CareRow, now)).limit(1)):
                raise Problem(
                    CONFLICT, "team: expected one that looks after nobody; hand them over first", field="team"
                )
            editions.end(session, row, edition, who, now)
            for member in await session.scalars(
                select(MemberRow).where(MemberRow.team == team, lasting(MemberRow, now))
            ):
                periods.end(member, max(now, member.from_ms), who, now)
        return row


async def founded(session: AsyncSession, who: Caller, name: str, ward: str | None, now: int) -> TeamRow:
    """A new team, of which `who` is the first."""
    team = TeamRow(id=periods.new_id(), name=name, ward=ward, version=1, created_ms=now, created_by=who.subject)
    session.add(team)
    await session.flush()
    editions.keep(session, team, who, now, name=name, ward=ward)
    first = periods.saved(Period(from_ms=now), who, now)
    session.add(MemberRow(team=team.id, subject=who.subject, name=who.name, **first))
    return team


async def theirs(session: AsyncSession, who: Caller, team: str, now: int) -> TeamRow:
    """A team that `who` is of. Raises Problem 403, 404, and 409 where it has ended."""
    row = await editions.standing(session, TeamRow, team)
    if await session.scalar(teams_of(who.subject, now).where(TeamRow.id == team).limit(1)) is None:
        raise Problem(FORBIDDEN, "team: expected one that you are of, got another", field="team")
    return row


async def _require_ward(session: AsyncSession, who: Caller, ward: str | None, now: int) -> None:
    if ward is not None:
        await editions.standing(session, WardRow, ward)
        await require_of_ward(session, who, ward, now)
