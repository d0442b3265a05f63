"""Whether somebody cares for a patient: the relation, and the door of care for the other modules."""

from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service import asking
from analysis_service.access.service import Caller
from analysis_service.asking import Glass
from analysis_service.care.caring import in_force, looked_after, reached, teams_of
from analysis_service.care.caring import require_own as require_own
from analysis_service.care.glass import BrokenGlass as BrokenGlass
from analysis_service.care.handing_over import HandingOver as HandingOver
from analysis_service.care.members import Members as Members
from analysis_service.care.periods import Period, saved
from analysis_service.care.stays import Stays as Stays
from analysis_service.care.tables import BrokenGlassRow, CareRow
from analysis_service.care.teams import Teams as Teams
from analysis_service.care.teams import founded
from analysis_service.care.wards import Wards as Wards
from analysis_service.clock import Clock
from analysis_service.database import Database


class Care:
    """The relation of those who care. Nothing is held: who has left a team sees nobody from the next request on.

    Whoever broke the glass cares for an hour; each time it is asked for, the request under way is told that it was so.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def patients(self, who: Caller) -> frozenset[str]:
        """The pseudonyms of all whom `who` cares for now."""
        return await self._reached(who)

    async def holds(self, who: Caller, patient: str) -> bool:
        """Whether `who` cares for `patient` now."""
        return patient in await self._reached(who, patient)

    async def among(self, who: Caller) -> Select[str]:
        """The same patients as a statement, some more than once: for lists that are too long to be named."""
        now = self._clock()
        glass = select(BrokenGlassRow).where(BrokenGlassRow.subject == who.subject, in_force(BrokenGlassRow, now))
        alone = glass.where(BrokenGlassRow.patient.not_in(looked_after(who.subject, now)))
        async with self._database.reading() as session:
            for row in await session.scalars(alone):
                asking.through(row.patient, Glass(row.reason, row.until_ms))
        return select(reached(who.subject, now).subquery().c.patient)

    async def begin(self, session: AsyncSession, patient: str, who: Caller) -> None:
        """In the transaction that makes a dossier: the teams of who makes it look after `patient`, else a new one."""
        now = self._clock()
        teams = sorted(set((await session.scalars(teams_of(who.subject, now))).all()))
        for team in teams or [(await founded(session, who, who.name, None, now)).id]:
            session.add(CareRow(team=team, patient=patient, **saved(Period(from_ms=now), who, now)))

    async def _reached(self, who: Caller, patient: str | None = None) -> frozenset[str]:
        async with self._database.reading() as session:
            rows = (await session.execute(reached(who.subject, self._clock(), patient))).all()
        own = {one for one, _, until in rows if until is None}
        for one, reason, until in rows:
            if until is not None and one not in own:
                asking.through(one, Glass(reason, until))
        return frozenset(one for one, _, _ in rows)
