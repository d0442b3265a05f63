"""The addresses of patients' records, and of the sheet that their gateway lives by."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response

from analysis_service.access.service import (
    DossierCreator,
    DossierReader,
    DossierReaderFor,
    DossierWriterFor,
    Related,
    SheetReader,
)
from analysis_service.asking import about
from analysis_service.editions import EDITED, Edition, mark
from analysis_service.problems import CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, UNAUTHORIZED, UNAVAILABLE, declared
from analysis_service.records.dossier_schemas import Dossier, DossierBody, StayEnd
from analysis_service.records.schemas import Contacts, EditionView, Patient, SignedSheet
from analysis_service.records.service import Dossiers, Records
from analysis_service.wire import GatewayId, PatientName
from chevet.roles import Right

router = APIRouter(prefix="/api/v1", tags=["records"])
REFUSALS = declared(UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, INVALID, UNAVAILABLE)
CHANGES = REFUSALS | declared(*EDITED)


def _records(request: Request) -> Records:
    records: Records = request.app.state.records
    return records


def _dossiers(request: Request) -> Dossiers:
    dossiers: Dossiers = request.app.state.dossiers
    return dossiers


Kept = Annotated[Records, Depends(_records)]
Written = Annotated[Dossiers, Depends(_dossiers)]


def _marked(response: Response, dossier: Dossier) -> Dossier:
    mark(response, dossier.version)
    return dossier


@router.post("/patients", status_code=201, responses=REFUSALS)
async def add_patient(who: DossierCreator, dossiers: Written, body: DossierBody, response: Response) -> Dossier:
    """A new dossier under a random pseudonym."""
    return _marked(response, await dossiers.add(body, who))


@router.get("/patients", responses=REFUSALS)
async def patients(who: DossierReader, records: Kept, relations: Related) -> list[Patient]:
    """The dossiers of those whom the caller cares for; a patient's own."""
    found = await records.named(await relations.patients(who, Right.READ_DOSSIERS))
    about(*(one.patient for one in found))
    return found


@router.get("/patients/{patient}", responses=REFUSALS)
async def dossier(who: DossierReaderFor, dossiers: Written, patient: PatientName, response: Response) -> Dossier:
    """The newest edition of a dossier."""
    return _marked(response, await dossiers.dossier(patient))


@router.put("/patients/{patient}", responses=CHANGES)
async def put_dossier(
    who: DossierWriterFor,
    dossiers: Written,
    patient: PatientName,
    edition: Edition,
    body: DossierBody,
    response: Response,
) -> Dossier:
    """Another edition of a dossier. The older ones stay in its history."""
    return _marked(response, await dossiers.put(patient, body, edition, who))


@router.post("/patients/{patient}/end", responses=CHANGES)
async def end_stay(
    who: DossierWriterFor, dossiers: Written, patient: PatientName, edition: Edition, body: StayEnd, response: Response
) -> Dossier:
    """The stay at home ends: gateways are taken back as soon as may be, and no other is given."""
    return _marked(response, await dossiers.end(patient, body.reason, edition, who))


@router.get("/patients/{patient}/history", responses=REFUSALS)
async def dossier_history(who: DossierReaderFor, dossiers: Written, patient: PatientName) -> list[EditionView]:
    """Every edition of a dossier, the oldest first: who saved it, when, and what they changed."""
    return await dossiers.history(patient)


@router.get("/patients/{patient}/contacts", responses=REFUSALS)
async def contacts(who: DossierReaderFor, records: Kept, patient: PatientName, response: Response) -> Contacts:
    """Whom to call about a patient, in order."""
    found, edition = await records.contacts_edition(patient)
    mark(response, edition)
    return Contacts(contacts=found)


@router.put("/patients/{patient}/contacts", responses=CHANGES)
async def put_contacts(
    who: DossierWriterFor, records: Kept, patient: PatientName, edition: Edition, body: Contacts, response: Response
) -> Contacts:
    """Replace whom to call. The gateway has it with its next poll; the older edition stays in the history."""
    mark(response, await records.put_contacts(patient, body.contacts, edition, who))
    return body


@router.get("/patients/{patient}/contacts/history", responses=REFUSALS)
async def contacts_history(who: DossierReaderFor, records: Kept, patient: PatientName) -> list[EditionView]:
    """Every edition of whom to call, the oldest first."""
    return await records.contacts_history(patient)


@router.get(
    "/gateways/{gateway}/sheet",
    response_model=SignedSheet,
    responses={**REFUSALS, 304: {"description": "The sheet is the one that If-None-Match names"}},
)
async def sheet(
    who: SheetReader,
    records: Kept,
    gateway: GatewayId,
    response: Response,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response | SignedSheet:
    """The gateway's own sheet, of the assignment in force now; 404 where there is none."""
    who.require_gateway(gateway)
    signed = await records.signed_sheet(gateway)
    if if_none_match and signed.etag in (tag.strip().removeprefix("W/") for tag in if_none_match.split(",")):
        return Response(status_code=304, headers={"ETag": signed.etag})
    response.headers["ETag"] = signed.etag
    return SignedSheet(sheet=signed.jws)
