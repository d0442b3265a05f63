"""The addresses of measurements: nurses and doctors enter them, they and the patient read them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from analysis_service.access.service import MeasurementReaderFor, MeasurementWriterFor
from analysis_service.measurements.schemas import MeasurementBody, MeasurementView, Strike
from analysis_service.measurements.service import Measurements
from analysis_service.problems import CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, UNAUTHORIZED, UNAVAILABLE, declared
from analysis_service.wire import Name, PatientName

router = APIRouter(prefix="/api/v1/patients/{patient}/measurements", tags=["measurements"])
REFUSALS = declared(UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, INVALID, UNAVAILABLE)


def _measurements(request: Request) -> Measurements:
    measurements: Measurements = request.app.state.measurements
    return measurements


Kept = Annotated[Measurements, Depends(_measurements)]


@router.post("", status_code=200, responses={**REFUSALS, 201: {"model": MeasurementView, "description": "Entered"}})
async def enter(
    who: MeasurementWriterFor, measurements: Kept, patient: PatientName, body: MeasurementBody, response: Response
) -> MeasurementView:
    """Enter values taken together, or a correction. `sent` says whether the store has them yet."""
    found, new = await measurements.enter(patient, body, who)
    response.status_code = 201 if new else 200
    return found


@router.get("", responses=REFUSALS)
async def listed(
    who: MeasurementReaderFor,
    measurements: Kept,
    patient: PatientName,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[MeasurementView]:
    """What was measured by hand, the newest first; what was struck stays among it."""
    return await measurements.listed(patient, limit)


@router.get("/{id}", responses=REFUSALS)
async def one(who: MeasurementReaderFor, measurements: Kept, patient: PatientName, id: Name) -> MeasurementView:
    """One of them, and how far it is on its way to the store."""
    return await measurements.one(patient, id)


@router.post("/{id}/strike", responses=REFUSALS)
async def strike(
    who: MeasurementWriterFor, measurements: Kept, patient: PatientName, id: Name, body: Strike
) -> MeasurementView:
    """It is wrong, and nothing stands in its place: of another patient, or never measured."""
    return await measurements.strike(patient, id, body.reason, who)
