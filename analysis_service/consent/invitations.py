"""Codes that are handed out: each good once, for a week."""

from __future__ import annotations

import secrets

from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.access.service import Caller
from analysis_service.consent.schemas import Invitation
from analysis_service.consent.tables import InvitationRow
from chevet import codes

LIFE_MS = 7 * 24 * 3600 * 1000
"""Long enough for a letter, and until somebody comes by who types for them."""


def invite(session: AsyncSession, patient: str, consent: str | None, now: int, who: Caller) -> Invitation:
    """Keep a new code's digest in this transaction; the code itself is in the answer and nowhere else."""
    code = codes.spelled(secrets.token_bytes(codes.BYTES))
    row = InvitationRow(
        digest=codes.digest(codes.read(code)),
        patient=patient,
        consent=consent,
        made_ms=now,
        made_by=who.subject,
        expires_ms=now + LIFE_MS,
    )
    session.add(row)
    return Invitation(code=code, expires_ms=row.expires_ms)
