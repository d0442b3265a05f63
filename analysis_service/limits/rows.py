"""Prescriptions in the database: found, written and turned from one state to the next, within a transaction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.access.service import Caller
from analysis_service.editions import require_edition
from analysis_service.limits import refusals
from analysis_service.limits.events import Author, record
from analysis_service.limits.schemas import LimitBody, State, Transition
from analysis_service.limits.standing import limit_of, limits_of, state_of
from analysis_service.limits.tables import PrescriptionRow
from analysis_service.problems import CONFLICT, INVALID, NOT_FOUND, Problem
from analysis_service.records.service import time_zones
from chevet.errors import BadSheet
from chevet.sheet import PatientLimit


def hour_at(at: int, zone: ZoneInfo) -> int:
    """What hour of the day it is there."""
    return datetime.fromtimestamp(at / 1000, zone).hour


async def local_hour(session: AsyncSession, patient: str, at: int) -> int:
    """What hour of the day it is where `patient` lives."""
    return hour_at(at, (await time_zones(session, (patient,)))[patient])


async def of_patient(session: AsyncSession, patient: str) -> list[PrescriptionRow]:
    """All of theirs, whatever became of them."""
    return list(await session.scalars(select(PrescriptionRow).where(PrescriptionRow.patient == patient)))


async def edited(
    session: AsyncSession, patient: str, id: str, edition: int
) -> tuple[PrescriptionRow, list[PrescriptionRow]]:
    """The one that is meant, and all of the patient's. Raises Problem 404 or 412."""
    every = await of_patient(session, patient)
    row = one_of(every, id)
    require_edition(row.version, edition)
    return row, every


def one_of(every: Collection[PrescriptionRow], id: str) -> PrescriptionRow:
    """Raises Problem 404 where it is none of them."""
    for row in every:
        if row.id == id:
            return row
    raise Problem(NOT_FOUND, "id: expected a prescription of this patient, found none", field="id")


def write(row: PrescriptionRow, body: LimitBody, now: int) -> None:
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


def still(every: Collection[PrescriptionRow], now: int) -> tuple[PatientLimit, ...]:
    """What is signed, and in force now or later."""
    return limits_of(one for one in every if state_of(one, now) in ("in_force", "to_come"))


def require_state(row: PrescriptionRow, now: int, *wanted: State) -> None:
    """Raises Problem 409."""
    state = state_of(row, now)
    if state not in wanted:
        known = {"proposed": "a proposal", "in_force": "one that is in force", "to_come": "one to come"}
        sentence = f"id: expected {' or '.join(known[one] for one in wanted)}, this one is {state.replace('_', ' ')}"
        raise Problem(CONFLICT, sentence, field="id")


def turn(
    session: AsyncSession, row: PrescriptionRow, what: Transition, state: str, who: Caller, now: int, why: str | None
) -> None:
    """From one state to the next, on record."""
    row.state, row.version = state, row.version + 1
    record(session, row, what, Author.of(who), now, why)
