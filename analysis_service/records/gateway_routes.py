"""The addresses of a gateway's records: with whom it stands and what its devices ought to send.

No address here names a patient, so each asks itself what the caller is to whom it is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from analysis_service.access.service import Caller, DossierReader, DossierWriter, Relations
from analysis_service.asking import about
from analysis_service.editions import EDITED, Edition, mark
from analysis_service.fleet.service import Fleet
from analysis_service.problems import (
    CONFLICT,
    FORBIDDEN,
    INVALID,
    NOT_FOUND,
    UNAUTHORIZED,
    UNAVAILABLE,
    Problem,
    declared,
)
from analysis_service.records.schemas import (
    AssignmentEnd,
    AssignmentView,
    Devices,
    NewAssignment,
    NewDevices,
    UnassignedGateway,
)
from analysis_service.records.service import Assignment, Author, Expectations, Records
from analysis_service.wire import GatewayId, Name
from chevet.roles import Reach, Right, reaches

router = APIRouter(prefix="/api/v1/gateways", tags=["records"])
REFUSALS = declared(UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, INVALID, UNAVAILABLE)
CHANGES = REFUSALS | declared(*EDITED)


class Beside:
    """What a route of gateways asks, and of whom."""

    def __init__(self, request: Request) -> None:
        state = request.app.state
        self.records: Records = state.records
        self.relations: Relations = state.relations
        self.expectations: Expectations = state.expectations
        self.fleet: Fleet = state.fleet

    async def require(self, who: Caller, right: Right, gateway: str) -> None:
        """Raises Problem 403 unless `who` has `right` about the patient with whom the gateway stands, or next will.

        While it stands with nobody, whoever cares for patients may prepare it.
        """
        standing = await self.records.next_standing(gateway)
        if standing is None and Reach.CARE in reaches(who.roles, right):
            return
        if standing is not None:
            about(standing.patient)
            if await self.relations.hold(who, right, standing.patient):
                return
        raise Problem(
            FORBIDDEN,
            f"gateway: expected one beside a patient about whom you have the right to {right}, got another",
            field="gateway",
        )


Asked = Annotated[Beside, Depends(Beside)]


@router.get("/unassigned", responses=REFUSALS)
async def unassigned(who: DossierWriter, beside: Asked) -> list[UnassignedGateway]:
    """The gateways that were registered or heard of and stand with nobody, now or later: one of these to be given."""
    taken = await beside.records.taken()
    return [
        UnassignedGateway(gateway=one.gateway, online=one.online, offline_since=one.offline_since)
        for one in await beside.fleet.gateways()
        if one.gateway not in taken
    ]


@router.post("/{gateway}/assignments", status_code=201, responses=REFUSALS)
async def assign(
    who: DossierWriter, beside: Asked, gateway: GatewayId, body: NewAssignment, response: Response
) -> AssignmentView:
    """The gateway will stand with the patient. It begins some time after it is saved, and overlaps no other."""
    about(body.patient)
    await beside.relations.require(who, Right.CHANGE_DOSSIERS, body.patient)
    made, edition = await beside.records.assign(gateway, body.patient, (body.from_ms, body.until_ms), who)
    mark(response, edition)
    return _view(made, edition)


@router.get("/{gateway}/assignments", responses=REFUSALS)
async def assignments(who: DossierReader, beside: Asked, gateway: GatewayId) -> list[AssignmentView]:
    """The gateway's assignments, oldest first. Of others' patients, those who care see that it is taken meanwhile."""
    own = await beside.relations.patients(who, Right.READ_DOSSIERS)
    found = await beside.records.assignments(gateway)
    about(*(one.patient for one in found if one.patient in own))
    versions = await beside.records.versions(found)
    others = Reach.CARE in reaches(who.roles, Right.READ_DOSSIERS)
    return [_seen(one, own, versions) for one in found if others or one.patient in own]


@router.post("/{gateway}/assignments/{id}/end", responses=CHANGES)
async def end_assignment(
    who: DossierWriter,
    beside: Asked,
    gateway: GatewayId,
    id: Name,
    edition: Edition,
    response: Response,
    body: AssignmentEnd | None = None,
) -> AssignmentView:
    """The assignment ends, some time after this is saved."""
    standing = await beside.records.assignment(gateway, id)
    about(standing.patient)
    await beside.relations.require(who, Right.CHANGE_DOSSIERS, standing.patient)
    ended, saved = await beside.records.end_assignment(gateway, id, body.until_ms if body else None, edition, who)
    mark(response, saved)
    return _view(ended, saved)


@router.get("/{gateway}/devices", responses=REFUSALS)
async def devices(who: DossierReader, beside: Asked, gateway: GatewayId, response: Response) -> Devices:
    """The gateway's known devices with the vitals expected of each: as set, and as learned from what arrived."""
    await beside.require(who, Right.READ_DOSSIERS, gateway)
    found, edition = await beside.expectations.devices_edition(gateway)
    mark(response, edition)
    return Devices(devices=found)


@router.put("/{gateway}/devices", responses=CHANGES)
async def put_devices(
    who: DossierWriter, beside: Asked, gateway: GatewayId, edition: Edition, body: NewDevices, response: Response
) -> Devices:
    """Set the vitals expected. What arrived once and is not named is expected no more."""
    await beside.require(who, Right.CHANGE_DOSSIERS, gateway)
    by = Author(who.subject, who.name)
    mark(response, await beside.expectations.put_devices(gateway, body.devices, edition, by))
    return Devices(devices=await beside.expectations.devices(gateway))


def _seen(one: Assignment, own: frozenset[str], versions: Mapping[str, int]) -> AssignmentView:
    if one.patient in own:
        return _view(one, versions[one.id])
    return AssignmentView(
        id=None, gateway=one.gateway, patient=None, from_ms=one.from_ms, until_ms=one.until_ms, version=None
    )


def _view(one: Assignment, version: int) -> AssignmentView:
    return AssignmentView(
        id=one.id,
        gateway=one.gateway,
        patient=one.patient,
        from_ms=one.from_ms,
        until_ms=one.until_ms,
        version=version,
    )
