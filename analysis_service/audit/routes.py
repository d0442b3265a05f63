"""The addresses of the audit: who runs the service may ask whether it is whole, a patient who looked at them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from analysis_service.access.service import AuditVerifier, OwnAuditReaderFor
from analysis_service.audit.schemas import LooksView, VerificationView
from analysis_service.audit.service import Audit
from analysis_service.problems import FORBIDDEN, INVALID, UNAUTHORIZED, UNAVAILABLE, declared
from analysis_service.wire import PatientName

router = APIRouter(prefix="/api/v1", tags=["audit"])
MOST_LOOKS = 200


def _audit(request: Request) -> Audit:
    audit: Audit = request.app.state.audit
    return audit


@router.get("/audit/verification", responses=declared(UNAUTHORIZED, FORBIDDEN, UNAVAILABLE))
async def verification(who: AuditVerifier, audit: Annotated[Audit, Depends(_audit)]) -> VerificationView:
    """Whether every entry and every seal is as it was written; if not, the first that is not. It reads all of them."""
    return VerificationView.model_validate(await audit.verify())


@router.get("/patients/{patient}/audit", responses=declared(UNAUTHORIZED, FORBIDDEN, INVALID, UNAVAILABLE))
async def looks(
    who: OwnAuditReaderFor,
    audit: Annotated[Audit, Depends(_audit)],
    patient: PatientName,
    before: Annotated[int | None, Query(ge=1, lt=2**53, description="entries numbered below this")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_LOOKS)] = 50,
) -> LooksView:
    """Who looked at me, when, and at what; the newest first."""
    return await audit.looks.at(patient, who, before, limit)
