"""The addresses at which a gateway is enrolled and revoked. To enrol is open to all: a box has nothing but its code."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from analysis_service.access.service import FleetManager
from analysis_service.fleet.schemas import ClaimCode, ClaimCodeView, CredentialsView, EnrolmentBody, GatewayView
from analysis_service.fleet.service import Enrolments, Fleet
from analysis_service.problems import FORBIDDEN, GONE, INVALID, NOT_FOUND, TOO_MANY, UNAUTHORIZED, UNAVAILABLE, declared
from analysis_service.wire import GatewayId

router = APIRouter(prefix="/api/v1", tags=["fleet"])
REFUSALS = declared(UNAUTHORIZED, FORBIDDEN, NOT_FOUND, INVALID, UNAVAILABLE)
ENROLMENT = declared(NOT_FOUND, GONE, INVALID, TOO_MANY, UNAVAILABLE)


def _enrolments(request: Request) -> Enrolments:
    enrolments: Enrolments = request.app.state.enrolments
    return enrolments


def _fleet(request: Request) -> Fleet:
    fleet: Fleet = request.app.state.fleet
    return fleet


Enrolling = Annotated[Enrolments, Depends(_enrolments)]


@router.post("/gateways/{gateway}/claim-codes", status_code=201, responses=REFUSALS)
async def hand_out_claim_code(who: FleetManager, enrolments: Enrolling, gateway: GatewayId) -> ClaimCode:
    """A code for the installer of this gateway: good once, for a quarter of an hour, and told here alone."""
    return await enrolments.hand_out(gateway, who)


@router.get("/gateways/{gateway}/claim-codes", responses=REFUSALS)
async def claim_codes(who: FleetManager, enrolments: Enrolling, gateway: GatewayId) -> list[ClaimCodeView]:
    """When codes were handed out, by whom, and what became of them; the codes themselves nobody knows."""
    return await enrolments.handed_out(gateway)


@router.post("/enrolments", status_code=201, responses=ENROLMENT)
async def enrol(request: Request, enrolments: Enrolling, body: EnrolmentBody) -> CredentialsView:
    """What a claim code is good for: the credentials of its gateway, once. Those before are good no more."""
    address = request.client.host if request.client else ""
    credentials = await enrolments.enrol(body.code, address)
    return CredentialsView.model_validate(credentials, from_attributes=True)


@router.post("/gateways/{gateway}/revocation", responses=REFUSALS)
async def revoke(
    who: FleetManager, enrolments: Enrolling, fleet: Annotated[Fleet, Depends(_fleet)], gateway: GatewayId
) -> GatewayView:
    """The gateway gets no token any more, until it is enrolled anew."""
    await enrolments.revoke(gateway, who)
    return await fleet.gateway(gateway)
