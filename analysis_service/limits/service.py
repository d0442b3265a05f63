"""Limits as prescriptions: proposed, changed, signed, rejected, ended; and what is in force, for who judges by it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import select

from analysis_service.access.service import Caller
from analysis_service.asking import doing
from analysis_service.clock import Clock
from analysis_service.database import Database
from analysis_service.limits import refusals
from analysis_service.limits.events import TIME, Author, history, record, shown
from analysis_service.limits.rows import (
    edited,
    hour_at,
    local_hour,
    of_patient,
    one_of,
    require_state,
    still,
    turn,
    write,
)
from analysis_service.limits.schemas import LimitBody, LimitDetail, LimitsView, LimitView
from analysis_service.limits.standing import (
    ENDED,
    EXPIRED,
    OF_A_DOCTOR,
    PROPOSED,
    REJECTED,
    SIGNED,
    end_of,
    limit_of,
    limits_of,
    sorted_out,
    state_of,
    view,
)
from analysis_service.limits.tables import PrescriptionRow
from analysis_service.problems import FORBIDDEN, Problem
from analysis_service.records.service import time_zones
from chevet.prescriptions import Step, in_force
from chevet.roles import Right, may
from chevet.sheet import PatientLimit

JUDGED_MS = 8 * 24 * 3600 * 1000
"""So long after its end a prescription stays on the sheet: what is late is judged by what was in force at its time."""


class Limits:
    """The prescriptions of all patients. Hours of the day are those of the patient's own time zone."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def propose(self, patient: str, body: LimitBody, who: Caller) -> LimitView:
        """A new proposal, in force for nobody yet. Raises Problem where it could never be signed as it is."""
        now = self._clock()
        row = PrescriptionRow(
            id=str(uuid.uuid4()), patient=patient, state=PROPOSED, version=1, proposed_by=who.name, proposed_ms=now
        )
        write(row, body, now)
        async with self._database.writing() as session:
            every = await of_patient(session, patient)
            _require_sound(row, every, now)
            session.add(row)
            await session.flush()
            record(session, row, "proposed", Author.of(who), now, body.reason)
            hour = await local_hour(session, patient, now)
        return _view(row, every, now, hour)

    async def change(self, patient: str, id: str, edition: int, body: LimitBody, who: Caller) -> LimitView:
        """Another content for a proposal. Who looked at the one before cannot sign it any more."""
        now = self._clock()
        async with self._database.writing() as session:
            row, every = await edited(session, patient, id, edition)
            require_state(row, now, "proposed")
            write(row, body, now)
            _require_sound(row, every, now)
            turn(session, row, "changed", PROPOSED, who, now, body.reason)
            hour = await local_hour(session, patient, now)
        return _view(row, every, now, hour)

    async def sign(self, patient: str, id: str, edition: int, who: Caller) -> LimitView:
        """From now on, or from its beginning, it holds in place of the catalogue's."""
        now = self._clock()
        async with self._database.writing() as session:
            row, every = await edited(session, patient, id, edition)
            require_state(row, now, "proposed")
            row.from_ms = max(row.from_ms, now)
            limit, signed = limit_of(row), still(every, now)
            refusals.require_alone(limit, signed)
            refusals.require_order(limit, signed, now)
            row.signed_by, row.signed_ms = who.name, now
            turn(session, row, "signed", SIGNED, who, now, None)
            hour = await local_hour(session, patient, now)
        return _view(row, every, now, hour)

    async def reject(self, patient: str, id: str, edition: int, reason: str, who: Caller) -> LimitView:
        """The proposal is not to be signed: a doctor says so, or whoever proposed it."""
        now = self._clock()
        async with self._database.writing() as session:
            row, every = await edited(session, patient, id, edition)
            require_state(row, now, "proposed")
            author = (await history(session, row.id))[0].by
            if author != who.subject and not may(who.roles, Right.SIGN_LIMITS):
                raise Problem(FORBIDDEN, "id: expected a proposal of your own, got another's; a doctor may reject it")
            turn(session, row, "rejected", REJECTED, who, now, reason)
            hour = await local_hour(session, patient, now)
        return _view(row, every, now, hour)

    async def end(self, patient: str, id: str, edition: int, reason: str, who: Caller) -> LimitView:
        """It holds no more, and the catalogue's limit does."""
        now = self._clock()
        async with self._database.writing() as session:
            row, every = await edited(session, patient, id, edition)
            require_state(row, now, "in_force", "to_come")
            rest = still([one for one in every if one is not row], now)
            refusals.require_order_without(limit_of(row), rest, now)
            row.ended_ms = now
            turn(session, row, "ended", ENDED, who, now, reason)
            hour = await local_hour(session, patient, now)
        return _view(row, every, now, hour)

    async def listed(self, patient: str) -> LimitsView:
        """All of a patient's, each where it belongs now."""
        await self.notice_expired()
        now = self._clock()
        async with self._database.reading() as session:
            return sorted_out(await of_patient(session, patient), now, await local_hour(session, patient, now))

    async def detail(self, patient: str, id: str) -> LimitDetail:
        """One of them with its history. Raises Problem 404."""
        await self.notice_expired()
        now = self._clock()
        async with self._database.reading() as session:
            every = await of_patient(session, patient)
            row = one_of(every, id)
            events = [shown(one) for one in await history(session, id)]
            hour = await local_hour(session, patient, now)
        return LimitDetail(**_view(row, every, now, hour).model_dump(), events=events)

    async def in_force(self) -> dict[str, dict[Step, float]]:
        """What is prescribed for each patient at this moment and hour; who is not there has the catalogue's alone."""
        await self.notice_expired()
        now, row = self._clock(), PrescriptionRow
        query = select(row).where(row.state == SIGNED, row.from_ms <= now, row.until_ms > now).order_by(row.patient)
        many: defaultdict[str, list[PrescriptionRow]] = defaultdict(list)
        async with self._database.reading() as session:
            for one in await session.scalars(query):
                many[one.patient].append(one)
            zones = await time_zones(session, many)
        return {patient: in_force(limits_of(rows), now, hour_at(now, zones[patient])) for patient, rows in many.items()}

    async def for_sheet(self, patient: str) -> tuple[PatientLimit, ...]:
        """What a gateway judges this patient's readings by: in force, to come, and what late readings may be of."""
        since, row = self._clock() - JUDGED_MS, PrescriptionRow
        query = select(row).where(row.patient == patient, row.state.in_(OF_A_DOCTOR), row.until_ms > since)
        async with self._database.reading() as session:
            rows = list(await session.scalars(query.order_by(row.from_ms, row.id)))
        return limits_of(one for one in rows if end_of(one) > since)

    async def signed(self, vital: str, patients: Collection[str]) -> dict[str, tuple[PatientLimit, ...]]:
        """Everything of `vital` that was ever signed for each of a few patients."""
        row = PrescriptionRow
        query = select(row).where(row.vital == vital, row.patient.in_(patients), row.state.in_(OF_A_DOCTOR))
        async with self._database.reading() as session:
            rows = list(await session.scalars(query))
        return {patient: limits_of(one for one in rows if one.patient == patient) for patient in patients}

    async def notice_expired(self) -> None:
        """Write down of each prescription whose time is over that it is. On nobody's behalf, whoever asks."""
        now, row = self._clock(), PrescriptionRow
        over = select(row).where(row.state == SIGNED, row.until_ms <= now)
        async with self._database.reading() as session:
            if await session.scalar(over.limit(1)) is None:
                return
        with doing(None):
            async with self._database.writing() as session:
                for one in list(await session.scalars(over)):
                    one.state, one.version = EXPIRED, one.version + 1
                    record(session, one, "expired", TIME, now, None)


def _view(row: PrescriptionRow, every: Collection[PrescriptionRow], now: int, hour: int) -> LimitView:
    own = limits_of(one for one in every if one.state in OF_A_DOCTOR)
    return view(row, own, now, hour)


def _require_sound(row: PrescriptionRow, every: Collection[PrescriptionRow], now: int) -> None:
    """Of two steps that are proposed together neither is in order without the other: they are judged when signed."""
    proposed = {one.id for one in every if state_of(one, now) == "proposed" and one.vital == row.vital}
    if not proposed - {row.id}:
        refusals.require_order(limit_of(row), still(every, now), now)
