"""The addresses of broken glass: whoever breaks it, those who are told, and who reviews it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from analysis_service.access.service import DossierReaderFor, GlassBreaker, GlassReviewer, GlassReviewerFor
from analysis_service.care.schemas import BrokenGlassView, Reason, Review
from analysis_service.care.service import BrokenGlass
from analysis_service.problems import CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, UNAUTHORIZED, UNAVAILABLE, declared
from analysis_service.records.service import Records
from analysis_service.wire import Name, PatientName

router = APIRouter(prefix="/api/v1", tags=["break-glass"])
REFUSALS = declared(UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, INVALID, UNAVAILABLE)
ONE = "/patients/{patient}/break-glass/{id}"


def _glass(request: Request) -> BrokenGlass:
    glass: BrokenGlass = request.app.state.glass
    return glass


Glass = Annotated[BrokenGlass, Depends(_glass)]


@router.post("/patients/{patient}/break-glass", status_code=201, responses=REFUSALS)
async def break_glass(
    who: GlassBreaker, request: Request, glass: Glass, patient: PatientName, body: Reason
) -> BrokenGlassView:
    """Look after a patient not in one's care, for an hour: for an emergency. The patient and their team are told.

    Until then each answer about them says so in `X-Chevet-Break-Glass`, and each request stands in the record with the
    reason.
    """
    records: Records = request.app.state.records
    await records.require_patient(patient)
    return BrokenGlassView.model_validate(await glass.break_(who, patient, body.reason))


@router.get("/patients/{patient}/break-glass", responses=REFUSALS)
async def told(who: DossierReaderFor, glass: Glass, patient: PatientName) -> list[BrokenGlassView]:
    """Who broke the glass, when and why, the newest first: for the patient and those who care for them."""
    return [BrokenGlassView.model_validate(one) for one in await glass.of_patient(patient)]


@router.post(f"{ONE}/end", responses=REFUSALS)
async def end(who: GlassBreaker, glass: Glass, patient: PatientName, id: Name) -> BrokenGlassView:
    """Give it up before the hour is over: for whoever broke it."""
    return BrokenGlassView.model_validate(await glass.end(who, patient, id))


@router.post(f"{ONE}/review", responses=REFUSALS)
async def review(who: GlassReviewerFor, glass: Glass, patient: PatientName, id: Name, body: Review) -> BrokenGlassView:
    """Say whether it was justified, once: for a doctor of a team of the patient's who did not break it."""
    return BrokenGlassView.model_validate(await glass.review(who, patient, id, body))


@router.get("/break-glass", responses=REFUSALS)
async def unreviewed(who: GlassReviewer, glass: Glass) -> list[BrokenGlassView]:
    """What awaits the caller's review, the newest first."""
    return [BrokenGlassView.model_validate(one) for one in await glass.unreviewed(who)]
