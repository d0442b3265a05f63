"""The addresses of alerts. A gateway registers and sees its own, and is told no pseudonym."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from analysis_service.access.service import AlertRaiser, AlertReader, AlertTaker, Related, TechnicalAlertReader
from analysis_service.alerts.schemas import AlertBody, AlertDetail, AlertView
from analysis_service.alerts.service import Alerts
from analysis_service.alerts.views import without_patient
from analysis_service.asking import about
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
from analysis_service.wire import Name
from chevet.errors import BadAlert
from chevet.roles import Right
from chevet.severities import Kind

router = APIRouter(prefix="/api/v1/alerts", tags=["alerts"])
REFUSALS = declared(UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, INVALID, UNAVAILABLE)


def _alerts(request: Request) -> Alerts:
    alerts: Alerts = request.app.state.alerts
    return alerts


Register = Annotated[Alerts, Depends(_alerts)]


@router.post("", status_code=200, responses={**REFUSALS, 201: {"model": AlertView, "description": "Registered"}})
async def register(who: AlertRaiser, alerts: Register, body: AlertBody, response: Response) -> AlertView:
    """Register an alert, or amend the one with its id: what is new is kept, nothing is lost, nothing is doubled."""
    who.require_gateway(body.gateway)
    try:
        registered = await alerts.register(body.alert())
    except BadAlert as refusal:
        raise Problem(INVALID, str(refusal), field=refusal.field) from None
    response.status_code = 201 if registered.new else 200
    return registered.alert


@router.get("", responses=REFUSALS)
async def listed(
    who: AlertReader,
    alerts: Register,
    relations: Related,
    open: bool = False,
    gateway: Name | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[AlertView]:
    """Alerts about the patients in the caller's care and the gateways beside them, newest first; a gateway's own.

    `open` leaves out those that have cleared.
    """
    if gateway is not None:
        who.require_gateway(gateway)
    if who.gateway is not None:
        return await alerts.raised_by(who.gateway, open, limit)
    found = await alerts.listed(await relations.within(who, Right.READ_ALERTS), gateway, open, limit)
    about(*(one.patient for one in found))
    return found


@router.get("/technical", responses=REFUSALS)
async def technical(
    who: TechnicalAlertReader,
    alerts: Register,
    relations: Related,
    open: bool = False,
    gateway: Name | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[AlertView]:
    """Technical alerts, newest first: what is wrong with signals and gateways.

    To those who care, about their own; to an SRE about all, with no word about whose they are.
    """
    own = await relations.within(who, Right.READ_TECHNICAL_ALERTS)
    found = await alerts.listed(own, gateway, open, limit, Kind.TECHNICAL)
    if own is None:
        return [without_patient(alert) for alert in found]
    about(*(one.patient for one in found))
    return found


@router.get("/{id}", responses=REFUSALS)
async def detail(who: AlertReader, alerts: Register, relations: Related, id: UUID) -> AlertDetail:
    """One alert, and who changed what and when. A gateway asks for what it raised, by the id that it minted."""
    if who.gateway is not None:
        return await alerts.detail_for(who.gateway, str(id))
    return await alerts.detail(str(id), await relations.within(who, Right.READ_ALERTS))


@router.post("/{id}/take", responses=REFUSALS)
async def take(who: AlertTaker, alerts: Register, relations: Related, id: UUID) -> AlertView:
    """The caller looks after it; the gateway calls nobody further."""
    return await alerts.take(str(id), who.name, await relations.within(who, Right.TAKE_ALERTS))
