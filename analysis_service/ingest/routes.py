"""The addresses of ingest: remote write for gateways, the quarantine for SREs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from analysis_service.access.service import QuarantineManager, SeriesWriter
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


@router.post(
    "/write",
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
async def write(
    who: SeriesWriter,
    request: Request,
    ingest: Guard,
    x_chevet_batch: Annotated[str | None, Header(max_length=128)] = None,
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
        aside = await ingest.write(who.gateway, x_chevet_batch, await request.body())
    return Response(status_code=204, headers={QUARANTINED: str(aside)})


@router.get("/quarantine", responses=declared(UNAUTHORIZED, FORBIDDEN, INVALID, UNAVAILABLE))
async def quarantine(
    who: QuarantineManager,
    ingest: Guard,
    gateway: str | None = None,
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
