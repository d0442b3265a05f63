"""Drafts: written, changed and discarded by their author, whom alone they are shown to."""

from __future__ import annotations

import secrets

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.access.service import Caller
from analysis_service.clock import Clock, shown
from analysis_service.database import Database
from analysis_service.editions import require_edition
from analysis_service.problems import CONFLICT, GONE, INVALID, NOT_FOUND, Problem
from analysis_service.reports.schemas import Chart, DraftBody, DraftView
from analysis_service.reports.tables import DraftRow, VersionRow
from analysis_service.reports.versions import newest_of, sound_inputs


class Drafts:
    """Of all authors."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def add(self, patient: str, body: DraftBody, who: Caller) -> DraftView:
        """A new one, of a report that is new too."""
        async with self._database.writing() as session:
            return self._begun(session, patient, body, who, None, None)

    async def amend(self, patient: str, report: str, number: int, reason: str, who: Caller) -> DraftView:
        """One that begins with what the newest version says. Raises Problem 409 where that is another."""
        async with self._database.writing() as session:
            found = await newest_of(session, patient, report)
            require_newest(found, number)
            said = sound_inputs(found)
            charts = [{name: chart[name] for name in Chart.model_fields} for chart in said["charts"]]
            body = DraftBody.model_validate({name: said[name] for name in DraftBody.model_fields} | {"charts": charts})
            return self._begun(session, patient, body, who, found, reason)

    def _begun(
        self,
        session: AsyncSession,
        patient: str,
        body: DraftBody,
        who: Caller,
        amended: VersionRow | None,
        reason: str | None,
    ) -> DraftView:
        now = self._clock()
        row = DraftRow(
            id=secrets.token_hex(8),
            patient=patient,
            author=who.subject,
            report=amended and amended.report,
            amends=amended and amended.number,
            reason=reason,
            version=1,
            created_ms=now,
        )
        _write(row, body, now)
        session.add(row)
        return view(row)

    async def listed(self, patient: str, who: Caller) -> list[DraftView]:
        """Those of `who` that are neither signed nor discarded, the last changed first."""
        row = DraftRow
        query = select(row).where(row.patient == patient, row.author == who.subject)
        query = query.where(row.discarded_ms.is_(None), row.signed_as.is_(None))
        async with self._database.reading() as session:
            return [view(one) for one in await session.scalars(query.order_by(row.changed_ms.desc(), row.id))]

    async def draft(self, patient: str, id: str, who: Caller) -> DraftView:
        """One of them. Raises Problem 404, and 410 for one that is signed or discarded."""
        async with self._database.reading() as session:
            return view(require_open(await found_draft(session, patient, id, who)))

    async def put(self, patient: str, id: str, edition: int, body: DraftBody, who: Caller) -> DraftView:
        """Replace what it says."""
        async with self._database.writing() as session:
            row = require_open(await found_draft(session, patient, id, who))
            require_edition(row.version, edition)
            _write(row, body, self._clock())
            row.version += 1
            return view(row)

    async def discard(self, patient: str, id: str, edition: int, who: Caller) -> None:
        """It is kept, and shown no more."""
        async with self._database.writing() as session:
            row = require_open(await found_draft(session, patient, id, who))
            require_edition(row.version, edition)
            row.discarded_ms = self._clock()
            row.version += 1


async def found_draft(session: AsyncSession, patient: str, id: str, who: Caller) -> DraftRow:
    """The draft of `who`. Raises Problem 404, as for one that is somebody else's."""
    row = await session.get(DraftRow, id)
    if row is None or (row.patient, row.author) != (patient, who.subject):
        raise Problem(NOT_FOUND, f"draft: expected a draft of your own about {patient}, found none", field="draft")
    return row


def require_open(row: DraftRow) -> DraftRow:
    """The draft where it can still change. Raises Problem 410."""
    if row.signed_as is not None:
        raise Problem(GONE, f"draft: signed as version {row.signed_as} of the report {row.report}", field="draft")
    if row.discarded_ms is not None:
        raise Problem(GONE, f"draft: discarded at {shown(row.discarded_ms)}", field="draft")
    return row


def require_newest(newest: VersionRow, number: int) -> None:
    """Raises Problem 409 where `newest` has another number."""
    if newest.number != number:
        raise Problem(CONFLICT, f"number: expected {newest.number}, the newest version, got {number}", field="number")


def view(row: DraftRow) -> DraftView:
    """The draft for its author."""
    return DraftView.model_validate({name: getattr(row, name) for name in DraftView.model_fields})


def _write(row: DraftRow, body: DraftBody, now: int) -> None:
    for number, chart in enumerate(body.charts):
        if chart.until_ms > now:
            field = f"charts.{number}.until_ms"
            raise Problem(INVALID, f"{field}: expected no later than {shown(now)}, the present", field=field)
    row.title, row.language, row.changed_ms = body.title, body.language, now
    row.sections = [section.model_dump() for section in body.sections]
    row.charts = [chart.model_dump() for chart in body.charts]
