"""Who asks, and what they may do. A route names its right as the type of `who`; one without it is visibly public."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from analysis_service import asking
from analysis_service.access.doorkeeper import Doorkeeper as Doorkeeper
from analysis_service.access.doorkeeper import doorkeeper as doorkeeper
from analysis_service.access.relations import Relations as Relations
from analysis_service.access.relations import Within as Within
from analysis_service.access.sessions import NoSession
from analysis_service.access.signing_in import SigningIn as SigningIn
from analysis_service.access.signing_in import require_whole as require_whole
from analysis_service.access.signing_in import signing_in as signing_in
from analysis_service.access.tokens import Access as Access
from analysis_service.access.tokens import Caller as Caller
from analysis_service.access.tokens import refused
from analysis_service.problems import FORBIDDEN, UNAVAILABLE, Problem
from analysis_service.wire import PatientName
from chevet.roles import MACHINES, Right, may

_BEARER = HTTPBearer(auto_error=False, description="An RS256 token of the identity provider")


async def authenticated(
    request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]
) -> Caller:
    """Whoever holds the request's token, or signed in in the browser that sends it, if they ask not too often."""
    doorkeeper: Doorkeeper = request.app.state.doorkeeper
    with doorkeeper.minding(request, none=bearer is None and not request.cookies):
        caller = await _known(request, bearer)
    doorkeeper.require_leisure(caller)
    return caller


async def _known(request: Request, bearer: HTTPAuthorizationCredentials | None) -> Caller:
    """Whoever holds the request's token, or signed in in the browser that sends it."""
    signing: SigningIn | None = request.app.state.signing_in
    cookie = request.cookies.get(signing.browser.session) if signing and bearer is None else None
    if signing is None or cookie is None:
        return await _holder(request, bearer.credentials if bearer else "")
    signing.browser.require_ours(request, cookie)
    return await signing.sessions.caller(cookie)


async def _holder(request: Request, token: str) -> Caller:
    if not token:
        raise refused("expected «Bearer» and a token, got none")
    access: Access = request.app.state.access
    return await access.caller(token)


def related(request: Request) -> Relations:
    """Who is what to whom."""
    relations: Relations = request.app.state.relations
    return relations


def door(request: Request) -> Doorkeeper:
    """Who counts at the doors."""
    counting: Doorkeeper = request.app.state.doorkeeper
    return counting


def ways(request: Request) -> SigningIn:
    """How people sign in here. Raises Problem 503 where they do not."""
    signing: SigningIn | None = request.app.state.signing_in
    if signing is None:
        raise Problem(UNAVAILABLE, "sign-in: expected CHEVET_OIDC_ISSUER and those beside it to be set, they are not")
    return signing


async def person(caller: Annotated[Caller, Depends(authenticated)]) -> Caller:
    """Whoever signed in, with whatever role. Raises Problem 403 for a program."""
    asking.signed_in(caller.subject, caller.name, caller.roles)
    if not caller.roles - MACHINES:
        raise Problem(
            FORBIDDEN, "Authorization: expected a person with a role here, got a program or a person who has none yet"
        )
    return caller


async def signed_in(caller: Annotated[Caller, Depends(person)]) -> Caller:
    """Whoever asks from a browser in which they signed in. Raises Problem 401."""
    if caller.session is None:
        raise NoSession("a token is none", was=False)
    return caller


class HolderOf:
    """Lets in who holds a right: as a dependency, and for a route that resolves its parameters by itself."""

    def __init__(self, right: Right) -> None:
        self._right = right

    async def __call__(self, caller: Annotated[Caller, Depends(authenticated)]) -> Caller:
        """The caller. Raises Problem 403."""
        asking.asks(caller.subject, caller.name, caller.roles, self._right)
        if not may(caller.roles, self._right):
            raise Problem(
                FORBIDDEN, f"Authorization: expected the right to {self._right}, the token's roles have it not"
            )
        return caller

    async def of(self, request: Request) -> Caller:
        """Whoever holds the request's token. Raises Problem 401 or 403."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return await self(await _holder(request, token if scheme.lower() == "bearer" else ""))


class HolderFor(HolderOf):
    """Lets in who holds a right about the patient in the route's address, by what they are to this patient now."""

    async def __call__(  # type: ignore[override] # FastAPI reads what each asks for
        self, request: Request, patient: PatientName, caller: Annotated[Caller, Depends(authenticated)]
    ) -> Caller:
        """The caller. Raises Problem 403, and 404 where there is no such patient."""
        await super().__call__(caller)
        await related(request).require(caller, self._right, patient)
        return caller


Related = Annotated[Relations, Depends(related)]
Person = Annotated[Caller, Depends(person)]
SignedIn = Annotated[Caller, Depends(signed_in)]
SeriesWriter = Annotated[Caller, Depends(HolderOf(Right.WRITE_SERIES))]
AlertRaiser = Annotated[Caller, Depends(HolderOf(Right.RAISE_ALERTS))]
AlertReader = Annotated[Caller, Depends(HolderOf(Right.READ_ALERTS))]
TechnicalAlertReader = Annotated[Caller, Depends(HolderOf(Right.READ_TECHNICAL_ALERTS))]
AlertTeller = Annotated[Caller, Depends(HolderOf(Right.NOTIFY))]
AlertTaker = Annotated[Caller, Depends(HolderOf(Right.TAKE_ALERTS))]
AlertCounter = Annotated[Caller, Depends(HolderOf(Right.COUNT_ALERTS))]
SheetReader = Annotated[Caller, Depends(HolderOf(Right.READ_SHEET))]
DossierCreator = Annotated[Caller, Depends(HolderOf(Right.CREATE_DOSSIERS))]
DossierReader = Annotated[Caller, Depends(HolderOf(Right.READ_DOSSIERS))]
DossierWriter = Annotated[Caller, Depends(HolderOf(Right.CHANGE_DOSSIERS))]
GlassReviewer = Annotated[Caller, Depends(HolderOf(Right.REVIEW_BREAK_GLASS))]
GlassBreaker = Annotated[Caller, Depends(HolderOf(Right.BREAK_GLASS))]
TeamReader = Annotated[Caller, Depends(HolderOf(Right.READ_TEAMS))]
TeamChanger = Annotated[Caller, Depends(HolderOf(Right.CHANGE_TEAMS))]
FleetManager = Annotated[Caller, Depends(HolderOf(Right.MANAGE_FLEET))]
FleetReader = Annotated[Caller, Depends(HolderOf(Right.READ_FLEET))]
HeartbeatSender = Annotated[Caller, Depends(HolderOf(Right.SEND_HEARTBEATS))]
TargetReader = Annotated[Caller, Depends(HolderOf(Right.READ_TARGETS))]
Scraper = Annotated[Caller, Depends(HolderOf(Right.SCRAPE))]
QuarantineManager = Annotated[Caller, Depends(HolderOf(Right.MANAGE_QUARANTINE))]
SeriesReader = Annotated[Caller, Depends(HolderOf(Right.QUERY_SERIES))]
AuditVerifier = Annotated[Caller, Depends(HolderOf(Right.VERIFY_AUDIT))]

# Of those who follow, each is about the patient whom the route's address names.
DossierReaderFor = Annotated[Caller, Depends(HolderFor(Right.READ_DOSSIERS))]
DossierWriterFor = Annotated[Caller, Depends(HolderFor(Right.CHANGE_DOSSIERS))]
VitalsReaderFor = Annotated[Caller, Depends(HolderFor(Right.READ_VITALS))]
StateReaderFor = Annotated[Caller, Depends(HolderFor(Right.READ_STATE))]
PlainAlertReaderFor = Annotated[Caller, Depends(HolderFor(Right.READ_PLAIN_ALERTS))]
ReportReaderFor = Annotated[Caller, Depends(HolderFor(Right.READ_REPORTS))]
ReportWriterFor = Annotated[Caller, Depends(HolderFor(Right.WRITE_REPORTS))]
ReportReleaserFor = Annotated[Caller, Depends(HolderFor(Right.RELEASE_REPORTS))]
FeelingsReaderFor = Annotated[Caller, Depends(HolderFor(Right.READ_FEELINGS))]
FeelingsWriterFor = Annotated[Caller, Depends(HolderFor(Right.WRITE_FEELINGS))]
FeelingsMarkerFor = Annotated[Caller, Depends(HolderFor(Right.MARK_FEELINGS))]
MeasurementReaderFor = Annotated[Caller, Depends(HolderFor(Right.READ_MEASUREMENTS))]
MeasurementWriterFor = Annotated[Caller, Depends(HolderFor(Right.ENTER_MEASUREMENTS))]
ObservationReaderFor = Annotated[Caller, Depends(HolderFor(Right.READ_OBSERVATIONS))]
ObservationWriterFor = Annotated[Caller, Depends(HolderFor(Right.ENTER_OBSERVATIONS))]
LimitReaderFor = Annotated[Caller, Depends(HolderFor(Right.READ_LIMITS))]
LimitProposerFor = Annotated[Caller, Depends(HolderFor(Right.PROPOSE_LIMITS))]
LimitSignerFor = Annotated[Caller, Depends(HolderFor(Right.SIGN_LIMITS))]
ConsentReaderFor = Annotated[Caller, Depends(HolderFor(Right.READ_CONSENT))]
ConsentGiverFor = Annotated[Caller, Depends(HolderFor(Right.GIVE_CONSENT))]
PatientInviterFor = Annotated[Caller, Depends(HolderFor(Right.INVITE_PATIENTS))]
OwnAuditReaderFor = Annotated[Caller, Depends(HolderFor(Right.READ_OWN_AUDIT))]
ExporterFor = Annotated[Caller, Depends(HolderFor(Right.EXPORT_OWN))]
GlassReviewerFor = Annotated[Caller, Depends(HolderFor(Right.REVIEW_BREAK_GLASS))]
