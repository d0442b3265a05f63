"""The audit: what writes entries, what seals them, whether all of it is as it was written, and what it says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.audit.anchor import AnchorFile
from analysis_service.audit.entries import Entries
from analysis_service.audit.looks import Looks
from analysis_service.audit.rows import entry_of, seal_of
from analysis_service.audit.sealing import MOST_ENTRIES, Sealing
from analysis_service.audit.tables import AuditEntryRow, AuditSealRow
from analysis_service.clock import Clock
from analysis_service.database import Database
from analysis_service.settings import BadSettings, Settings
from chevet.audit import Entry, Seal, require_key
from chevet.audit_verification import Verdict, Verification
from chevet.errors import BadAudit

KEY_SETTING = "CHEVET_AUDIT_KEY_FILE"
PAGE = 1_000


class Audit:
    """Of one process. `key` and `anchored` are kept outside the database."""

    def __init__(self, database: Database, clock: Clock, key: bytes, anchored: AnchorFile) -> None:
        self._database = database
        self._key = key
        self._anchor = anchored
        self._verifying = asyncio.Lock()
        self.entries = Entries(database, key)
        self.looks = Looks(database)
        self.sealing = Sealing(database, clock, key, anchored)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Entries are sealed meanwhile; those of the last moment at the end."""
        keeping = asyncio.create_task(self.sealing.keep_on())
        try:
            yield
        finally:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping
            await self.sealing.try_round()
            self.sealing.stop()

    async def verify(self) -> Verdict:
        """Whether the record is as it was written. One at a time: it reads all of it.

        The anchor is read first, and so knows no seal that the database, then read as one state, could not have.
        """
        async with self._verifying:
            found = Verification(self._key, await asyncio.to_thread(self._anchor.read))
            async with self._database.reading() as session:
                last = await self._verify_sealed(session, found)
                while entries := await _entries(session, last, PAGE):
                    found.unsealed(entries)
                    last = entries[-1].id
            return found.verdict()

    async def _verify_sealed(self, session: AsyncSession, found: Verification) -> int:
        """The number of the last entry that was looked at."""
        seen, number = -(2**62), -(2**62)
        while seals := await _seals(session, number):
            for one in seals:
                entries = await _entries(session, seen, min(max(one.count, 0), MOST_ENTRIES) + 1, one.last)
                found.sealed(one, entries)
                seen = entries[-1].id if entries else seen
            number = seals[-1].number
        return seen

    async def events(self, since: int, until: int) -> AsyncIterator[Entry]:
        """Entries of requests that came from `since` on and before `until`, in milliseconds, by number."""
        last = 0
        async with self._database.reading() as session:
            while True:
                query = select(AuditEntryRow).where(AuditEntryRow.id > last)
                query = query.where(AuditEntryRow.at_ms >= since, AuditEntryRow.at_ms < until)
                page = [entry_of(row) for row in await session.scalars(query.order_by(AuditEntryRow.id).limit(PAGE))]
                if not page:
                    return
                for one in page:
                    yield one
                last = page[-1].id


def key_of(settings: Settings) -> bytes:
    """The key of the file that is set. Raises BadSettings."""
    return key_in(settings.audit_key_file)


def key_in(path: Path) -> bytes:
    """The key of a file. Raises BadSettings."""
    try:
        return require_key(_read(path))
    except BadAudit as refusal:
        raise BadSettings(f"{KEY_SETTING}: {refusal}, got something else") from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError as error:
        raise BadSettings(f"{KEY_SETTING}: expected a file that can be read, {path} cannot: {error.strerror}") from None
    except UnicodeDecodeError:
        return ""


async def _seals(session: AsyncSession, after: int) -> Sequence[Seal]:
    query = select(AuditSealRow).where(AuditSealRow.number > after).order_by(AuditSealRow.number).limit(PAGE)
    return [seal_of(row) for row in await session.scalars(query)]


async def _entries(session: AsyncSession, after: int, most: int, last: int = 2**62) -> Sequence[Entry]:
    query = select(AuditEntryRow).where(AuditEntryRow.id > after, AuditEntryRow.id <= last)
    return [entry_of(row) for row in await session.scalars(query.order_by(AuditEntryRow.id).limit(most))]
