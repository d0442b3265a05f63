"""The address at which Alertmanager tells, and the list of what could not be kept, for those who make the rules."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from analysis_service.access.service import AlertTeller, QuarantineManager
from analysis_service.alerts.alertmanager import Alertmanager
from analysis_service.alerts.webhook import RefusedAlert, RefusedPlace, WebhookAnswer, WebhookBody
from analysis_service.problems import FORBIDDEN, INVALID, TOO_LARGE, UNAUTHORIZED, UNAVAILABLE, declared

router = APIRouter(prefix="/api/v1/alertmanager", tags=["alerts"])
REFUSALS = declared(UNAUTHORIZED, FORBIDDEN, UNAVAILABLE)


def _alertmanager(request: Request) -> Alertmanager:
    alertmanager: Alertmanager = request.app.state.alertmanager
    return alertmanager


Teller = Annotated[Alertmanager, Depends(_alertmanager)]


@router.post("", responses={**REFUSALS, **declared(INVALID, TOO_LARGE)})
async def tell(who: AlertTeller, alertmanager: Teller, body: WebhookBody) -> WebhookAnswer:
    """A batch of Alertmanager's webhook, version 4. Each alert stands by itself: what can be kept is kept, once.

    What cannot is set aside with its reason, and the answer is 200 all the same: Alertmanager would send the batch
    again for a 5xx, and forget all of it for a 4xx.
    """
    kept, watchdogs, refused = await alertmanager.tell(body)
    places = tuple(RefusedPlace(field=one.path, detail=f"{one.path}: {one.reason}") for one in refused)
    return WebhookAnswer(kept=kept, watchdogs=watchdogs, refused=places)


@router.get("/refused", responses=REFUSALS)
async def refused(who: QuarantineManager, alertmanager: Teller) -> list[RefusedAlert]:
    """What was set aside, the newest first, and how often."""
    return await alertmanager.refused()
