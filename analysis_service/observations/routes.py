"""The addresses of observations, for those who look after the patient."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from analysis_service.access.service import ObservationReaderFor, ObservationWriterFor
from analysis_service.observations.kinds import BY_KEY
from analysis_service.observations.schemas import ObservationBody, ObservationView
from analysis_service.observations.service import Observations
from analysis_service.problems import CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, UNAUTHORIZED, UNAVAILABLE, declared
from analysis_service.wire import PatientName

router = APIRouter(prefix="/api/v1/patients", tags=["observations"])
REFUSALS = declared(UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, INVALID, UNAVAILABLE)


def _observations(request: Request) -> Observations:
    observations: Observations = request.app.state.observations
    return observations


Kept = Annotated[Observations, Depends(_observations)]


@router.post(
    "/{patient}/observations",
    status_code=200,
    responses={**REFUSALS, 201: {"model": ObservationView, "description": "Entered"}},
)
async def enter(
    who: ObservationWriterFor, observations: Kept, patient: PatientName, body: ObservationBody, response: Response
) -> ObservationView:
    """Enter what was seen or decided. Once more changes nothing; another value for the same time is refused."""
    view, new = await observations.enter(patient, body, who.name)
    response.status_code = 201 if new else 200
    return view


@router.get("/{patient}/observations", responses=REFUSALS)
async def listed(
    who: ObservationReaderFor,
    observations: Kept,
    patient: PatientName,
    kind: Annotated[str | None, Query(pattern=f"^({'|'.join(BY_KEY)})$")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[ObservationView]:
    """What was entered, the newest first."""
    return await observations.listed(patient, kind, limit)
