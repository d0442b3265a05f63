"""The addresses of care teams: read by those who care for patients, changed by doctors who are of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from analysis_service.access.service import DossierReaderFor, Related, TeamChanger, TeamReader, Within
from analysis_service.care.schemas import (
    CareBody,
    CarerView,
    CareView,
    End,
    MemberBody,
    MemberView,
    SaidView,
    TeamBody,
    TeamView,
)
from analysis_service.care.service import HandingOver, Members, Teams
from analysis_service.editions import EDITED, Edition, mark
from analysis_service.problems import CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, UNAUTHORIZED, UNAVAILABLE, declared
from analysis_service.wire import Name, PatientName
from chevet.roles import Right

router = APIRouter(prefix="/api/v1", tags=["care"])
REFUSALS = declared(UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, INVALID, UNAVAILABLE)
REFUSALS_EDITED = {**REFUSALS, **declared(*EDITED)}


def _teams(request: Request) -> Teams:
    teams: Teams = request.app.state.teams
    return teams


def _members(request: Request) -> Members:
    members: Members = request.app.state.members
    return members


def _handing_over(request: Request) -> HandingOver:
    handing_over: HandingOver = request.app.state.handing_over
    return handing_over


async def _own(who: TeamReader, relations: Related) -> Within:
    """Of the patients of a team the reader is told about their own alone."""
    within = await relations.within(who, Right.READ_DOSSIERS)
    assert within is not None  # noqa: S101 - nobody has this right about everybody, and a test of the table says so
    return within


AllTeams = Annotated[Teams, Depends(_teams)]
Of = Annotated[Members, Depends(_members)]
LookedAfter = Annotated[HandingOver, Depends(_handing_over)]
Own = Annotated[Within, Depends(_own)]


@router.get("/teams", responses=REFUSALS)
async def teams(who: TeamReader, kept: AllTeams, ended: bool = False) -> list[TeamView]:
    """All care teams, by name; `ended` adds those that are no more."""
    return [TeamView.model_validate(one) for one in await kept.listed(ended)]


@router.post("/teams", status_code=201, responses=REFUSALS)
async def add_team(who: TeamChanger, kept: AllTeams, body: TeamBody, response: Response) -> TeamView:
    """A new team, of which the caller is the first. Its ward is one of the caller's, or one that nobody is of."""
    return _marked(TeamView.model_validate(await kept.add(who, body)), response)


@router.get("/teams/{team}", responses=REFUSALS)
async def team(who: TeamReader, kept: AllTeams, team: Name, response: Response) -> TeamView:
    """One team."""
    return _marked(TeamView.model_validate(await kept.one(team)), response)


@router.put("/teams/{team}", responses=REFUSALS_EDITED)
async def change_team(
    who: TeamChanger, kept: AllTeams, team: Name, edition: Edition, body: TeamBody, response: Response
) -> TeamView:
    """Call a team otherwise, or make it of another ward: for a doctor who is of it."""
    return _marked(TeamView.model_validate(await kept.change(who, team, edition, body)), response)


@router.post("/teams/{team}/end", responses=REFUSALS_EDITED)
async def end_team(who: TeamChanger, kept: AllTeams, team: Name, edition: Edition, response: Response) -> TeamView:
    """End a team that looks after nobody, for a doctor who is of it. Nobody is of it afterwards."""
    return _marked(TeamView.model_validate(await kept.end(who, team, edition)), response)


@router.get("/teams/{team}/editions", responses=REFUSALS)
async def team_editions(who: TeamReader, kept: AllTeams, team: Name) -> list[SaidView]:
    """What it was called and of which ward it was, the oldest first."""
    return [SaidView.model_validate(one) for one in await kept.history(team)]


@router.get("/teams/{team}/members", responses=REFUSALS)
async def members(who: TeamReader, kept: Of, team: Name) -> list[MemberView]:
    """Who is of a team, and who was."""
    return [MemberView.model_validate(one) for one in await kept.listed(team)]


@router.post("/teams/{team}/members", status_code=201, responses=REFUSALS)
async def add_member(who: TeamChanger, kept: Of, team: Name, body: MemberBody) -> MemberView:
    """Somebody joins a team, for a doctor who is of it: from their next request on they see its patients."""
    return MemberView.model_validate(await kept.add(who, team, body))


@router.post("/teams/{team}/members/{id}/end", responses=REFUSALS)
async def end_member(who: TeamChanger, kept: Of, team: Name, id: Name, body: End | None = None) -> MemberView:
    """Somebody leaves a team, for a doctor who is of it: from their next request on they see its patients no more."""
    return MemberView.model_validate(await kept.end(who, team, id, body.until_ms if body else None))


@router.get("/teams/{team}/patients", responses=REFUSALS)
async def patients(who: TeamReader, own: Own, kept: LookedAfter, team: Name) -> list[CareView]:
    """Whom a team looks after, and looked after: of them those whom the caller cares for."""
    return await kept.patients_of(team, own)


@router.post("/teams/{team}/patients", status_code=201, responses=REFUSALS)
async def hand_over(who: TeamChanger, relations: Related, kept: LookedAfter, team: Name, body: CareBody) -> CareView:
    """A team looks after a patient too: for a doctor of a team that does already."""
    await relations.require(who, Right.CHANGE_DOSSIERS, body.patient)
    return await kept.add(who, team, body)


@router.post("/teams/{team}/patients/{id}/end", responses=REFUSALS)
async def end_care(who: TeamChanger, kept: LookedAfter, team: Name, id: Name, body: End | None = None) -> CareView:
    """A team looks after a patient no more, where another goes on: for a doctor of a team that does."""
    return await kept.end(who, team, id, body.until_ms if body else None)


@router.get("/patients/{patient}/teams", responses=REFUSALS)
async def teams_of(who: DossierReaderFor, kept: LookedAfter, patient: PatientName) -> list[CarerView]:
    """The teams that look after a patient, and that did: for them, and for the patient."""
    return await kept.teams_of(patient)


def _marked(view: TeamView, response: Response) -> TeamView:
    mark(response, view.version)
    return view
