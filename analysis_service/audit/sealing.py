"""Sealing: each second, by the one process of a host that holds the anchor, whatever was written since."""

from __future__ import annotations

import asyncio

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.audit.anchor import AnchorFile
from analysis_service.audit.rows import entry_of, row_of, seal_of
from analysis_service.audit.tables import AuditEntryRow, AuditSealRow
from analysis_service.clock import Clock
from analysis_service.database import Database
from chevet.audit import Seal, anchor, seal

EVERY_SECONDS = 1.0
MOST_ENTRIES = 5_000
"""Under one seal: so long, some tens of milliseconds, may others wait for the write lock."""
MOST_SEALS = 1_000
"""Brought to the anchor at once, where it was away for long."""

log = structlog.get_logger()


class Sealing:
    """Seals, then brings the seal to the anchor: after a kill between the two the next round makes up for it.

    On several hosts each has an anchor of its own, of all seals. That the chain has one end is the write lock's doing,
    under which the last seal is read and the next written.
    """

    def __init__(self, database: Database, clock: Clock, key: bytes, anchored: AnchorFile) -> None:
        self._database = database
        self._clock = clock
        self._key = key
        self._anchor = anchored
        self._anchored: int | None = None
        self._failing = False

    async def keep_on(self) -> None:
        """A round each second, until it is cancelled. What fails is tried again with the next."""
        while True:
            await self.try_round()
            await asyncio.sleep(EVERY_SECONDS)

    async def try_round(self) -> None:
        """A round, of which a failure is logged: the first of several, and that it is over."""
        try:
            await self.round()
        except Exception as error:
            if not self._failing:
                log.error("entries of the audit are not sealed", error=str(getattr(error, "orig", error)))
            self._failing = True
        else:
            if self._failing:
                log.info("entries of the audit are sealed again")
            self._failing = False

    async def round(self) -> None:
        """Seal whatever is not sealed and anchor whatever is not anchored, where it is this process's to do."""
        if not self._anchor.hold():
            return
        if self._anchored is None:
            self._anchored = max((one.seal for one in await asyncio.to_thread(self._anchor.read)), default=0)
        while await self._unsealed():
            await self._seal()
        while await self._bring():
            pass

    def stop(self) -> None:
        """Let another process go on."""
        self._anchor.release()
        self._anchored = None

    async def _unsealed(self) -> bool:
        sealed = select(func.coalesce(func.max(AuditSealRow.last), 0)).scalar_subquery()
        query = select(AuditEntryRow.id).where(AuditEntryRow.id > sealed).limit(1)
        async with self._database.reading() as session:
            return await session.scalar(query) is not None

    async def _seal(self) -> None:
        async with self._database.writing() as session:
            last = await _last(session)
            query = select(AuditEntryRow).where(AuditEntryRow.id > (last.last if last else 0))
            rows = await session.scalars(query.order_by(AuditEntryRow.id).limit(MOST_ENTRIES))
            entries = [entry_of(row) for row in rows]
            if entries:  # else another host was faster
                session.add(row_of(seal(self._key, last, entries, self._clock())))

    async def _bring(self) -> bool:
        """Bring the next seals to the anchor; whether there were any."""
        query = select(AuditSealRow).where(AuditSealRow.number > self._anchored).order_by(AuditSealRow.number)
        async with self._database.reading() as session:
            seals = [seal_of(row) for row in await session.scalars(query.limit(MOST_SEALS))]
        if seals:
            await asyncio.to_thread(self._anchor.add, [anchor(one) for one in seals])
            self._anchored = seals[-1].number
        return bool(seals)


async def _last(session: AsyncSession) -> Seal | None:
    row = await session.scalar(select(AuditSealRow).order_by(AuditSealRow.number.desc()).limit(1))
    return None if row is None else seal_of(row)
