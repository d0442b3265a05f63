"""Refusals as Prometheus words them, so that Grafana shows the sentence: one body, whatever refused."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

from analysis_service import answers
from analysis_service.problems import FORBIDDEN, INVALID, RETRY_AFTER_SECONDS
from chevet.errors import ChevetError

BAD_DATA, NOT_FOUND = "bad_data", "not_found"
EXECUTION, TIMEOUT, UNAVAILABLE, INTERNAL = "execution", "timeout", "unavailable", "internal"
STATUSES: Mapping[str, int] = MappingProxyType(
    {BAD_DATA: 400, NOT_FOUND: 404, EXECUTION: 422, TIMEOUT: 503, UNAVAILABLE: 503, INTERNAL: 500}
)
_TYPES: Mapping[int, str] = MappingProxyType(
    {401: "unauthorized", 403: "forbidden", 404: NOT_FOUND, 429: "too_many_requests", 503: UNAVAILABLE, 500: INTERNAL}
)
"""The type of an error that another part of the service found; any other is bad data."""
ELSEWHERE = "; care teams and SREs ask here, for everybody else there are the analyses"


class QueryRefused(ChevetError):
    """What was asked cannot be answered; `kind` is the errorType of Prometheus's API."""

    def __init__(self, sentence: str, *, field: str, kind: str = BAD_DATA) -> None:
        super().__init__(f"{field}: {sentence}", field=field)
        self.kind = kind


class RefusalBody(BaseModel):
    """The body of every answer that is not a success."""

    status: str = Field(default="error", examples=["error"])
    errorType: str = Field(examples=[BAD_DATA])
    error: str = Field(description="the whole sentence: the parameter, what was expected, what came")


DECLARED: dict[int | str, dict[str, Any]] = {
    status: {"model": RefusalBody, "description": what}
    for status, what in (
        (400, "A parameter cannot be, or asks too much"),
        (401, "The token is missing or not valid"),
        (403, "The token does not give this right"),
        (413, "The body is too large"),
        (422, "Prometheus cannot evaluate the expression"),
        (429, "Too many requests in a short time"),
        (503, "Prometheus or the database is away, or took too long"),
    )
}


class PrometheusRoute(APIRoute):
    """A route whose refusals, also those of access and of the database, have Prometheus's shape."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """FastAPI's handler, within what words its refusals."""
        handle = super().get_route_handler()

        async def worded(request: Request) -> Response:
            try:
                return await handle(request)
            except QueryRefused as refusal:
                return _worded(STATUSES[refusal.kind], refusal.kind, str(refusal))
            except Exception as error:
                return _reworded(await answers.refusal(request, error))

        return worded


def _reworded(problem: JSONResponse) -> JSONResponse:
    said = str(json.loads(bytes(problem.body))["detail"])
    status = STATUSES[BAD_DATA] if problem.status_code == INVALID.status else problem.status_code
    response = _worded(status, _TYPES.get(status, BAD_DATA), said + (ELSEWHERE if status == FORBIDDEN.status else ""))
    kept = {"www-authenticate", "retry-after"}
    response.headers.update({name: value for name, value in problem.headers.items() if name in kept})
    return response


def _worded(status: int, kind: str, sentence: str) -> JSONResponse:
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if kind == UNAVAILABLE else None
    return JSONResponse(RefusalBody(errorType=kind, error=sentence).model_dump(), status, headers)
