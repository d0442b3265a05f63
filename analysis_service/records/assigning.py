"""Giving a gateway to a patient and taking it back: some time after it is saved, never over another's time."""

from __future__ import annotations

import uuid

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.clock import Clock, shown
from analysis_service.editions import require_edition
from analysis_service.problems import CONFLICT, INVALID, NOT_FOUND, Problem
from analysis_service.records.assignments import Assignment, refusal_of_time
from analysis_service.records.history import Author, What, save, version_of
from analysis_service.records.rewriting import rewriting, taken_from
from analysis_service.records.tables import AssignmentRow


class Assigning:
    """What changes assignments from now on; the past is changed by corrections alone."""

    def __init__(self, clock: Clock, lead_seconds: float) -> None:
        self._clock = clock
        self._lead_ms = round(lead_seconds * 1000)

    async def assign(
        self, session: AsyncSession, gateway: str, patient: str, times: tuple[int | None, int | None], by: Author
    ) -> Assignment:
        """`gateway` will stand with `patient`. Raises Problem where another assignment stands in its way."""
        now, (from_ms, until_ms) = self._clock(), times
        begins = now + self._lead_ms if from_ms is None else from_ms
        self._require_time("from_ms", begins, now)
        if until_ms is not None and until_ms <= begins:
            raise Problem(INVALID, f"until_ms: expected later than {shown(begins)}, got {shown(until_ms)}")
        for other in await assignments_of(session, gateway):
            if other.overlaps(begins, until_ms):
                raise Problem(
                    CONFLICT,
                    f"from_ms: {gateway} is assigned from {shown(other.from_ms)}; end that first",
                    field="from_ms",
                )
        row = AssignmentRow(
            id=str(uuid.uuid4()),
            gateway=gateway,
            patient=patient,
            from_ms=begins,
            until_ms=until_ms,
            saved_ms=now,
            saved_by=by.subject,
        )
        session.add(row)
        await keep_assignment(session, row, by, now)
        return assignment(row)

    async def end(
        self, session: AsyncSession, row: AssignmentRow, until_ms: int | None, edition: int, by: Author
    ) -> Assignment:
        """The assignment with its end. One that has not begun cannot end before it begins."""
        now = self._clock()
        require_edition(await version_of(session, What.ASSIGNMENT, row.id), edition)
        if row.until_ms is not None and row.until_ms <= now + self._lead_ms:
            raise Problem(CONFLICT, f"id: this assignment ends at {shown(row.until_ms)} already", field="id")
        ends = self._soonest_end(row, now) if until_ms is None else until_ms
        self._require_time("until_ms", ends, now)
        if ends <= row.from_ms:
            raise Problem(INVALID, f"until_ms: expected later than {shown(row.from_ms)}", field="until_ms")
        if row.until_ms is not None and ends > row.until_ms:
            raise Problem(CONFLICT, f"until_ms: expected {shown(row.until_ms)} or earlier", field="until_ms")
        row.until_ms = ends
        await keep_assignment(session, row, by, now)
        return assignment(row)

    async def end_all(self, session: AsyncSession, patient: str, by: Author) -> None:
        """Every assignment of `patient` that goes on ends as soon as it may."""
        now = self._clock()
        going_on = or_(AssignmentRow.until_ms.is_(None), AssignmentRow.until_ms > now + self._lead_ms)
        query = select(AssignmentRow).where(
            AssignmentRow.patient == patient, AssignmentRow.withdrawn_ms.is_(None), going_on
        )
        for row in (await session.scalars(query)).all():
            row.until_ms = self._soonest_end(row, now)
            await keep_assignment(session, row, by, now)

    def _soonest_end(self, row: AssignmentRow, now: int) -> int:
        return max(now + self._lead_ms, row.from_ms + 1)

    def _require_time(self, field: str, at: int, now: int) -> None:
        sentence = refusal_of_time(field, at, now, self._lead_ms)
        if sentence:
            raise Problem(INVALID, sentence, field=field)


async def rewrite(
    session: AsyncSession, gateway: str, patient: str, times: tuple[int, int], by: Author, now: int
) -> tuple[str, ...]:
    """`gateway` stood with `patient` within `times`, whatever was recorded; the others who were recorded then."""
    recorded = await assignments_of(session, gateway)
    rows = {row.id: row for row in await assignment_rows(session, gateway)}
    plan = rewriting(recorded, patient, *times)
    for id in plan.withdrawn:
        rows[id].withdrawn_ms = now
        await keep_assignment(session, rows[id], by, now)
    for id, (from_ms, until_ms) in plan.changed.items():
        if (rows[id].from_ms, rows[id].until_ms) != (from_ms, until_ms):
            rows[id].from_ms, rows[id].until_ms = from_ms, until_ms
            await keep_assignment(session, rows[id], by, now)
    for whose, from_ms, until_ms in plan.added:
        known = {"gateway": gateway, "patient": whose, "from_ms": from_ms, "until_ms": until_ms}
        row = AssignmentRow(id=str(uuid.uuid4()), saved_ms=now, saved_by=by.subject, **known)
        session.add(row)
        await keep_assignment(session, row, by, now)
    return taken_from(recorded, patient, *times)


async def keep_assignment(session: AsyncSession, row: AssignmentRow, by: Author, now: int) -> int:
    """Keep what `row` says now as another edition of it."""
    names = ("gateway", "patient", "from_ms", "until_ms", "withdrawn_ms")
    said = {name: value for name in names if (value := getattr(row, name)) is not None}
    await session.flush()
    return await save(session, What.ASSIGNMENT, row.id, said, by, now, None)


async def assignments_of(session: AsyncSession, gateway: str) -> tuple[Assignment, ...]:
    """All assignments of `gateway`, oldest first."""
    return tuple(assignment(row) for row in await assignment_rows(session, gateway))


async def assignment_rows(session: AsyncSession, gateway: str) -> list[AssignmentRow]:
    """Their rows, without those that were withdrawn."""
    query = select(AssignmentRow).where(AssignmentRow.gateway == gateway, AssignmentRow.withdrawn_ms.is_(None))
    return list(await session.scalars(query.order_by(AssignmentRow.from_ms)))


async def require_assignment(session: AsyncSession, gateway: str, id: str) -> AssignmentRow:
    """The row. Raises Problem 404."""
    row = await session.get(AssignmentRow, id)
    if row is None or row.gateway != gateway or row.withdrawn_ms is not None:
        raise Problem(NOT_FOUND, f"id: expected an assignment of {gateway}, found none", field="id")
    return row


def assignment(row: AssignmentRow) -> Assignment:
    """The row as a value."""
    return Assignment(id=row.id, gateway=row.gateway, patient=row.patient, from_ms=row.from_ms, until_ms=row.until_ms)
