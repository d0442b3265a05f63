"""How every answer leaves: marked as the service's own, and as problem+json where it is a refusal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import sqlalchemy.exc
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from analysis_service import traces
from analysis_service.engines import is_our_mistake
from analysis_service.headers import Headers, with_those_that_lack
from analysis_service.problems import (
    BY_STATUS,
    INTERNAL,
    INVALID,
    MEDIA_TYPE,
    RETRY_AFTER_SECONDS,
    TOO_LARGE,
    UNAVAILABLE,
    Problem,
    ProblemKind,
    body_of,
)

MARK = "X-Chevet"
_MARKED = (MARK.lower().encode(), b"1")
BATCH = "X-Chevet-Batch"
MAX_BATCH_NAME = 128
DRAINED_BYTES = 64 * 2**20
UNREAD = 400
"""What FastAPI says of a body that it cannot read at all; of one that it can, a field is wrong and it says 422."""

log = structlog.get_logger()


class Marked:
    """Marks every answer, so that a gateway can tell it from a proxy's, and tells browsers what to do."""

    def __init__(self, app: ASGIApp, headers: Headers) -> None:
        self.app = app
        self.headers = (_MARKED, *headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; put the headers on the answer's head."""

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = with_those_that_lack(message.get("headers", []), self.headers)
            await send(message)

        await self.app(scope, receive, marked)


class Bounded:
    """Refuses a body above `limit` bytes before anything reads it whole."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting what comes."""
        came = 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > self.limit:
                await _drain(receive, message, came)
                raise Problem(TOO_LARGE, f"body: expected at most {self.limit} bytes, got more", field="body")
            return message

        await self.app(scope, counted, send)


async def _drain(receive: Receive, message: Message, came: int) -> None:
    """Read on and forget: a client that is still sending would never see the answer, only a broken connection."""
    while message.get("more_body") and came < DRAINED_BYTES:
        message = await receive()
        came += len(message.get("body", b""))


def answer(request: Request, kind: ProblemKind, detail: str, field: str | None = None) -> JSONResponse:
    """The problem+json answer, with the request's batch echoed."""
    batch = request.headers.get(BATCH)
    body = body_of(kind, detail, field, batch[:MAX_BATCH_NAME] if batch else None)
    return JSONResponse(body.model_dump(), kind.status, traces.header(), media_type=MEDIA_TYPE)


async def _of_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - what this handler is registered for
    if error.status_code == UNREAD and not isinstance(error, Problem):
        return answer(request, INVALID, "body: expected JSON in UTF-8, got what cannot be read as such", "body")
    kind = getattr(error, "kind", None) or BY_STATUS.get(error.status_code, INTERNAL)
    response = answer(request, kind, str(error.detail), getattr(error, "field", None))
    response.headers.update(error.headers or {})
    return response


async def _of_validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what this handler is registered for
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"] if part != "body") or "body"
    message = str(first["msg"]).removeprefix("Value error, ")
    return answer(request, INVALID, f"{field}: {message[0].lower()}{message[1:]}", field)


async def _of_database(request: Request, error: Exception) -> JSONResponse:
    if is_our_mistake(error):
        raise error
    log.error("the database refuses", path=request.url.path, error=str(getattr(error, "orig", error)))
    response = answer(
        request, UNAVAILABLE, "database: expected it to answer, got an error; nothing was kept; ask again"
    )
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


OF: tuple[tuple[type[Exception], Callable[[Request, Exception], Awaitable[JSONResponse]]], ...] = (
    (HTTPException, _of_problem),
    (RequestValidationError, _of_validation),
    (DBAPIError, _of_database),
    (sqlalchemy.exc.TimeoutError, _of_database),
)
"""What becomes of an error that is a refusal."""


async def refusal(request: Request, error: Exception) -> JSONResponse:
    """The answer for `error`. One that is no refusal is raised again."""
    for kind, of in OF:
        if isinstance(error, kind):
            return await of(request, error)
    raise error


async def _of_anything(request: Request, error: Exception) -> JSONResponse:
    response = answer(request, INTERNAL, f"the service failed with {type(error).__name__}; the log says more")
    # Written outside the middleware that marks the others.
    response.raw_headers = with_those_that_lack(response.raw_headers, (_MARKED, *request.app.state.headers))
    return response


def install(app: FastAPI, limit: int, headers: Headers) -> None:
    """Give `app` its marks, its bounds and its refusals. `headers` are those of every answer."""
    app.state.headers = headers
    for kind, of in OF:
        app.add_exception_handler(kind, of)
    app.add_exception_handler(Exception, _of_anything)
    app.add_middleware(Bounded, limit=limit)
    app.add_middleware(Marked, headers=headers)
