"""The addresses of the fleet, and Prometheus's http_sd."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from analysis_service.access.service import FleetManager, FleetReader, HeartbeatSender, Related, TargetReader
from analysis_service.asking import about
from analysis_service.fleet.schemas import GatewayBody, GatewayView, HeartbeatBody, TargetGroup
from analysis_service.fleet.service import Fleet
from analysis_service.problems import CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, UNAUTHORIZED, UNAVAILABLE, declared
from analysis_service.wire import GatewayId
from chevet.roles import Right

router = APIRouter(prefix="/api/v1", tags=["fleet"])
REFUSALS = declared(UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, INVALID, UNAVAILABLE)


def _fleet(request: Request) -> Fleet:
    fleet: Fleet = request.app.state.fleet
    return fleet


Gateways = Annotated[Fleet, Depends(_fleet)]


@router.put("/gateways/{gateway}", responses=REFUSALS)
async def put_gateway(who: FleetManager, fleet: Gateways, gateway: GatewayId, body: GatewayBody) -> GatewayView:
    """Register a gateway, or change how its series come."""
    return await fleet.put(gateway, body)


@router.get("/gateways", responses=REFUSALS)
async def gateways(who: FleetReader, fleet: Gateways, relations: Related) -> list[GatewayView]:
    """All gateways; for those who care, the ones beside their patients; a gateway that asks sees itself."""
    return await fleet.gateways(who.gateway, await relations.within(who, Right.READ_FLEET))


@router.get("/gateways/{gateway}", responses=REFUSALS)
async def gateway(who: FleetReader, fleet: Gateways, relations: Related, gateway: GatewayId) -> GatewayView:
    """One gateway; for those who care, one beside a patient of theirs; a gateway that asks may ask about itself."""
    who.require_gateway(gateway)
    return await fleet.gateway(gateway, await relations.within(who, Right.READ_FLEET))


@router.post("/gateways/{gateway}/heartbeat", status_code=204, responses=REFUSALS)
async def heartbeat(who: HeartbeatSender, fleet: Gateways, gateway: GatewayId, body: HeartbeatBody) -> None:
    """Say how a gateway is, each minute. The newest is kept, with the service's own time."""
    who.require_gateway(gateway)
    await fleet.beat(gateway, body)


@router.get("/http_sd", responses=REFUSALS)
async def targets(who: TargetReader, fleet: Gateways) -> list[TargetGroup]:
    """What Prometheus scrapes now, each with the patient whose values it shows."""
    found = await fleet.targets()
    about(*(one.labels.get("patient") for one in found))
    return found
