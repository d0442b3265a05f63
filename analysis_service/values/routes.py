"""The addresses of values: for the patient, for whom they let see something, and for those who care."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from analysis_service.access.service import PlainAlertReaderFor, StateReaderFor, VitalsReaderFor
from analysis_service.problems import FORBIDDEN, INVALID, NOT_FOUND, UNAUTHORIZED, UNAVAILABLE, declared
from analysis_service.values.schemas import PlainAlert, StateView, VitalSeries, VitalView
from analysis_service.values.service import Values
from analysis_service.wire import Milliseconds, Name, PatientName

router = APIRouter(prefix="/api/v1/patients/{patient}", tags=["values"])
REFUSALS = declared(UNAUTHORIZED, FORBIDDEN, NOT_FOUND, INVALID, UNAVAILABLE)


def _values(request: Request) -> Values:
    values: Values = request.app.state.values
    return values


Asked = Annotated[Values, Depends(_values)]


@router.get("/vitals", responses=REFUSALS)
async def vitals(who: VitalsReaderFor, values: Asked, patient: PatientName) -> list[VitalView]:
    """The newest value of each vital that may be seen, with its age. 503 where live data are delayed."""
    return await values.vitals(who, patient)


@router.get("/vitals/{vital}", responses=REFUSALS)
async def stretch(
    who: VitalsReaderFor,
    values: Asked,
    patient: PatientName,
    vital: Name,
    from_ms: Milliseconds | None = None,
    until_ms: Milliseconds | None = None,
    points: Annotated[int, Query(ge=2, le=2000, description="at most so many of each device")] = 300,
) -> VitalSeries:
    """A vital over a stretch of time, the last day where none is named; with gaps where nothing came."""
    return await values.stretch(who, patient, vital, from_ms, until_ms, points)


@router.get("/state", responses=REFUSALS)
async def state(who: StateReaderFor, values: Asked, patient: PatientName) -> StateView:
    """How the patient is: calm, watch, act or unknown, and why, without values."""
    return await values.state(who, patient)


@router.get("/alerts", responses=REFUSALS)
async def alerts(
    who: PlainAlertReaderFor,
    values: Asked,
    patient: PatientName,
    open: bool = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[PlainAlert]:
    """The patient's alerts in plain words, the newest first. `open` leaves out those that have cleared."""
    return await values.alerts(who, patient, open, limit)
