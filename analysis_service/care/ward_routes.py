"""The addresses of wards, and of who stays where."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from analysis_service.access.service import DossierReaderFor, DossierWriterFor, TeamChanger, TeamReader
from analysis_service.care.schemas import End, SaidView, StayBody, StayView, WardBody, WardView
from analysis_service.care.service import Stays, Wards
from analysis_service.editions import EDITED, Edition, mark
from analysis_service.problems import CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, UNAUTHORIZED, UNAVAILABLE, declared
from analysis_service.wire import Name, PatientName

router = APIRouter(prefix="/api/v1", tags=["care"])
REFUSALS = declared(UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, INVALID, UNAVAILABLE)
REFUSALS_EDITED = {**REFUSALS, **declared(*EDITED)}


def _wards(request: Request) -> Wards:
    wards: Wards = request.app.state.wards
    return wards


def _stays(request: Request) -> Stays:
    stays: Stays = request.app.state.stays
    return stays


AllWards = Annotated[Wards, Depends(_wards)]
Of = Annotated[Stays, Depends(_stays)]


@router.get("/wards", responses=REFUSALS)
async def wards(who: TeamReader, kept: AllWards, ended: bool = False) -> list[WardView]:
    """All wards, by name; `ended` adds those that are closed."""
    return [WardView.model_validate(one) for one in await kept.listed(ended)]


@router.post("/wards", status_code=201, responses=REFUSALS)
async def add_ward(who: TeamChanger, kept: AllWards, body: WardBody, response: Response) -> WardView:
    """A new ward. Nobody is on it, and no team is of it."""
    return _marked(WardView.model_validate(await kept.add(who, body)), response)


@router.get("/wards/{ward}", responses=REFUSALS)
async def ward(who: TeamReader, kept: AllWards, ward: Name, response: Response) -> WardView:
    """One ward."""
    return _marked(WardView.model_validate(await kept.one(ward)), response)


@router.put("/wards/{ward}", responses=REFUSALS_EDITED)
async def change_ward(
    who: TeamChanger, kept: AllWards, ward: Name, edition: Edition, body: WardBody, response: Response
) -> WardView:
    """Call a ward otherwise: for a doctor of one of its teams, or of one that has none."""
    return _marked(WardView.model_validate(await kept.change(who, ward, edition, body)), response)


@router.post("/wards/{ward}/end", responses=REFUSALS_EDITED)
async def end_ward(who: TeamChanger, kept: AllWards, ward: Name, edition: Edition, response: Response) -> WardView:
    """Close a ward that no team is of and nobody stays on."""
    return _marked(WardView.model_validate(await kept.end(who, ward, edition)), response)


@router.get("/wards/{ward}/editions", responses=REFUSALS)
async def ward_editions(who: TeamReader, kept: AllWards, ward: Name) -> list[SaidView]:
    """What it was called, the oldest first."""
    return [SaidView.model_validate(one) for one in await kept.history(ward)]


@router.get("/patients/{patient}/stays", responses=REFUSALS)
async def stays(who: DossierReaderFor, kept: Of, patient: PatientName) -> list[StayView]:
    """On which wards a patient is, was and will be, the oldest first."""
    return [StayView.model_validate(one) for one in await kept.listed(patient)]


@router.post("/patients/{patient}/stays", status_code=201, responses=REFUSALS)
async def begin_stay(who: DossierWriterFor, kept: Of, patient: PatientName, body: StayBody) -> StayView:
    """A patient comes to a ward, for a doctor of a team of theirs. They stay on one at a time."""
    return StayView.model_validate(await kept.begin(who, patient, body))


@router.post("/patients/{patient}/stays/{id}/end", responses=REFUSALS)
async def end_stay(
    who: DossierWriterFor, kept: Of, patient: PatientName, id: Name, body: End | None = None
) -> StayView:
    """A patient leaves a ward."""
    return StayView.model_validate(await kept.end(who, patient, id, body.until_ms if body else None))


def _marked(view: WardView, response: Response) -> WardView:
    mark(response, view.version)
    return view
