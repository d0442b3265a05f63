"""The addresses of prescribed limits: nurses and doctors propose, doctors sign, the patient may read their own."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from analysis_service.access.service import LimitProposerFor, LimitReaderFor, LimitSignerFor
from analysis_service.editions import EDITED, Edition, mark
from analysis_service.limits.schemas import Because, LimitBody, LimitDetail, LimitsView, LimitView
from analysis_service.limits.service import Limits
from analysis_service.problems import CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, UNAUTHORIZED, UNAVAILABLE, declared
from analysis_service.wire import Name, PatientName

router = APIRouter(prefix="/api/v1/patients/{patient}/limits", tags=["limits"])
REFUSALS = declared(UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, INVALID, UNAVAILABLE)
CHANGED = REFUSALS | declared(*EDITED)


def _limits(request: Request) -> Limits:
    limits: Limits = request.app.state.limits
    return limits


Kept = Annotated[Limits, Depends(_limits)]


def _marked(response: Response, view: LimitView) -> LimitView:
    mark(response, view.version)
    return view


@router.post("", status_code=201, responses=REFUSALS)
async def propose(
    who: LimitProposerFor, limits: Kept, patient: PatientName, body: LimitBody, response: Response
) -> LimitView:
    """Propose a limit. It holds for nobody until a doctor has signed it."""
    return _marked(response, await limits.propose(patient, body, who))


@router.get("", responses=REFUSALS)
async def listed(who: LimitReaderFor, limits: Kept, patient: PatientName) -> LimitsView:
    """What is prescribed: in force, to come, proposed, and what was."""
    return await limits.listed(patient)


@router.get("/{id}", responses=REFUSALS)
async def detail(who: LimitReaderFor, limits: Kept, patient: PatientName, id: Name, response: Response) -> LimitDetail:
    """One of them, and who did what with it, when and why."""
    found = await limits.detail(patient, id)
    mark(response, found.version)
    return found


@router.put("/{id}", responses=CHANGED)
async def change(
    who: LimitProposerFor,
    limits: Kept,
    patient: PatientName,
    id: Name,
    edition: Edition,
    body: LimitBody,
    response: Response,
) -> LimitView:
    """Another content for a proposal."""
    return _marked(response, await limits.change(patient, id, edition, body, who))


@router.post("/{id}/sign", responses=CHANGED)
async def sign(
    who: LimitSignerFor, limits: Kept, patient: PatientName, id: Name, edition: Edition, response: Response
) -> LimitView:
    """It holds from its beginning, or from now. The gateway has it with its next poll."""
    return _marked(response, await limits.sign(patient, id, edition, who))


@router.post("/{id}/reject", responses=CHANGED)
async def reject(
    who: LimitProposerFor,
    limits: Kept,
    patient: PatientName,
    id: Name,
    edition: Edition,
    body: Because,
    response: Response,
) -> LimitView:
    """The proposal will not be signed: of a doctor, or of whoever proposed it."""
    return _marked(response, await limits.reject(patient, id, edition, body.reason, who))


@router.post("/{id}/end", responses=CHANGED)
async def end(
    who: LimitSignerFor,
    limits: Kept,
    patient: PatientName,
    id: Name,
    edition: Edition,
    body: Because,
    response: Response,
) -> LimitView:
    """It holds no more, from now on, and the catalogue's limit does."""
    return _marked(response, await limits.end(patient, id, edition, body.reason, who))
