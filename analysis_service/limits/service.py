"""Limits as prescriptions: proposed, changed, signed, rejected, ended; and what is in force, for who judges by it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.access.service import Caller
from analysis_service.asking import doing
from analysis_service.clock import Clock
from analysis_service.database import Database
from analysis_service.editions import require_edition
from analysis_service.limits import refusals
from analysis_service.limits.events import TIME, Author, history, record, shown
from analysis_service.limits.schemas import LimitBody, LimitDetail, LimitsView, LimitView, State, Transition
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
from analysis_service.problems import CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, Problem
from analysis_service.records.service import time_zones
from chevet.errors import BadSheet
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
        _write(row, body, now)
        async with self._database.writing() as session:
            every = await _of_patient(session, patient)
            _require_sound(row, every, now)
            session.add(row)
            await session.flush()
            record(session, row, "proposed", Author.of(who), now, body.reason)
            hour = await _hour(session, patient, now)
        return _view(row, every, now, hour)

    async def change(self, patient: str, id: str, edition: int, body: LimitBody, who: Caller) -> LimitView:
        """Another content for a proposal. Who looked at the one before cannot sign it any more."""
        now = self._clock()
        async with self._database.writing() as session:
            row, every = await _edited(session, patient, id, edition)
            _require_state(row, now, "proposed")
            _write(row, body, now)
            _require_sound(row, every, now)
            _turn(session, row, "changed", PROPOSED, who, now, body.reason)
            hour = await _hour(session, patient, now)
        return _view(row, every, now, hour)

    async def sign(self, patient: str, id: str, edition: int, who: Caller) -> LimitView:
        """From now on, or from its beginning, it holds in place of the catalogue's."""
        now = self._clock()
        async with self._database.writing() as session:
            row, every = await _edited(session, patient, id, edition)
            _require_state(row, now, "proposed")
            row.from_ms = max(row.from_ms, now)
            limit, signed = limit_of(row), _still(every, now)
            refusals.require_alone(limit, signed)
            refusals.require_order(limit, signed, now)
            row.signed_by, row.signed_ms = who.name, now
            _turn(session, row, "signed", SIGNED, who, now, None)
            hour = await _hour(session, patient, now)
        return _view(row, every, now, hour)

    async def reject(self, patient: str, id: str, edition: int, reason: str, who: Caller) -> LimitView:
        """The proposal is not to be signed: a doctor says so, or whoever proposed it."""
        now = self._clock()
        async with self._database.writing() as session:
            row, every = await _edited(session, patient, id, edition)
            _require_state(row, now, "proposed")
            author = (await history(session, row.id))[0].by
            if author != who.subject and not may(who.roles, Right.SIGN_LIMITS):
                raise Problem(FORBIDDEN, "id: expected a proposal of your own, got another's; a doctor may reject it")
            _turn(session, row, "rejected", REJECTED, who, now, reason)
            hour = await _hour(session, patient, now)
        return _view(row, every, now, hour)

    async def end(self, patient: str, id: str, edition: int, reason: str, who: Caller) -> LimitView:
        """It holds no more, and the catalogue's limit does."""
        now = self._clock()
        async with self._database.writing() as session:
            row, every = await _edited(session, patient, id, edition)
            _require_state(row, now, "in_force", "to_come")
            rest = _still([one for one in every if one is not row], now)
            refusals.require_order_without(limit_of(row), rest, now)
            row.ended_ms = now
            _turn(session, row, "ended", ENDED, who, now, reason)
            hour = await _hour(session, patient, now)
        return _view(row, every, now, hour)

    async def listed(self, patient: str) -> LimitsView:
        """All of a patient's, each where it belongs now."""
        await self.notice_expired()
        now = self._clock()
        async with self._database.reading() as session:
            return sorted_out(await _of_patient(session, patient), now, await _hour(session, patient, now))

    async def detail(self, patient: str, id: str) -> LimitDetail:
        """One of them with its history. Raises Problem 404."""
        await self.notice_expired()
        now = self._clock()
        async with self._database.reading() as session:
            every = await _of_patient(session, patient)
            row = _one(every, id)
            events = [shown(one) for one in await history(session, id)]
            hour = await _hour(session, patient, now)
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


def hour_at(at: int, zone: ZoneInfo) -> int:
    """What hour of the day it is there."""
    return datetime.fromtimestamp(at / 1000, zone).hour


async def _hour(session: AsyncSession, patient: str, at: int) -> int:
    return hour_at(at, (await time_zones(session, (patient,)))[patient])


def _view(row: PrescriptionRow, every: Collection[PrescriptionRow], now: int, hour: int) -> LimitView:
    own = limits_of(one for one in every if one.state in OF_A_DOCTOR)
    return view(row, own, now, hour)


async def _of_patient(session: AsyncSession, patient: str) -> list[PrescriptionRow]:
    return list(await session.scalars(select(PrescriptionRow).where(PrescriptionRow.patient == patient)))


async def _edited(
    session: AsyncSession, patient: str, id: str, edition: int
) -> tuple[PrescriptionRow, list[PrescriptionRow]]:
    """The one that is meant, and all of the patient's. Raises Problem 404 or 412."""
    every = await _of_patient(session, patient)
    row = _one(every, id)
    require_edition(row.version, edition)
    return row, every


def _one(every: Collection[PrescriptionRow], id: str) -> PrescriptionRow:
    for row in every:
        if row.id == id:
            return row
    raise Problem(NOT_FOUND, "id: expected a prescription of this patient, found none", field="id")


def _write(row: PrescriptionRow, body: LimitBody, now: int) -> None:
    """What is proposed. Raises Problem 422 where it cannot be."""
    row.vital, row.side, row.severity = body.vital, body.side.value, body.severity.value
    row.value, row.reason = body.value, body.reason
    row.from_hour, row.to_hour = body.hours or (None, None)
    row.from_ms, row.until_ms = refusals.begins(body.from_ms, now), body.until_ms
    refusals.require_possible(row.from_ms, row.until_ms)
    try:
        limit = limit_of(row)
    except BadSheet as refusal:
        raise Problem(INVALID, str(refusal), field=refusal.field) from None
    refusals.require_known(limit)


def _require_sound(row: PrescriptionRow, every: Collection[PrescriptionRow], now: int) -> None:
    """Of two steps that are proposed together neither is in order without the other: they are judged when signed."""
    proposed = {one.id for one in every if state_of(one, now) == "proposed" and one.vital == row.vital}
    if not proposed - {row.id}:
        refusals.require_order(limit_of(row), _still(every, now), now)


def _still(every: Collection[PrescriptionRow], now: int) -> tuple[PatientLimit, ...]:
    """What is signed, and in force now or later."""
    return limits_of(one for one in every if state_of(one, now) in ("in_force", "to_come"))


def _require_state(row: PrescriptionRow, now: int, *wanted: State) -> None:
    state = state_of(row, now)
    if state not in wanted:
        known = {"proposed": "a proposal", "in_force": "one that is in force", "to_come": "is to come"}
        sentence = f"id: expected {' or '.join(known[one] for one in wanted)}, this one is {state.replace('_', ' ')}"
        raise Problem(CONFLICT, sentence, field="id")


def _turn(
    session: AsyncSession, row: PrescriptionRow, what: Transition, state: str, who: Caller, now: int, why: str | None
) -> None:
    row.state, row.version = state, row.version + 1
    record(session, row, what, Author.of(who), now, why)
