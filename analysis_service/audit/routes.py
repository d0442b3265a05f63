"""The address of the audit: those who run the service may ask whether it is whole, and read none of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from analysis_service.access.service import AuditVerifier
from analysis_service.audit.schemas import VerificationView
from analysis_service.audit.service import Audit
from analysis_service.problems import FORBIDDEN, UNAUTHORIZED, UNAVAILABLE, declared

router = APIRouter(prefix="/api/v1/audit", tags=["audit"])


def _audit(request: Request) -> Audit:
    audit: Audit = request.app.state.audit
    return audit


@router.get("/verification", responses=declared(UNAUTHORIZED, FORBIDDEN, UNAVAILABLE))
async def verification(who: AuditVerifier, audit: Annotated[Audit, Depends(_audit)]) -> VerificationView:
    """Whether every entry and every seal is as it was written; if not, the first that is not. It reads all of them."""
    return VerificationView.model_validate(await audit.verify())
