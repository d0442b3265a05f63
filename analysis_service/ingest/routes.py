"""The addresses of ingest: remote write for gateways, the quarantine for SREs."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, get_type_hints

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from analysis_service.access.service import HolderOf, QuarantineManager, SeriesWriter
from analysis_service.answers import BATCH, MAX_BATCH_NAME
from analysis_service.ingest.schemas import Quarantined, Replay
from analysis_service.ingest.service import Ingest
from analysis_service.problems import (
    BAD_BATCH,
    CONFLICT,
    FORBIDDEN,
    INVALID,
    NOT_FOUND,
    TOO_LARGE,
    UNAUTHORIZED,
    UNAVAILABLE,
    Problem,
    declared,
)
from analysis_service.wire import Name

router = APIRouter(prefix="/api/v1", tags=["ingest"])
QUARANTINED = "X-Chevet-Quarantined"


def _ingest(request: Request) -> Ingest:
    ingest: Ingest = request.app.state.ingest
    return ingest


Guard = Annotated[Ingest, Depends(_ingest)]

_REMOTE_WRITE_BODY = {
    "requestBody": {
        "required": True,
        "description": "A prometheus.WriteRequest of remote write 1.0, packed with snappy",
        "content": {"application/x-protobuf": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class WriteRoute(APIRoute):
    """The route of every sample. It is declared as all are, and takes the parameters of its signature by hand.

    Resolved in general they cost more than looking at 500 samples does. Who may write still stands in the signature
    alone: it is read from there.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request."""
        (holder,) = get_type_hints(self.endpoint, include_extras=True)["who"].__metadata__
        who: HolderOf = holder.dependency

        async def handle(request: Request) -> Response:
            caller = await who.of(request)
            headers = request.headers
            batch = headers.get(BATCH)
            if batch is not None and len(batch) > MAX_BATCH_NAME:
                raise Problem(INVALID, f"{BATCH}: expected at most {MAX_BATCH_NAME} characters", field=BATCH)
            answer = await self.endpoint(caller, request, _ingest(request), batch, headers.get("Content-Encoding"))
            assert isinstance(answer, Response)  # noqa: S101 - as the endpoint says
            return answer

        return handle


async def write(
    who: SeriesWriter,
    request: Request,
    ingest: Guard,
    x_chevet_batch: Annotated[str | None, Header(max_length=MAX_BATCH_NAME)] = None,
    content_encoding: Annotated[str | None, Header()] = None,
) -> Response:
    """Take a gateway's series. What cannot go on is set aside and counted, and need not be sent again."""
    if content_encoding != "snappy":
        raise Problem(
            BAD_BATCH, f"Content-Encoding: expected snappy, got {content_encoding!r}", field="Content-Encoding"
        )
    if who.gateway is None:
        raise Problem(
            FORBIDDEN, "gateway: expected a token that speaks for a gateway, got one without", field="gateway"
        )
    with ingest.turn(who.gateway):
        aside = await ingest.write(who.gateway, x_chevet_batch, await _body(request))
    return Response(status_code=204, headers={QUARANTINED: str(aside)})


async def _body(request: Request) -> bytes:
    try:
        return await request.body()
    except ClientDisconnect:  # nobody reads the answer; without one, the log would show a failure of ours
        raise Problem(BAD_BATCH, "body: expected a whole one, the connection ended", field="body") from None


router.add_api_route(
    "/write",
    write,
    methods=["POST"],
    route_class_override=WriteRoute,
    status_code=204,
    response_class=Response,
    openapi_extra=_REMOTE_WRITE_BODY,
    responses={
        204: {
            "description": "The store has every sample that may go on",
            "headers": {QUARANTINED: {"description": "samples set aside", "schema": {"type": "integer"}}},
        },
        **declared(BAD_BATCH, UNAUTHORIZED, FORBIDDEN, TOO_LARGE, UNAVAILABLE),
    },
)
WRITE = next(route for route in router.routes if isinstance(route, WriteRoute))
"""By which samples come, and so the one that has a lane of its own."""


@router.get("/quarantine", responses=declared(UNAUTHORIZED, FORBIDDEN, INVALID, UNAVAILABLE))
async def quarantine(
    who: QuarantineManager,
    ingest: Guard,
    gateway: Name | None = None,
    replayed: bool = False,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[Quarantined]:
    """What was set aside, newest first; what was replayed only where it is asked for."""
    return await ingest.quarantined(gateway, replayed, limit)


@router.post(
    "/quarantine/{id}/replay",
    responses=declared(UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, INVALID, UNAVAILABLE),
)
async def replay(who: QuarantineManager, ingest: Guard, id: str, body: Replay | None = None) -> Quarantined:
    """Judge a series again, as it came or corrected. All of it goes on, or none."""
    return await ingest.replay(id, body.series if body else None, who.name)
