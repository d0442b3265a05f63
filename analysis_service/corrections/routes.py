"""The addresses of corrections: whoever asks for one cares for everybody whom it is about, or broke the glass."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from analysis_service.access.service import DossierReader, DossierWriter, Related
from analysis_service.asking import about
from analysis_service.corrections.schemas import CorrectionView, NewCorrection
from analysis_service.corrections.service import Corrections
from analysis_service.problems import CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, UNAUTHORIZED, UNAVAILABLE, declared
from analysis_service.records.service import Records
from analysis_service.wire import GatewayId, Name
from chevet.roles import Right

router = APIRouter(prefix="/api/v1/gateways/{gateway}/corrections", tags=["records"])
REFUSALS = declared(UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, INVALID, UNAVAILABLE)


def _corrections(request: Request) -> Corrections:
    corrections: Corrections = request.app.state.corrections
    return corrections


def _records(request: Request) -> Records:
    records: Records = request.app.state.records
    return records


Asked = Annotated[Corrections, Depends(_corrections)]
Kept = Annotated[Records, Depends(_records)]


@router.post("", status_code=202, responses=REFUSALS)
async def correct(
    who: DossierWriter, corrections: Asked, relations: Related, records: Kept, gateway: GatewayId, body: NewCorrection
) -> CorrectionView:
    """The gateway stood with another patient for a while: assignments, alerts and series are put right by a job."""
    about(body.patient)
    await relations.require(who, Right.CHANGE_DOSSIERS, body.patient)
    taken = await records.taken_from(gateway, body.patient, body.from_ms, body.until_ms)
    about(*taken)
    for patient in taken:
        await relations.require(who, Right.CHANGE_DOSSIERS, patient)
    return await corrections.ask(gateway, body, taken, who)


@router.get("", responses=REFUSALS)
async def listed(
    who: DossierReader, corrections: Asked, relations: Related, gateway: GatewayId
) -> list[CorrectionView]:
    """The gateway's corrections about the caller's patients, the newest first."""
    own = await relations.patients(who, Right.READ_DOSSIERS)
    found = [_seen(one, own) for one in await corrections.of(gateway) if one.patient in own]
    about(*(one.patient for one in found))
    return found


@router.get("/{id}", responses=REFUSALS)
async def correction(
    who: DossierReader, corrections: Asked, relations: Related, gateway: GatewayId, id: Name
) -> CorrectionView:
    """One of them, and how far it is."""
    found = await corrections.correction(gateway, id)
    about(found.patient)
    await relations.require(who, Right.READ_DOSSIERS, found.patient)
    return _seen(found, await relations.patients(who, Right.READ_DOSSIERS))


def _seen(one: CorrectionView, own: frozenset[str]) -> CorrectionView:
    return one.model_copy(update={"taken_from": [patient for patient in one.taken_from if patient in own]})
