"""Feelings: said once and never changed, withdrawn by who said it, read by those who care."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.access.service import Caller, Relations
from analysis_service.clock import Clock, shown
from analysis_service.database import Database, insert_new
from analysis_service.feelings.schemas import FeelingBody, FeelingView, ReadBy
from analysis_service.feelings.tables import FeelingReadRow, FeelingRow
from analysis_service.feelings.words import BY_KEY
from analysis_service.problems import CONFLICT, GONE, INVALID, NOT_FOUND, Problem
from chevet.roles import Right

OLDEST_MS = 31 * 24 * 3600 * 1000
"""Longer ago one remembers how one feels about it now."""


class Feelings:
    """Of all patients."""

    def __init__(self, database: Database, clock: Clock, relations: Relations) -> None:
        self._database = database
        self._clock = clock
        self._relations = relations

    async def say(self, patient: str, body: FeelingBody) -> tuple[FeelingView, bool]:
        """Keep what the patient says; whether it is new. Raises Problem where it cannot be, or contradicts another."""
        now = self._clock()
        felt = now if body.felt_ms is None else body.felt_ms
        _require_time(felt, now)
        wanted = {"patient": patient, "word": body.word, "text": body.text}
        async with self._database.writing() as session:
            row = None if body.id is None else await session.get(FeelingRow, str(body.id))
            if row is not None:
                _require_same(row, wanted | ({} if body.felt_ms is None else {"felt_ms": felt}))
                return (await _views(session, [row], own=True))[0], False
            row = FeelingRow(id=str(body.id or uuid.uuid4()), felt_ms=felt, saved_ms=now, withdrawn_ms=None, **wanted)
            session.add(row)
        return _view(row, (), own=True), True

    async def listed(self, who: Caller, patient: str, after: uuid.UUID | None, limit: int) -> list[FeelingView]:
        """What was felt, the newest first, from the one after `after` on."""
        own = await self._relations.hold(who, Right.WRITE_FEELINGS, patient)
        row = FeelingRow
        query = select(row).where(row.patient == patient).order_by(row.felt_ms.desc(), row.id.desc()).limit(limit)
        async with self._database.reading() as session:
            if after is not None:
                last = await _found(session, patient, after, "after")
                earlier = and_(row.felt_ms == last.felt_ms, row.id < last.id)
                query = query.where(or_(row.felt_ms < last.felt_ms, earlier))
            return await _views(session, list(await session.scalars(query)), own=own)

    async def withdraw(self, patient: str, id: uuid.UUID) -> FeelingView:
        """The patient takes it back; a second time changes nothing."""
        async with self._database.writing() as session:
            row = await _found(session, patient, id, "id")
            if row.withdrawn_ms is None:
                row.withdrawn_ms = self._clock()
            return (await _views(session, [row], own=True))[0]

    async def mark(self, who: Caller, patient: str, id: uuid.UUID) -> FeelingView:
        """That `who` has read it; a second time changes nothing. Raises Problem 410 for what was withdrawn."""
        async with self._database.writing() as session:
            row = await _found(session, patient, id, "id")
            if row.withdrawn_ms is not None:
                raise Problem(GONE, f"id: the patient withdrew it at {shown(row.withdrawn_ms)}", field="id")
            reader = {"feeling": row.id, "subject": who.subject, "name": who.name, "read_ms": self._clock()}
            await session.execute(insert_new(FeelingReadRow), [reader])
            return (await _views(session, [row], own=False))[0]


async def _found(session: AsyncSession, patient: str, id: uuid.UUID, field: str) -> FeelingRow:
    row = await session.get(FeelingRow, str(id))
    if row is None or row.patient != patient:
        raise Problem(NOT_FOUND, f"{field}: expected something that {patient} felt, found none", field=field)
    return row


async def _views(session: AsyncSession, rows: Sequence[FeelingRow], *, own: bool) -> list[FeelingView]:
    read = FeelingReadRow
    query = select(read).where(read.feeling.in_([row.id for row in rows])).order_by(read.read_ms, read.subject)
    readers: defaultdict[str, list[ReadBy]] = defaultdict(list)
    for one in await session.scalars(query):
        readers[one.feeling].append(ReadBy.model_validate(one))
    return [_view(row, readers[row.id], own=own) for row in rows]


def _view(row: FeelingRow, read: Sequence[ReadBy], *, own: bool) -> FeelingView:
    told = own or row.withdrawn_ms is None
    word = BY_KEY[row.word]
    return FeelingView.model_validate(
        {
            "id": row.id,
            "patient": row.patient,
            "word": word.key if told else None,
            "rank": word.rank if told else None,
            "said": dict(word.said) if told else None,
            "text": row.text if told else None,
            "felt_ms": row.felt_ms,
            "saved_ms": row.saved_ms,
            "withdrawn_ms": row.withdrawn_ms,
            "read": tuple(read),
        }
    )


def _require_time(felt: int, now: int) -> None:
    oldest = now - OLDEST_MS
    if not oldest <= felt <= now:
        raise Problem(
            INVALID, f"felt_ms: expected from {shown(oldest)} to {shown(now)}, got {shown(felt)}", field="felt_ms"
        )


def _require_same(row: FeelingRow, wanted: dict[str, object]) -> None:
    if any(getattr(row, name) != value for name, value in wanted.items()):
        raise Problem(CONFLICT, "id: expected what was said under it before, got something else", field="id")
