"""Observations: entered once by whom they are, never changed, and the newest of each kind for the score."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import and_, func, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.clock import Clock
from analysis_service.database import Database
from analysis_service.entering import require_lately
from analysis_service.limits.service import Limits
from analysis_service.measurements.service import measured_since
from analysis_service.observations import scale
from analysis_service.observations.kinds import KINDS, Kind
from analysis_service.observations.schemas import ObservationBody, ObservationView
from analysis_service.observations.tables import ObservationRow
from analysis_service.problems import CONFLICT, Problem
from analysis_service.records.service import Records, standing_at
from chevet.news2 import SCALE_2_RESTS_ON, Scale
from chevet.sheet import PatientLimit

DAY_MS = 24 * 3600 * 1000
SHOWN_MS = DAY_MS
"""What was seen longer ago says nothing of a patient now; twice the longest shelf-life of the score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """The newest of one kind: its code, and when it was seen; a decision holds whenever it was made."""

    patient: str
    kind: str
    code: int
    at: int | None


class Observations:
    """Of all patients."""

    def __init__(self, database: Database, clock: Clock, records: Records, limits: Limits) -> None:
        self._database = database
        self._clock = clock
        self._records = records
        self._limits = limits

    async def enter(self, patient: str, body: ObservationBody, by: str) -> tuple[ObservationView, bool]:
        """Keep what somebody entered; whether it is new. Raises Problem where it cannot be, or contradicts another."""
        await self._records.require_patient(patient)
        now = self._clock()
        at = now if body.observed_ms is None else body.observed_ms
        require_lately("observed_ms", at, now)
        if (body.kind, body.value) == ("scale", Scale.TWO):
            scale.require_prescribed(at, await self._limits_of_spo2(patient), now)
        wanted = {"patient": patient, "kind": body.kind, "value": body.value, "flow": body.flow}
        async with self._database.writing() as session:
            if body.id is not None:
                same_id = await session.get(ObservationRow, str(body.id))
                if same_id is not None:
                    return _known(same_id, wanted | ({"observed_ms": at} if body.observed_ms is not None else {}), "id")
            same_time = await _at(session, patient, body.kind, at)
            if same_time is not None:
                return _known(same_time, wanted, "observed_ms")
            row = ObservationRow(id=str(body.id or uuid.uuid4()), observed_ms=at, entered_by=by, saved_ms=now, **wanted)
            session.add(row)
        return ObservationView.model_validate(row), True

    async def listed(self, patient: str, kind: str | None, limit: int) -> list[ObservationView]:
        """What was entered of a patient, the newest first."""
        await self._records.require_patient(patient)
        query = select(ObservationRow).where(ObservationRow.patient == patient)
        if kind is not None:
            query = query.where(ObservationRow.kind == kind)
        query = query.order_by(ObservationRow.observed_ms.desc(), ObservationRow.id).limit(limit)
        async with self._database.reading() as session:
            found = [ObservationView.model_validate(row) for row in await session.scalars(query)]
        return [await self._with_lapse(one) for one in found]

    async def _with_lapse(self, one: ObservationView) -> ObservationView:
        if (one.kind, one.value) != ("scale", Scale.TWO):
            return one
        signed = await self._limits_of_spo2(one.patient)
        return one.model_copy(update={"lapsed_ms": scale.lapsed_at(one.observed_ms, signed, self._clock())})

    async def _limits_of_spo2(self, patient: str) -> tuple[PatientLimit, ...]:
        return (await self._limits.signed(SCALE_2_RESTS_ON, (patient,)))[patient]

    async def newest(self) -> list[Newest]:
        """The newest of each kind of every patient with whom a gateway stands, or of whom somebody measured lately."""
        now = self._clock()
        async with self._database.reading() as session:
            found = [(one, at) for kind in KINDS for one, at in await _newest(session, kind, now)]
        second = [one.patient for one, _ in found if (one.kind, one.code) == ("scale", scale.CODE_2)]
        if not second:
            return [one for one, _ in found]
        signed = await self._limits.signed(SCALE_2_RESTS_ON, second)
        return [
            replace(one, code=scale.CODE_1)
            if one.kind == "scale" and one.patient in signed and scale.lapsed_at(at, signed[one.patient], now)
            else one
            for one, at in found
        ]


async def _newest(session: AsyncSession, kind: Kind, now: int) -> list[tuple[Newest, int]]:
    """With their times. Looked up for each patient: over the years there are far more of old ones than of patients."""
    row, at = ObservationRow, ObservationRow.observed_ms
    watched = union(select(standing_at(now).subquery().c.patient), measured_since(now - SHOWN_MS)).subquery()
    newest = select(func.max(at)).where(row.patient == watched.c.patient, row.kind == kind.key).scalar_subquery()
    last = select(watched.c.patient, newest.label("at")).subquery()
    query = select(row.patient, row.value, at).where(row.kind == kind.key)
    query = query.join(last, and_(row.patient == last.c.patient, at == last.c.at)).order_by(row.patient)
    if not kind.decision:
        query = query.where(at >= now - SHOWN_MS)
    return [
        (Newest(patient=patient, kind=kind.key, code=kind.values[value], at=None if kind.decision else seen), seen)
        for patient, value, seen in await session.execute(query)
    ]


async def _at(session: AsyncSession, patient: str, kind: str, at: int) -> ObservationRow | None:
    row = ObservationRow
    query = select(row).where(row.patient == patient, row.kind == kind, row.observed_ms == at)
    found: ObservationRow | None = await session.scalar(query)
    return found


def _known(row: ObservationRow, wanted: Mapping[str, object], field: str) -> tuple[ObservationView, bool]:
    """The one that is there, where it says the same. Raises Problem 409 where it does not."""
    if any(getattr(row, name) != value for name, value in wanted.items()):
        raise Problem(CONFLICT, f"{field}: expected what was entered under it before, got something else", field=field)
    return ObservationView.model_validate(row), False
