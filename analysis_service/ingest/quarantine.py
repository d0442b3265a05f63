"""Setting aside what cannot go on: once, however often it comes."""

from __future__ import annotations

import asyncio
import hashlib
import json
import uuid
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress

import structlog
from sqlalchemy import Text, cast, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from analysis_service.clock import Clock
from analysis_service.database import Database, insert_new
from analysis_service.ingest.guard import Refused
from analysis_service.ingest.schemas import Quarantined, SeriesBody
from analysis_service.ingest.tables import QuarantineRow
from analysis_service.problems import CONFLICT, NOT_FOUND, UNAVAILABLE, Problem
from chevet import metrics

ROWS_AT_ONCE = 500
"""So many are written before others may have their turn."""
ROW_BYTES = 600
"""What a row takes beside its series."""
HELD_MS = 10_000
"""How long it is not asked again how much there is."""
CLAIM_MS = 120_000
"""How long nobody else may replay a series that somebody began to replay: a worker that died gives nothing back."""

log = structlog.get_logger()


class Quarantine:
    """The rows of what was set aside."""

    def __init__(self, database: Database, clock: Clock, most_bytes: int) -> None:
        self._database = database
        self._clock = clock
        self._most_bytes = most_bytes
        self._held: dict[str, tuple[int, int]] = {}

    async def set_aside(self, gateway: str, batch: str | None, refused: Iterable[Refused]) -> None:
        """Keep `refused`; what is there already stays as it was. Raises Problem 503 where there is no room."""
        now = self._clock()
        rows, size = await asyncio.to_thread(_rows, gateway, batch, now, list(refused))
        await self._require_room(gateway, size)
        async with self._database.writing() as session:
            for first in range(0, len(rows), ROWS_AT_ONCE):
                await session.execute(insert_new(QuarantineRow), rows[first : first + ROWS_AT_ONCE])
        read_at, held = self._held.get(gateway, (now, 0))
        self._held[gateway] = (read_at, held + size)

    async def _require_room(self, gateway: str, size: int) -> None:
        """What is held is an estimate: what comes again is not kept again, and other workers keep what comes to them.

        So the database is asked before anything is refused, and every few seconds.
        """
        now = self._clock()
        read_at, held = self._held.get(gateway, (None, 0))
        if read_at is None or not 0 <= now - read_at < HELD_MS or held + size > self._most_bytes:
            held = await self._bytes_of(gateway)
            self._held[gateway] = (now, held)
        if held + size > self._most_bytes:
            log.error("a gateway's quarantine is full", gateway=gateway, bytes=held)
            raise Problem(
                UNAVAILABLE,
                f"quarantine: expected at most {self._most_bytes} bytes of {gateway}, found no room for more; keep it",
                field="quarantine",
            )

    async def _bytes_of(self, gateway: str) -> int:
        size = func.coalesce(func.sum(func.length(cast(QuarantineRow.series, Text)) + ROW_BYTES), 0)
        query = select(size).where(QuarantineRow.gateway == gateway, QuarantineRow.replayed_ms.is_(None))
        async with self._database.reading() as session:
            return int((await session.scalars(query)).one())

    async def rows(self, gateway: str | None, replayed: bool, limit: int) -> list[Quarantined]:
        """What was set aside, newest first."""
        query = select(QuarantineRow).order_by(QuarantineRow.received_ms.desc(), QuarantineRow.id).limit(limit)
        if gateway is not None:
            query = query.where(QuarantineRow.gateway == gateway)
        if not replayed:
            query = query.where(QuarantineRow.replayed_ms.is_(None))
        async with self._database.reading() as session:
            return [_shown(row) for row in await session.scalars(query)]

    async def row(self, id: str) -> Quarantined:
        """One of them. Raises Problem 404."""
        async with self._database.reading() as session:
            row = await session.get(QuarantineRow, id)
            if row is None:
                raise Problem(NOT_FOUND, f"id: expected a series in quarantine, found none called {id!r}", field="id")
            return _shown(row)

    @asynccontextmanager
    async def claimed(self, id: str) -> AsyncIterator[Quarantined]:
        """One of them, for its holder alone, of all workers. Given back where the block is left by an error.

        Two people with two corrections would leave the store with either. Raises Problem 404 or 409.
        """
        row = await self.row(id)
        now = self._clock()
        elsewhere = QuarantineRow.claimed_ms.between(now - CLAIM_MS, now + CLAIM_MS)  # clocks differ
        free = or_(QuarantineRow.claimed_ms.is_(None), ~elsewhere)
        claim = update(QuarantineRow).where(QuarantineRow.id == id, QuarantineRow.replayed_ms.is_(None), free)
        async with self._database.writing() as session:
            taken = list(await session.scalars(claim.values(claimed_ms=now).returning(QuarantineRow.id)))
        if not taken:
            raise Problem(CONFLICT, "id: expected a series that nobody has replayed or replays now", field="id")
        try:
            yield row
        except BaseException:
            with suppress(SQLAlchemyError):  # then the claim lapses
                await self._give_back(id, now)
            raise

    async def _give_back(self, id: str, claimed: int) -> None:
        own = update(QuarantineRow).where(QuarantineRow.id == id, QuarantineRow.claimed_ms == claimed)
        async with self._database.writing() as session:
            await session.execute(own.values(claimed_ms=None))

    async def mark_replayed(self, id: str, by: str) -> Quarantined:
        """The row is done with; it stays as a record."""
        async with self._database.writing() as session:
            row = await session.get_one(QuarantineRow, id)
            row.replayed_ms, row.replayed_by, row.claimed_ms = self._clock(), by, None
        return _shown(row)


def _rows(gateway: str, batch: str | None, now: int, refused: Sequence[Refused]) -> tuple[list[dict[str, object]], int]:
    """The rows of `refused`, and about how many bytes they take."""
    rows: list[dict[str, object]] = []
    size = 0
    for one in refused:
        series = SeriesBody.of(one.series).model_dump(mode="json")
        size += len(json.dumps(series)) + ROW_BYTES
        rows.append(
            {
                "id": str(uuid.uuid4()),
                "gateway": gateway,
                "batch": batch,
                "received_ms": now,
                "reason": _kept(one.reason),
                "field": _kept(one.field),
                "series": series,
                "digest": _digest(gateway, one),
            }
        )
    return rows, size


def _kept(text: str) -> str:
    """A label may have the one character that PostgreSQL keeps in no text; in JSON it is written as \\u0000."""
    return text.replace("\x00", "\\x00")


def _digest(gateway: str, one: Refused) -> str:
    """Of what came and what was wrong. A `_latest` that cannot go on comes every few seconds: once is enough."""
    labels = one.series.labels
    samples = () if one.series.name.endswith(metrics.LATEST) else one.series.samples
    content = json.dumps([gateway, one.field, labels, [(at, repr(value)) for at, value in samples]])
    return hashlib.sha256(content.encode()).hexdigest()


def _shown(row: QuarantineRow) -> Quarantined:
    return Quarantined(
        id=row.id,
        gateway=row.gateway,
        batch=row.batch,
        received_ms=row.received_ms,
        reason=row.reason,
        field=row.field,
        series=SeriesBody.model_validate(row.series),
        replayed_ms=row.replayed_ms,
        replayed_by=row.replayed_by,
    )
