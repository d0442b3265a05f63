"""Signed versions: listed, read and released; a document that is not what was signed is shown to nobody."""

from __future__ import annotations

import json
import secrets
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from analysis_service.access.service import Caller, Relations
from analysis_service.clock import Clock, shown
from analysis_service.database import Database
from analysis_service.problems import CONFLICT, GONE, NOT_FOUND, Problem
from analysis_service.reports.document import digest
from analysis_service.reports.schemas import VersionDetail, VersionView
from analysis_service.reports.tables import ReleaseRow, VersionRow
from analysis_service.reports.views import views
from chevet.roles import Right

log = structlog.get_logger()


class Versions:
    """Of all reports. Those who care read all; a patient reads what is released, and knows of nothing else."""

    def __init__(self, database: Database, clock: Clock, relations: Relations) -> None:
        self._database = database
        self._clock = clock
        self._relations = relations

    async def newest(self, who: Caller, patient: str, limit: int) -> list[VersionView]:
        """The newest version of each report that `who` may know of, the newest report first."""
        every = await self._visible(who, patient)
        return [one for one in every if not one.newer][:limit]

    async def listed(self, who: Caller, patient: str, report: str) -> list[VersionView]:
        """Every version of a report that `who` may know of, the newest first. Raises Problem 404."""
        found = [one for one in await self._visible(who, patient) if one.report == report]
        if not found:
            raise _no_such(patient)
        return found

    async def _visible(self, who: Caller, patient: str) -> list[VersionView]:
        cares = await self._cares(who, patient)
        async with self._database.reading() as session:
            query = select(VersionRow).where(VersionRow.patient == patient)
            rows = list(await session.scalars(query.order_by(VersionRow.signed_ms.desc(), VersionRow.number.desc())))
            return await views(session, rows, cares=cares)

    async def _cares(self, who: Caller, patient: str) -> bool:
        """Whether `who` may write of the patient: the patient may not."""
        return await self._relations.hold(who, Right.WRITE_REPORTS, patient)

    async def detail(self, who: Caller, patient: str, report: str, number: int) -> VersionDetail:
        """All that was signed. Raises Problem 410 where it was recalled from who asks, 409 where it is not whole."""
        row, seen = await self._read(who, patient, report, number)
        return VersionDetail(**seen.model_dump(), inputs=sound_inputs(row))

    async def document(self, who: Caller, patient: str, report: str, number: int) -> VersionRow:
        """The version with its PDF. Raises Problem as `detail` does."""
        row, _ = await self._read(who, patient, report, number)
        _require_whole(row, row.pdf, row.pdf_sha256, "pdf")
        return row

    async def _read(self, who: Caller, patient: str, report: str, number: int) -> tuple[VersionRow, VersionView]:
        cares = await self._cares(who, patient)
        async with self._database.reading() as session:
            row = await found_version(session, patient, report, number)
            every = await _versions(session, patient, report)
            seen = [one for one in await views(session, every, cares=cares) if one.number == number]
        if not seen:
            raise _no_such(patient)
        if not cares and seen[0].state == "recalled":
            last = seen[0].releases[0]
            at = shown(last.recalled_ms or 0)
            raise Problem(GONE, f"number: recalled at {at}: {last.recall_reason}", field="number")
        return row, seen[0]

    async def release(self, who: Caller, patient: str, report: str, number: int) -> VersionView:
        """The patient may read it; a second time changes nothing, after a recall it is released anew."""
        async with self._database.writing() as session:
            await found_version(session, patient, report, number)
            if await _standing(session, report, number) is None:
                session.add(
                    ReleaseRow(
                        id=secrets.token_hex(8),
                        report=report,
                        number=number,
                        released_ms=self._clock(),
                        released_by=who.subject,
                        released_name=who.name,
                    )
                )
                await session.flush()
            return await _one(session, patient, report, number)

    async def recall(self, who: Caller, patient: str, report: str, number: int, reason: str) -> VersionView:
        """The patient may read it no more, and sees why. Raises Problem 409 where they may not as it is."""
        async with self._database.writing() as session:
            await found_version(session, patient, report, number)
            standing = await _standing(session, report, number)
            if standing is None:
                raise Problem(CONFLICT, "number: expected a version that is released, got another", field="number")
            standing.recalled_ms, standing.recall_reason = self._clock(), reason
            standing.recalled_by, standing.recalled_name = who.subject, who.name
            await session.flush()
            return await _one(session, patient, report, number)


def _no_such(patient: str) -> Problem:
    """The same for what is not there and for what the patient does not know of."""
    return Problem(NOT_FOUND, f"report: expected a report about {patient}, found none", field="report")


async def found_version(session: AsyncSession, patient: str, report: str, number: int) -> VersionRow:
    """The version with its document. Raises Problem 404."""
    options = (undefer(VersionRow.inputs), undefer(VersionRow.pdf))
    row = await session.get(VersionRow, (report, number), options=options)
    if row is None or row.patient != patient:
        raise _no_such(patient)
    return row


async def newest_of(session: AsyncSession, patient: str, report: str) -> VersionRow:
    """The newest version of a report, with its inputs. Raises Problem 404."""
    row = VersionRow
    query = select(row).where(row.patient == patient, row.report == report).order_by(row.number.desc()).limit(1)
    found: VersionRow | None = await session.scalar(query.options(undefer(row.inputs)))
    if found is None:
        raise _no_such(patient)
    return found


async def _versions(session: AsyncSession, patient: str, report: str) -> list[VersionRow]:
    query = select(VersionRow).where(VersionRow.patient == patient, VersionRow.report == report)
    return list(await session.scalars(query.order_by(VersionRow.number.desc())))


async def _standing(session: AsyncSession, report: str, number: int) -> ReleaseRow | None:
    row = ReleaseRow
    query = select(row).where(row.report == report, row.number == number, row.recalled_ms.is_(None))
    found: ReleaseRow | None = await session.scalar(query)
    return found


async def _one(session: AsyncSession, patient: str, report: str, number: int) -> VersionView:
    every = await views(session, await _versions(session, patient, report), cares=True)
    return next(one for one in every if one.number == number)


def sound_inputs(row: VersionRow) -> dict[str, Any]:
    """The inputs as they were signed. Raises Problem 409 where they are not."""
    _require_whole(row, row.inputs.encode(), row.inputs_sha256, "inputs")
    said: dict[str, Any] = json.loads(row.inputs)
    return said


def _require_whole(row: VersionRow, content: bytes, sha256: str, field: str) -> None:
    if digest(content) != sha256:
        log.error("a signed report is not what was signed", report=row.report, number=row.number, what=field)
        raise Problem(
            CONFLICT, f"{field}: expected what was signed, of SHA-256 {sha256}, found something else", field=field
        )
