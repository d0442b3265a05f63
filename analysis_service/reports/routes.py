"""The addresses of reports: drafts for their author, versions for those who care, what is released for the patient."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from analysis_service.access.service import ReportReaderFor, ReportReleaserFor, ReportWriterFor
from analysis_service.editions import EDITED, Edition, mark
from analysis_service.problems import CONFLICT, FORBIDDEN, GONE, INVALID, NOT_FOUND, UNAUTHORIZED, UNAVAILABLE, declared
from analysis_service.reports.schemas import (
    Amendment,
    DraftBody,
    DraftView,
    Recall,
    VersionDetail,
    VersionView,
)
from analysis_service.reports.service import Reports
from analysis_service.wire import PatientName

router = APIRouter(prefix="/api/v1/patients", tags=["reports"])
REFUSALS = declared(UNAUTHORIZED, FORBIDDEN, NOT_FOUND, INVALID, UNAVAILABLE)
SIGNED: dict[int | str, dict[str, Any]] = {201: {"model": VersionView, "description": "Signed"}}
PDF = "application/pdf"
_DRAFTS, _REPORTS = "/{patient}/report-drafts", "/{patient}/reports"
_VERSION = _REPORTS + "/{report}/versions/{number}"


def _reports(request: Request) -> Reports:
    reports: Reports = request.app.state.reports
    return reports


Kept = Annotated[Reports, Depends(_reports)]
DraftId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$", examples=["0f3a9c1d204be7a6"])]
ReportId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$", examples=["5d1c0a9be7a60f3a"])]
Number = Annotated[int, Path(ge=1, le=9999)]


@router.post(_DRAFTS, status_code=201, responses=REFUSALS)
async def write(
    who: ReportWriterFor, reports: Kept, patient: PatientName, body: DraftBody, response: Response
) -> DraftView:
    """Begin a report. Nobody but its author sees the draft."""
    draft = await reports.drafts.add(patient, body, who)
    mark(response, draft.version)
    return draft


@router.get(_DRAFTS, responses=REFUSALS)
async def drafts(who: ReportWriterFor, reports: Kept, patient: PatientName) -> list[DraftView]:
    """The caller's own, the last changed first."""
    return await reports.drafts.listed(patient, who)


@router.get(_DRAFTS + "/{draft}", responses={**REFUSALS, **declared(GONE)})
async def draft(
    who: ReportWriterFor, reports: Kept, patient: PatientName, draft: DraftId, response: Response
) -> DraftView:
    """One of the caller's own."""
    found = await reports.drafts.draft(patient, draft, who)
    mark(response, found.version)
    return found


@router.put(_DRAFTS + "/{draft}", responses={**REFUSALS, **declared(GONE, *EDITED)})
async def change(
    who: ReportWriterFor,
    reports: Kept,
    patient: PatientName,
    draft: DraftId,
    edition: Edition,
    body: DraftBody,
    response: Response,
) -> DraftView:
    """Replace what the draft says."""
    changed = await reports.drafts.put(patient, draft, edition, body, who)
    mark(response, changed.version)
    return changed


@router.post(_DRAFTS + "/{draft}/discard", status_code=204, responses={**REFUSALS, **declared(GONE, *EDITED)})
async def discard(who: ReportWriterFor, reports: Kept, patient: PatientName, draft: DraftId, edition: Edition) -> None:
    """It is shown no more."""
    await reports.drafts.discard(patient, draft, edition, who)


@router.post(
    _DRAFTS + "/{draft}/sign",
    status_code=200,
    responses={**REFUSALS, **declared(CONFLICT, GONE, *EDITED), **SIGNED},
)
async def sign(
    who: ReportWriterFor, reports: Kept, patient: PatientName, draft: DraftId, edition: Edition, response: Response
) -> VersionView:
    """Sign what the draft says: from now on it never changes. Charts are read now; without Prometheus nothing is."""
    version, new = await reports.signing.sign(patient, draft, edition, who)
    response.status_code = 201 if new else 200
    return version


@router.get(_REPORTS, responses=REFUSALS)
async def listed(
    who: ReportReaderFor, reports: Kept, patient: PatientName, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> list[VersionView]:
    """The newest version of each report, the newest first; for the patient, of those that were released."""
    return await reports.versions.newest(who, patient, limit)


@router.get(_REPORTS + "/{report}/versions", responses=REFUSALS)
async def versions(who: ReportReaderFor, reports: Kept, patient: PatientName, report: ReportId) -> list[VersionView]:
    """Every version of a report, the newest first; for the patient, those that were released."""
    return await reports.versions.listed(who, patient, report)


@router.get(_VERSION, responses={**REFUSALS, **declared(CONFLICT, GONE)})
async def version(
    who: ReportReaderFor, reports: Kept, patient: PatientName, report: ReportId, number: Number
) -> VersionDetail:
    """All that was signed. What was recalled is gone for the patient."""
    return await reports.versions.detail(who, patient, report, number)


@router.get(
    _VERSION + "/pdf",
    response_class=Response,
    responses={
        **REFUSALS,
        **declared(CONFLICT, GONE),
        200: {"content": {PDF: {"schema": {"type": "string", "format": "binary"}}}, "description": "The document"},
    },
)
async def pdf(who: ReportReaderFor, reports: Kept, patient: PatientName, report: ReportId, number: Number) -> Response:
    """The document as it was signed; where it is not that, nothing."""
    row = await reports.versions.document(who, patient, report, number)
    headers = {
        "Content-Disposition": f'inline; filename="report-{report}-{number}.pdf"',
        "ETag": f'"{row.pdf_sha256}"',
        "Cache-Control": "private, no-store",
    }
    return Response(row.pdf, media_type=PDF, headers=headers)


@router.post(_VERSION + "/amend", status_code=201, responses={**REFUSALS, **declared(CONFLICT)})
async def amend(
    who: ReportWriterFor,
    reports: Kept,
    patient: PatientName,
    report: ReportId,
    number: Number,
    body: Amendment,
    response: Response,
) -> DraftView:
    """Begin the next version of a report with what its newest says, for a reason. It is a draft like any other."""
    draft = await reports.drafts.amend(patient, report, number, body.reason, who)
    mark(response, draft.version)
    return draft


@router.post(_VERSION + "/release", responses=REFUSALS)
async def release(
    who: ReportReleaserFor, reports: Kept, patient: PatientName, report: ReportId, number: Number
) -> VersionView:
    """Let the patient read it. A second time changes nothing."""
    return await reports.versions.release(who, patient, report, number)


@router.post(_VERSION + "/recall", responses={**REFUSALS, **declared(CONFLICT)})
async def recall(
    who: ReportReleaserFor, reports: Kept, patient: PatientName, report: ReportId, number: Number, body: Recall
) -> VersionView:
    """Let the patient read it no more; they see that it was recalled, and why."""
    return await reports.versions.recall(who, patient, report, number, body.reason)
