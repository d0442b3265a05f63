"""The addresses of the records: for people with the right, and the sheet for the gateway itself."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response

from analysis_service.access.service import (
    DossierCreator,
    DossierReader,
    DossierReaderFor,
    DossierWriter,
    DossierWriterFor,
    Relations,
    SheetReader,
)
from analysis_service.asking import about
from analysis_service.problems import CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, UNAUTHORIZED, UNAVAILABLE, declared
from analysis_service.records.schemas import (
    AssignmentEnd,
    AssignmentView,
    Contacts,
    Devices,
    NewAssignment,
    NewPatient,
    Patient,
    SignedSheet,
)
from analysis_service.records.service import Expectations, Records
from analysis_service.wire import GatewayId, PatientName
from chevet.roles import Right

router = APIRouter(prefix="/api/v1", tags=["records"])
REFUSALS = declared(UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, INVALID, UNAVAILABLE)


def _records(request: Request) -> Records:
    records: Records = request.app.state.records
    return records


def _expectations(request: Request) -> Expectations:
    expectations: Expectations = request.app.state.expectations
    return expectations


def _relations(request: Request) -> Relations:
    relations: Relations = request.app.state.relations
    return relations


Kept = Annotated[Records, Depends(_records)]
Related = Annotated[Relations, Depends(_relations)]
Expected = Annotated[Expectations, Depends(_expectations)]


@router.post("/patients", status_code=201, responses=REFUSALS)
async def add_patient(who: DossierCreator, records: Kept, body: NewPatient) -> Patient:
    """A new dossier under a random pseudonym."""
    return await records.add_patient(body.name, who)


@router.get("/patients", responses=REFUSALS)
async def patients(who: DossierReader, records: Kept, relations: Related) -> list[Patient]:
    """The dossiers of those whom the caller cares for; a patient's own."""
    found = await records.named(await relations.patients(who, Right.READ_DOSSIERS))
    about(*(one.patient for one in found))
    return found


@router.get("/patients/{patient}/contacts", responses=REFUSALS)
async def contacts(who: DossierReaderFor, records: Kept, patient: PatientName) -> Contacts:
    """Whom to call about a patient, in order."""
    return Contacts(contacts=await records.contacts(patient))


@router.put("/patients/{patient}/contacts", responses=REFUSALS)
async def put_contacts(who: DossierWriterFor, records: Kept, patient: PatientName, body: Contacts) -> Contacts:
    """Replace whom to call. The gateway has it with its next poll."""
    await records.put_contacts(patient, body.contacts)
    return body


@router.post("/gateways/{gateway}/assignments", status_code=201, responses=REFUSALS)
async def assign(who: DossierWriter, records: Kept, gateway: GatewayId, body: NewAssignment) -> AssignmentView:
    """The gateway will stand with the patient. It begins some time after it is saved, and overlaps no other."""
    made = await records.assign(gateway, body.patient, body.from_ms, body.until_ms, who.subject)
    return AssignmentView.model_validate(made)


@router.get("/gateways/{gateway}/assignments", responses=REFUSALS)
async def assignments(who: DossierReader, records: Kept, gateway: GatewayId) -> list[AssignmentView]:
    """All assignments of a gateway, oldest first."""
    found = await records.assignments(gateway)
    about(*(one.patient for one in found))
    return [AssignmentView.model_validate(one) for one in found]


@router.post("/gateways/{gateway}/assignments/{id}/end", responses=REFUSALS)
async def end_assignment(
    who: DossierWriter, records: Kept, gateway: GatewayId, id: str, body: AssignmentEnd | None = None
) -> AssignmentView:
    """The assignment ends, some time after this is saved."""
    return AssignmentView.model_validate(await records.end_assignment(gateway, id, body.until_ms if body else None))


@router.get("/gateways/{gateway}/devices", responses=REFUSALS)
async def devices(who: DossierReader, expectations: Expected, gateway: GatewayId) -> Devices:
    """The gateway's known devices with the vitals expected of each: as set, and as learned from what arrived."""
    return Devices(devices=await expectations.devices(gateway))


@router.put("/gateways/{gateway}/devices", responses=REFUSALS)
async def put_devices(who: DossierWriter, expectations: Expected, gateway: GatewayId, body: Devices) -> Devices:
    """Set the vitals expected. What arrived once and is not named is expected no more."""
    await expectations.put_devices(gateway, body.devices)
    return Devices(devices=await expectations.devices(gateway))


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
