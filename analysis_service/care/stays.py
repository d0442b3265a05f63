"""Where a patient stays: one ward at a time, whose teams look after them meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from analysis_service.access.service import Caller
from analysis_service.care import editions, periods
from analysis_service.care.caring import require_own
from analysis_service.care.schemas import StayBody
from analysis_service.care.tables import StayRow, WardRow
from analysis_service.clock import Clock
from analysis_service.database import Database


class Stays:
    """Of patients, on wards."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def listed(self, patient: str) -> Sequence[StayRow]:
        """All of a patient's, the first first."""
        query = select(StayRow).where(StayRow.patient == patient).order_by(StayRow.from_ms, StayRow.id)
        async with self._database.reading() as session:
            return (await session.scalars(query)).all()

    async def begin(self, who: Caller, patient: str, body: StayBody) -> StayRow:
        """A patient comes to a ward. Raises Problem 403, 404, 409, 422."""
        now = self._clock()
        async with self._database.writing() as session:
            await require_own(session, who, patient, now)
            await editions.standing(session, WardRow, body.ward)
            wanted = periods.period(body.from_ms, body.until_ms, now)
            same = (StayRow.patient == patient,)
            await periods.require_free(session, StayRow, wanted, lambda one: f"ward: they are on {one.ward}", *same)
            row = StayRow(ward=body.ward, patient=patient, **periods.saved(wanted, who, now))
            session.add(row)
        return row

    async def end(self, who: Caller, patient: str, id: str, until_ms: int | None) -> StayRow:
        """A patient leaves a ward. Raises Problem 403, 404, 409, 422."""
        now = self._clock()
        async with self._database.writing() as session:
            row: StayRow = await periods.found(session, StayRow, id, "a stay of theirs", StayRow.patient == patient)
            await require_own(session, who, patient, now)
            periods.end(row, periods.ending(row, until_ms, now), who, now)
        return row
