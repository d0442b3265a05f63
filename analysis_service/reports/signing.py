"""Signing: what a draft says becomes a version with its document, all at once or not at all."""

from __future__ import annotations

import asyncio
import secrets
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.access.service import Caller
from analysis_service.clock import Clock
from analysis_service.database import Database
from analysis_service.editions import require_edition
from analysis_service.problems import INVALID, Problem
from analysis_service.records.service import Dossiers
from analysis_service.reports.document import RENDERER, digest, rendered
from analysis_service.reports.drafts import found_draft, require_newest, require_open
from analysis_service.reports.inputs import canonical, inputs_of
from analysis_service.reports.measured import Measured
from analysis_service.reports.schemas import VersionView
from analysis_service.reports.tables import DraftRow, VersionRow
from analysis_service.reports.versions import newest_of
from analysis_service.reports.views import views


class Signing:
    """What is read of Prometheus and drawn is so before anything is locked; then the draft has to be the same still.

    The bytes of the document are kept beside its inputs: a new edition of the library would draw others, and what
    somebody signed has to be shown as it was for as long as it is kept. The inputs say whether the bytes are theirs.
    """

    def __init__(self, database: Database, clock: Clock, dossiers: Dossiers, measured: Measured) -> None:
        self._database = database
        self._clock = clock
        self._dossiers = dossiers
        self._measured = measured

    async def sign(self, patient: str, id: str, edition: int, who: Caller) -> tuple[VersionView, bool]:
        """The version; whether it is new, for a second time changes nothing. Raises Problem where it cannot be."""
        async with self._database.reading() as session:
            draft = await found_draft(session, patient, id, who)
            if draft.signed_as is not None:
                return await _signed(session, draft), False
            await _require_signable(session, draft, edition)
        version = await self._version(draft, who)
        async with self._database.writing() as session:
            draft = await found_draft(session, patient, id, who)
            if draft.signed_as is not None:
                return await _signed(session, draft), False
            await _require_signable(session, draft, edition)
            session.add(version)
            draft.report, draft.signed_as, draft.version = version.report, version.number, draft.version + 1
            await session.flush()
            return await _signed(session, draft), True

    async def _version(self, draft: DraftRow, who: Caller) -> VersionRow:
        dossier = await self._dossiers.dossier(draft.patient)
        zone = ZoneInfo(dossier.time_zone)
        charts = [await self._measured.chart(draft.patient, chart, zone) for chart in draft.charts]
        report, now = draft.report or secrets.token_hex(8), self._clock()
        said = inputs_of(draft, report, dossier, who, charts, now)
        inputs = canonical(said)
        pdf = await asyncio.to_thread(rendered, inputs)
        return VersionRow(
            report=report,
            number=said["number"],
            patient=draft.patient,
            title=draft.title,
            language=draft.language,
            author=who.subject,
            author_name=who.name,
            signed_ms=now,
            amends=draft.amends,
            reason=draft.reason,
            inputs=inputs,
            inputs_sha256=digest(inputs),
            pdf=pdf,
            pdf_sha256=digest(pdf),
            renderer=RENDERER,
        )


async def _require_signable(session: AsyncSession, draft: DraftRow, edition: int) -> None:
    """Raises Problem where it is not what the author looked at, says nothing, or amends what is amended already."""
    require_open(draft)
    require_edition(draft.version, edition)
    if not draft.sections and not draft.charts:
        raise Problem(INVALID, "sections: expected text or a chart, got neither", field="sections")
    if draft.report is not None and draft.amends is not None:
        require_newest(await newest_of(session, draft.patient, draft.report), draft.amends)


async def _signed(session: AsyncSession, draft: DraftRow) -> VersionView:
    """What became of `draft`."""
    row = await session.get_one(VersionRow, (draft.report, draft.signed_as))
    [found] = await views(session, [row], cares=True)
    return found
