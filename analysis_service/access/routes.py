"""Signing in and out, and the sessions that come of it."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from analysis_service.access.browser import SIGN_IN_SECONDS, csrf, require_way_here
from analysis_service.access.schemas import CurrentSession, Onward, SessionView
from analysis_service.access.service import Doorkeeper, Person, SignedIn, door, person, ways
from analysis_service.access.sessions import ELSEWHERE
from analysis_service.access.signing_in import SigningIn
from analysis_service.problems import (
    FORBIDDEN,
    INVALID,
    NOT_FOUND,
    UNAUTHORIZED,
    UNAVAILABLE,
    Problem,
    declared,
)

router = APIRouter(tags=["access"])
REFUSALS = declared(UNAUTHORIZED, FORBIDDEN, NOT_FOUND, INVALID, UNAVAILABLE)
REDIRECTS: dict[int | str, dict[str, Any]] = {303: {"description": "The browser goes on", "content": {}}}
MOST_LOGOUT = 20_000
_FORM = {
    "application/x-www-form-urlencoded": {
        "schema": {"type": "object", "properties": {"logout_token": {"type": "string"}}}
    }
}

Ways = Annotated[SigningIn, Depends(ways)]
Door = Annotated[Doorkeeper, Depends(door)]
Said = Annotated[str, Query(max_length=4000)]


@router.get(
    "/sign-in", status_code=303, response_class=RedirectResponse, responses=REDIRECTS | declared(INVALID, UNAVAILABLE)
)
async def sign_in(request: Request, signing: Ways, door: Door, next: Said = "/") -> Response:
    """Goes to the identity provider; after it has said who one is, to `next`."""
    door.require_stranger(request)
    url, cookie = await signing.begin(require_way_here(next))
    answer = RedirectResponse(url, 303)
    signing.browser.give(answer, signing.browser.sign_in, cookie, SIGN_IN_SECONDS)
    return answer


@router.get("/sign-in/callback", status_code=303, response_class=RedirectResponse, responses=REDIRECTS | REFUSALS)
async def come_back(
    request: Request, signing: Ways, door: Door, state: Said = "", code: Said = "", error: Said = ""
) -> Response:
    """Where the identity provider sends a browser back to."""
    door.require_good(request)
    if error:
        raise Problem(FORBIDDEN, "sign-in: expected a code of the identity provider, which refuses it", field="error")
    browser, agent = signing.browser, request.headers.get("User-Agent", "")
    with door.minding(request, INVALID):
        cookie, then, caller = await signing.finish(request.cookies.get(browser.sign_in, ""), state, code, agent)
    await person(caller)
    before = request.cookies.get(browser.session)
    if before:
        await signing.sessions.forget(before)
    answer = RedirectResponse(then, 303)
    browser.give(answer, browser.session, cookie, signing.sessions.limits.whole // 1000)
    browser.take(answer, browser.sign_in)
    return answer


@router.post(
    "/sign-in/back-channel",
    responses=declared(FORBIDDEN, INVALID, UNAVAILABLE),
    openapi_extra={"requestBody": {"content": _FORM, "required": True}},
)
async def told_by_provider(request: Request, signing: Ways, door: Door) -> None:
    """By which the identity provider tells that a session has ended there (OpenID Connect Back-Channel Logout)."""
    door.require_good(request)
    form = parse_qs((await request.body())[:MOST_LOGOUT].decode("ascii", "replace"))
    token = form.get("logout_token", [""])[0]
    if not token:
        raise Problem(INVALID, "logout_token: expected one, got none", field="logout_token")
    with door.minding(request, FORBIDDEN):
        await signing.ended_at_provider(token)


@router.post("/sign-out", responses=REFUSALS)
async def sign_out(who: SignedIn, signing: Ways, response: Response) -> Onward:
    """Ends the session of this browser."""
    then = await signing.end(who)
    signing.browser.take(response, signing.browser.session)
    return Onward(next=then)


@router.get("/api/v1/session", responses=REFUSALS)
async def session(who: SignedIn, signing: Ways, request: Request) -> CurrentSession:
    """The session of this browser."""
    row = await signing.sessions.row(who.session or "")
    if row is None:
        raise Problem(NOT_FOUND, "session: expected one that is kept, got another", field="session")
    limits = signing.sessions.limits
    return CurrentSession(
        id=row.id,
        subject=who.subject,
        name=who.name,
        roles=sorted(who.roles),
        csrf=csrf(request.cookies[signing.browser.session]),
        idle_ms=limits.idle,
        ends_ms=row.created_ms + limits.whole,
    )


@router.get("/api/v1/sessions", responses=REFUSALS)
async def sessions(who: Person, signing: Ways) -> list[SessionView]:
    """Everywhere that one is signed in."""
    return [
        SessionView(
            id=row.id,
            current=row.id == who.session,
            agent=row.agent,
            created_ms=row.created_ms,
            seen_ms=row.seen_ms,
        )
        for row in await signing.sessions.of(who.subject)
    ]


@router.post("/api/v1/sessions/{session}/end", status_code=204, responses=REFUSALS)
async def end_session(
    who: Person, signing: Ways, session: Annotated[str, Path(max_length=64, pattern=r"^[0-9a-f-]+$")]
) -> None:
    """Ends one of one's own sessions: its next request is refused."""
    if await signing.sessions.end(session, who.subject, ELSEWHERE) is None:
        raise Problem(NOT_FOUND, "session: expected one of yours that has not ended, got another", field="session")
