"""Whether the service lives and whether it can work, for all; and its metrics, for Prometheus alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import State

from analysis_service.access.service import Scraper
from analysis_service.ingest.service import StoreAway
from analysis_service.problems import FORBIDDEN, UNAUTHORIZED, UNAVAILABLE, Problem, declared
from analysis_service.telemetry import CONTENT_TYPE

router = APIRouter(tags=["health"])
log = structlog.get_logger()


class Health(BaseModel):
    """What was asked and answered."""

    status: str = "ok"


@router.get("/healthz")
async def healthz() -> Health:
    """The process answers."""
    return Health()


@router.get("/readyz", responses=declared(UNAVAILABLE))
async def readyz(request: Request) -> Health:
    """The database and the store were asked just now, and answered."""
    away = await _away(request.app.state)
    if away:
        raise Problem(UNAVAILABLE, f"{away[0]}: expected an answer, got none from {', '.join(away)}", field=away[0])
    return Health()


async def _away(state: State) -> list[str]:
    """The parts that do not answer now; the gauge says the same."""
    asked: tuple[tuple[str, Callable[[], Awaitable[None]]], ...] = (
        ("database", state.database.ping),
        ("store", state.store.ping),
    )
    away = []
    for part, ping in asked:
        answers = await _answers(part, ping)
        state.telemetry.dependency_up.labels(part=part).set(answers)
        away += [] if answers else [part]
    return away


async def _answers(part: str, ping: Callable[[], Awaitable[None]]) -> bool:
    try:
        await ping()
    except (SQLAlchemyError, StoreAway) as error:
        log.warning("a part is away", part=part, error=str(error))
        return False
    return True


@router.get("/metrics", response_class=Response, responses=declared(UNAUTHORIZED, FORBIDDEN, UNAVAILABLE))
async def metrics(who: Scraper, request: Request) -> Response:
    """Prometheus's text format, what the database knows included; without that where the database is away.

    Pseudonyms with what is the matter with each stand in it.
    """
    state = request.app.state
    await _away(state)  # else what was said once would stand until somebody asks whether we are ready
    try:
        known = await state.figures.text()
    except SQLAlchemyError:
        known = b""
    return Response(state.telemetry.exposition() + known, media_type=CONTENT_TYPE)
