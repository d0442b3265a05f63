"""The address at which a patient has all that is held of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from analysis_service.access.service import ExporterFor
from analysis_service.operations.export import FILE, Exports
from analysis_service.operations.refusals import OperationRefused
from analysis_service.problems import FORBIDDEN, INVALID, NOT_FOUND, UNAUTHORIZED, UNAVAILABLE, Problem, declared
from analysis_service.wire import PatientName

router = APIRouter(prefix="/api/v1", tags=["operations"])
MEDIA_TYPE = "application/zip"


def _exports(request: Request) -> Exports:
    exports: Exports = request.app.state.exports
    return exports


@router.get(
    "/patients/{patient}/export",
    response_class=StreamingResponse,
    responses={
        **declared(UNAUTHORIZED, FORBIDDEN, NOT_FOUND, INVALID, UNAVAILABLE),
        200: {"description": "A ZIP file", "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}},
    },
)
async def export(
    who: ExporterFor, exports: Annotated[Exports, Depends(_exports)], patient: PatientName
) -> StreamingResponse:
    """All that is held of the caller: rows as JSON, signed reports as PDF, series as CSV, and what it means."""
    try:
        pieces = await exports.of(patient)
    except OperationRefused as refusal:
        raise Problem(UNAVAILABLE, str(refusal)) from None
    return StreamingResponse(
        pieces, media_type=MEDIA_TYPE, headers={"Content-Disposition": f'attachment; filename="{FILE}"'}
    )
