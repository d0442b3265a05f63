"""Which teams look after a patient: whoever cares for them hands them on, and somebody always does."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.access.service import Caller, Within
from analysis_service.asking import about
from analysis_service.care import editions, periods
from analysis_service.care.caring import in_force, require_own, uncared
from analysis_service.care.schemas import CareBody, CarerView, CareView
from analysis_service.care.tables import CareRow, MemberRow, TeamRow
from analysis_service.clock import Clock
from analysis_service.database import Database
from analysis_service.problems import CONFLICT, Problem


class HandingOver:
    """Patients and the teams that look after them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def patients_of(self, team: str, own: Within) -> list[CareView]:
        """Whom a team looks after, and looked after: of them the caller's `own`. Raises Problem 404."""
        query = select(CareRow).where(CareRow.team == team, own(CareRow.patient))
        async with self._database.reading() as session:
            await editions.named(session, TeamRow, team)
            rows = (await session.scalars(query.order_by(CareRow.from_ms, CareRow.id))).all()
        about(*(row.patient for row in rows))
        return [CareView.model_validate(row) for row in rows]

    async def teams_of(self, patient: str) -> list[CarerView]:
        """The teams that look after a patient, and that did, the first first."""
        query = select(CareRow, TeamRow.name).join(TeamRow, TeamRow.id == CareRow.team)
        query = query.where(CareRow.patient == patient).order_by(CareRow.from_ms, CareRow.id)
        async with self._database.reading() as session:
            rows = (await session.execute(query)).all()
        return [CarerView(name=name, **CareView.model_validate(row).model_dump()) for row, name in rows]

    async def add(self, who: Caller, team: str, body: CareBody) -> CareView:
        """A team looks after a patient too. Raises Problem 403, 404, 409, 422."""
        about(body.patient)
        now = self._clock()
        async with self._database.writing() as session:
            await require_own(session, who, body.patient, now)
            await _require_somebody(session, team, now)
            wanted = periods.period(body.from_ms, None, now)
            same = (CareRow.team == team, CareRow.patient == body.patient)
            await periods.require_free(session, CareRow, wanted, lambda _: "patient: the team looks after them", *same)
            row = CareRow(team=team, patient=body.patient, **periods.saved(wanted, who, now))
            session.add(row)
        return CareView.model_validate(row)

    async def end(self, who: Caller, team: str, id: str, until_ms: int | None) -> CareView:
        """A team looks after a patient no more. Raises Problem 403, 404, 409, 422."""
        now = self._clock()
        async with self._database.writing() as session:
            row: CareRow = await periods.found(session, CareRow, id, "a patient of this team", CareRow.team == team)
            about(row.patient)
            await require_own(session, who, row.patient, now)
            ends = periods.ending(row, until_ms, now)
            if not await session.scalar(_others(row, ends)):
                raise Problem(
                    CONFLICT, "id: expected another team until further notice, else nobody would care", field="id"
                )
            periods.end(row, ends, who, now)
        return CareView.model_validate(row)

    async def take_in(self, team: str, patients: Select[str], by: str) -> int:
        """Those of `patients` whom no team looks after are given to `team`; how many. Raises Problem 404, 409."""
        now = self._clock()
        async with self._database.writing() as session:
            await _require_somebody(session, team, now)
            found = (await session.scalars(uncared(patients, now))).all()
            begun: dict[str, Any] = {"from_ms": now, "saved_ms": now, "saved_by": by}
            session.add_all(CareRow(id=periods.new_id(), team=team, patient=one, **begun) for one in found)
        return len(found)


def _others(leaving: CareRow, ends: int) -> Select[str]:
    return (
        select(CareRow.id)
        .join(TeamRow, TeamRow.id == CareRow.team)
        .where(
            CareRow.patient == leaving.patient,
            CareRow.id != leaving.id,
            CareRow.from_ms <= ends,
            CareRow.until_ms.is_(None),
            TeamRow.ended_ms.is_(None),
        )
        .limit(1)
    )


async def _require_somebody(session: AsyncSession, team: str, now: int) -> None:
    """Raises Problem 404 and 409: a team of nobody looks after nobody."""
    await editions.standing(session, TeamRow, team)
    members = select(MemberRow.id).where(MemberRow.team == team, in_force(MemberRow, now), MemberRow.until_ms.is_(None))
    if not await session.scalar(members.limit(1)):
        raise Problem(CONFLICT, "team: expected one with a member until further notice, this has none", field="team")
