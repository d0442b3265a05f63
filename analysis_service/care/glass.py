"""The glass: an hour with a patient who is not in one's care, for a reason, told to the patient and reviewed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, func, select

from analysis_service import asking
from analysis_service.access.service import Caller
from analysis_service.asking import Glass, about
from analysis_service.care import periods
from analysis_service.care.caring import in_force, lasting, looked_after, require_own
from analysis_service.care.schemas import Review
from analysis_service.care.tables import BrokenGlassRow
from analysis_service.clock import Clock, shown
from analysis_service.database import Database
from analysis_service.problems import CONFLICT, FORBIDDEN, Problem

HOUR_MS = 3600 * 1000


class BrokenGlass:
    """All that was broken. Nothing of it is forgotten."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def break_(self, who: Caller, patient: str, reason: str) -> BrokenGlassRow:
        """`who` cares for `patient` from now on, for an hour. Raises Problem 409 where they do already."""
        now = self._clock()
        row = BrokenGlassRow(
            id=periods.new_id(),
            patient=patient,
            subject=who.subject,
            name=who.name,
            reason=reason,
            from_ms=now,
            until_ms=now + HOUR_MS,
        )
        asking.because(reason)
        async with self._database.writing() as session:
            if await session.scalar(looked_after(who.subject, now, patient).limit(1)) is not None:
                raise Problem(CONFLICT, "patient: expected one not in your care, this one is", field="patient")
            open_until = await session.scalar(_open(who, patient, now))
            if open_until is not None:
                raise Problem(
                    CONFLICT, f"patient: the glass is open until {shown(open_until)} already", field="patient"
                )
            session.add(row)
            asking.through(patient, Glass(reason, row.until_ms))
        return row

    async def of_patient(self, patient: str) -> Sequence[BrokenGlassRow]:
        """Who broke it, when and why, the newest first."""
        async with self._database.reading() as session:
            return (await session.scalars(_newest().where(BrokenGlassRow.patient == patient))).all()

    async def end(self, who: Caller, patient: str, id: str) -> BrokenGlassRow:
        """Before the hour is over. Raises Problem 403 where another broke it, 404, and 409 where it is over."""
        now = self._clock()
        async with self._database.writing() as session:
            row: BrokenGlassRow = await periods.found(session, BrokenGlassRow, id, _WANTED, _of(patient))
            if row.subject != who.subject:
                raise Problem(FORBIDDEN, "id: expected glass that you broke, another did", field="id")
            if row.until_ms <= now:
                raise Problem(CONFLICT, f"id: it ended at {shown(row.until_ms)} already", field="id")
            asking.because(row.reason)
            row.until_ms = now
        return row

    async def review(self, who: Caller, patient: str, id: str, body: Review) -> BrokenGlassRow:
        """A doctor who cares for the patient has looked at it. Raises Problem 403, 404, and 409 where one has."""
        now = self._clock()
        async with self._database.writing() as session:
            row: BrokenGlassRow = await periods.found(session, BrokenGlassRow, id, _WANTED, _of(patient))
            await require_own(session, who, patient, now)
            if row.subject == who.subject:
                raise Problem(FORBIDDEN, "id: expected glass that another broke, you did", field="id")
            if row.reviewed_ms is not None:
                raise Problem(CONFLICT, f"id: it was reviewed at {shown(row.reviewed_ms)}", field="id")
            row.reviewed_ms, row.reviewed_by = now, who.subject
            row.verdict, row.note = body.verdict, body.note
        return row

    async def unreviewed(self, who: Caller) -> Sequence[BrokenGlassRow]:
        """What awaits the review of `who`: of the patients in their care, and broken by another."""
        own = looked_after(who.subject, self._clock())
        query = _newest().where(
            BrokenGlassRow.reviewed_ms.is_(None), BrokenGlassRow.subject != who.subject, BrokenGlassRow.patient.in_(own)
        )
        async with self._database.reading() as session:
            rows = (await session.scalars(query)).all()
        about(*(row.patient for row in rows))
        return rows

    async def open_of(self, who: Caller) -> Sequence[BrokenGlassRow]:
        """What `who` broke and may still look through."""
        query = _newest().where(BrokenGlassRow.subject == who.subject, in_force(BrokenGlassRow, self._clock()))
        async with self._database.reading() as session:
            rows = (await session.scalars(query)).all()
        for row in rows:
            asking.through(row.patient, Glass(row.reason, row.until_ms))
        return rows

    async def count_unreviewed(self) -> int:
        """How many nobody has looked at."""
        query = select(func.count()).select_from(BrokenGlassRow).where(BrokenGlassRow.reviewed_ms.is_(None))
        async with self._database.reading() as session:
            return await session.scalar(query) or 0


_WANTED = "broken glass of this patient"


def _of(patient: str) -> ColumnElement[bool]:
    return BrokenGlassRow.patient == patient


def _newest() -> Select[BrokenGlassRow]:
    return select(BrokenGlassRow).order_by(BrokenGlassRow.from_ms.desc(), BrokenGlassRow.id)


def _open(who: Caller, patient: str, now: int) -> Select[int]:
    mine = (BrokenGlassRow.subject == who.subject, BrokenGlassRow.patient == patient)
    return select(BrokenGlassRow.until_ms).where(*mine, lasting(BrokenGlassRow, now)).limit(1)
