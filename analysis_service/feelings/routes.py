"""The addresses of feelings: the patient says and withdraws, those who care read."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from analysis_service.access.service import FeelingsMarkerFor, FeelingsReaderFor, FeelingsWriterFor
from analysis_service.feelings.schemas import FeelingBody, FeelingView
from analysis_service.feelings.service import Feelings
from analysis_service.problems import CONFLICT, FORBIDDEN, GONE, INVALID, NOT_FOUND, UNAUTHORIZED, UNAVAILABLE, declared
from analysis_service.wire import PatientName

router = APIRouter(prefix="/api/v1/patients", tags=["feelings"])
REFUSALS = declared(UNAUTHORIZED, FORBIDDEN, NOT_FOUND, INVALID, UNAVAILABLE)


def _feelings(request: Request) -> Feelings:
    feelings: Feelings = request.app.state.feelings
    return feelings


Kept = Annotated[Feelings, Depends(_feelings)]


@router.post(
    "/{patient}/feelings",
    status_code=200,
    responses={**REFUSALS, **declared(CONFLICT), 201: {"model": FeelingView, "description": "Said"}},
)
async def say(
    who: FeelingsWriterFor, feelings: Kept, patient: PatientName, body: FeelingBody, response: Response
) -> FeelingView:
    """Say how one feels. Once more under the same id changes nothing; something else under it is refused."""
    view, new = await feelings.say(patient, body)
    response.status_code = 201 if new else 200
    return view


@router.get("/{patient}/feelings", responses=REFUSALS)
async def listed(
    who: FeelingsReaderFor,
    feelings: Kept,
    patient: PatientName,
    after: Annotated[UUID | None, Query(description="the last of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[FeelingView]:
    """How the patient felt, the newest first, with who has read it."""
    return await feelings.listed(who, patient, after, limit)


@router.post("/{patient}/feelings/{id}/read", responses={**REFUSALS, **declared(GONE)})
async def mark(who: FeelingsMarkerFor, feelings: Kept, patient: PatientName, id: UUID) -> FeelingView:
    """Say that one has read it; the patient sees by whom and when. The first time is kept."""
    return await feelings.mark(who, patient, id)


@router.post("/{patient}/feelings/{id}/withdraw", responses=REFUSALS)
async def withdraw(who: FeelingsWriterFor, feelings: Kept, patient: PatientName, id: UUID) -> FeelingView:
    """Take it back. Those who care see that something was, and no longer what."""
    return await feelings.withdraw(patient, id)
