"""Measurements by people: entered once, never changed, struck where they are wrong, and sent to the store."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.access.service import Caller
from analysis_service.clock import Clock, shown
from analysis_service.database import Database
from analysis_service.entering import require_lately
from analysis_service.ingest.service import Ingest
from analysis_service.measurements.schemas import MeasurementBody, MeasurementView
from analysis_service.measurements.sending import WAITING, WITHHELD, Sending, value_of
from analysis_service.measurements.tables import MeasuredValueRow, MeasurementRow
from analysis_service.measurements.views import view
from analysis_service.problems import CONFLICT, NOT_FOUND, Problem

CORRECTIONS = 1_000
"""Milliseconds after a time that are looked at for one that is free."""


class Measurements:
    """Of all patients."""

    def __init__(self, database: Database, clock: Clock, ingest: Ingest) -> None:
        self._database = database
        self._clock = clock
        self.sending = Sending(database, clock, ingest)

    async def enter(self, patient: str, body: MeasurementBody, who: Caller) -> tuple[MeasurementView, bool]:
        """Keep what somebody measured, and send it; whether it is new. Raises Problem where it cannot be.

        Where the store is away it waits in the database, and the answer says so.
        """
        now = self._clock()
        async with self._database.writing() as session:
            same = None if body.id is None else await session.get(MeasurementRow, str(body.id))
            if same is not None:
                return await _known(session, same, patient, body), False
            row = await _entered(session, patient, body, who, now)
            values = [
                MeasuredValueRow(
                    measurement=row.id,
                    patient=patient,
                    vital=one.vital,
                    value=one.kept,
                    series_ms=await _free_time(session, patient, one.vital, row.measured_ms),
                    state=WAITING,
                    claimed_ms=now,
                )
                for one in body.values
            ]
            session.add_all(values)
        await self.sending.at_once([value_of(one) for one in values])
        return await self.one(patient, row.id), True

    async def strike(self, patient: str, id: str, reason: str, who: Caller) -> MeasurementView:
        """It is wrong, and nothing stands in its place. Raises Problem 404 or 409."""
        async with self._database.writing() as session:
            row = await _standing(session, patient, id, "id")
            await _strike(session, row, reason, who, self._clock())
        return await self.one(patient, id)

    async def one(self, patient: str, id: str) -> MeasurementView:
        """One of them. Raises Problem 404."""
        async with self._database.reading() as session:
            [found] = await _views(session, [await _of(session, patient, id, "id")])
            return found

    async def listed(self, patient: str, limit: int) -> list[MeasurementView]:
        """What was measured of a patient, struck ones among them, the newest first."""
        row = MeasurementRow
        query = select(row).where(row.patient == patient).order_by(row.measured_ms.desc(), row.saved_ms.desc(), row.id)
        async with self._database.reading() as session:
            return await _views(session, list(await session.scalars(query.limit(limit))))


def measured_since(at: int) -> Select[Any]:
    """The patients of whom somebody measured anything at `at` or later that was not struck."""
    row = MeasurementRow
    return select(row.patient).where(row.measured_ms >= at, row.struck_ms.is_(None)).distinct()


async def _entered(session: AsyncSession, patient: str, body: MeasurementBody, who: Caller, now: int) -> MeasurementRow:
    """The row, and the wrong one struck in whose place it stands. Raises Problem."""
    wrong = None if body.corrects is None else await _standing(session, patient, str(body.corrects), "corrects")
    at = body.measured_ms
    if at is None:
        at = now if wrong is None else wrong.measured_ms
    require_lately("measured_ms", at, now)
    if wrong is not None:
        await _strike(session, wrong, body.reason, who, now)
    row = MeasurementRow(
        id=str(body.id or uuid.uuid4()),
        patient=patient,
        measured_ms=at,
        method=body.method,
        note=body.note,
        entered_by=who.name,
        saved_ms=now,
        corrects=None if wrong is None else wrong.id,
    )
    session.add(row)
    await session.flush()
    return row


async def _of(session: AsyncSession, patient: str, id: str, field: str) -> MeasurementRow:
    row = await session.get(MeasurementRow, id)
    if row is None or row.patient != patient:
        raise Problem(NOT_FOUND, f"{field}: expected a measurement of this patient, found none", field=field)
    return row


async def _standing(session: AsyncSession, patient: str, id: str, field: str) -> MeasurementRow:
    row = await _of(session, patient, id, field)
    if row.struck_ms is not None:
        raise Problem(
            CONFLICT, f"{field}: expected one that stands, this one was struck {shown(row.struck_ms)}", field=field
        )
    return row


async def _strike(session: AsyncSession, row: MeasurementRow, reason: str | None, who: Caller, now: int) -> None:
    """What nobody sends yet is not sent any more; what is under way comes to its end."""
    row.struck_ms, row.struck_by, row.struck_reason = now, who.name, reason
    for value in await _values(session, [row.id]):
        if value.state == WAITING and value.claimed_ms is None:
            value.state = WITHHELD


async def _free_time(session: AsyncSession, patient: str, vital: str, at: int) -> int:
    """`at`, or just after what was struck there: a store keeps one value of a time. Raises Problem 409."""
    row = MeasuredValueRow
    query = select(row.series_ms, MeasurementRow.struck_ms).join(MeasurementRow, MeasurementRow.id == row.measurement)
    query = query.where(row.patient == patient, row.vital == vital, row.series_ms.between(at, at + CORRECTIONS))
    free = at
    for taken, struck_ms in (await session.execute(query.order_by(row.series_ms))).all():
        if taken != free:
            break
        if struck_ms is None:
            raise Problem(
                CONFLICT,
                f"measured_ms: expected a time of its own, {vital} of {shown(at)} was entered before; "
                "a correction names that one",
                field="measured_ms",
            )
        free += 1
    return free


async def _known(session: AsyncSession, row: MeasurementRow, patient: str, body: MeasurementBody) -> MeasurementView:
    """What was entered under this id. Raises Problem 409 where it was something else."""
    values = {one.vital: one.value for one in await _values(session, [row.id])}
    wanted = {
        "patient": patient,
        "method": body.method,
        "note": body.note,
        "corrects": None if body.corrects is None else str(body.corrects),
        **({} if body.measured_ms is None else {"measured_ms": body.measured_ms}),
    }
    differs = any(getattr(row, name) != value for name, value in wanted.items())
    if differs or values != {one.vital: one.kept for one in body.values}:
        raise Problem(CONFLICT, "id: expected what was entered under it before, got something else", field="id")
    [found] = await _views(session, [row])
    return found


async def _values(session: AsyncSession, ids: Sequence[str]) -> list[MeasuredValueRow]:
    return list(await session.scalars(select(MeasuredValueRow).where(MeasuredValueRow.measurement.in_(ids))))


async def _views(session: AsyncSession, rows: Sequence[MeasurementRow]) -> list[MeasurementView]:
    ids = [row.id for row in rows]
    values: defaultdict[str, list[MeasuredValueRow]] = defaultdict(list)
    for value in await _values(session, ids):
        values[value.measurement].append(value)
    query = select(MeasurementRow.corrects, MeasurementRow.id).where(MeasurementRow.corrects.in_(ids))
    corrections = {corrects: id for corrects, id in await session.execute(query)}
    return [view(row, values[row.id], corrections.get(row.id)) for row in rows]
