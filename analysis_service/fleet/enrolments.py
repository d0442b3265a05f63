"""How a box becomes a gateway: a code is handed out, typed in once within a quarter of an hour, and is its credentials.

What is revoked is so until the gateway is enrolled anew.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.access.service import Caller
from analysis_service.clock import Clock
from analysis_service.database import Database
from analysis_service.fleet.enroller import Credentials, Enroller, EnrollerAway
from analysis_service.fleet.schemas import ClaimCode, ClaimCodeView
from analysis_service.fleet.slowing import Slowing
from analysis_service.fleet.tables import ClaimCodeRow, GatewayRow, RevocationRow
from analysis_service.problems import GONE, INVALID, NOT_FOUND, UNAVAILABLE, Problem
from chevet import codes
from chevet.errors import BadCode

LIFE_MS = 15 * 60 * 1000
log = structlog.get_logger()


class Enrolments:
    """Codes, what they were used for, and revocations."""

    def __init__(self, database: Database, clock: Clock, enroller: Enroller) -> None:
        self._database = database
        self._clock = clock
        self._enroller = enroller
        self._slowing = Slowing(clock)

    async def hand_out(self, gateway: str, who: Caller) -> ClaimCode:
        """A code for `gateway`; those before it that nobody used are good no more. Raises Problem 404, 503."""
        self._enroller.require_configured()
        now, code = self._clock(), codes.spelled(secrets.token_bytes(codes.BYTES))
        row = ClaimCodeRow(
            digest=codes.digest(codes.read(code)),
            gateway=gateway,
            made_ms=now,
            made_by=who.subject,
            expires_ms=now + LIFE_MS,
        )
        async with self._database.writing() as session:
            await _require_gateway(session, gateway)
            await _end_codes(session, gateway, now)
            session.add(row)
        return ClaimCode(gateway=gateway, code=code, expires_ms=row.expires_ms)

    async def handed_out(self, gateway: str) -> list[ClaimCodeView]:
        """All codes that ever were, the newest first; nobody knows them any more. Raises Problem 404."""
        query = select(ClaimCodeRow).where(ClaimCodeRow.gateway == gateway).order_by(ClaimCodeRow.made_ms.desc())
        async with self._database.reading() as session:
            await _require_gateway(session, gateway)
            rows = await session.scalars(query)
            return [ClaimCodeView.model_validate(row, from_attributes=True) for row in rows]

    async def enrol(self, typed: str, address: str) -> Credentials:
        """What the code is good for. Raises Problem 404 for a wrong one, 410 for one that is used or over, 429, 503.

        It is used before the provider is asked, so that of two who type it at once one gets something.
        """
        self._enroller.require_configured()
        digest = _digest(typed)
        self._slowing.require_patience(address)
        now = self._clock()
        async with self._database.writing() as session:
            row = await session.get(ClaimCodeRow, digest)
            if row is not None:
                _require_good(row, now)
                row.used_ms = now
        if row is None:
            self._slowing.count(address)
            raise Problem(NOT_FOUND, "code: expected one that was handed out, found none such", field="code")
        try:
            credentials = await self._enroller.enrol(row.gateway)
        except EnrollerAway as why:
            async with self._database.writing() as session:
                await session.execute(update(ClaimCodeRow).where(ClaimCodeRow.digest == digest).values(used_ms=None))
            raise _away(why) from None
        async with self._database.writing() as session:
            await _end_revocation(session, row.gateway, now)
        return credentials

    async def revoke(self, gateway: str, who: Caller) -> None:
        """From now on it gets no token; one that it has is good for some minutes yet. Raises Problem 404, 503.

        Its codes end first: one that is typed in meanwhile would enrol it anew.
        """
        self._enroller.require_configured()
        now = self._clock()
        async with self._database.writing() as session:
            await _require_gateway(session, gateway)
            await _end_codes(session, gateway, now)
        try:
            await self._enroller.revoke(gateway)
        except EnrollerAway as why:
            raise _away(why) from None
        row = RevocationRow(id=secrets.token_hex(8), gateway=gateway, from_ms=now, revoked_by=who.subject)
        async with self._database.writing() as session:
            if gateway not in await revoked(session):
                session.add(row)


async def revoked(session: AsyncSession) -> Mapping[str, int]:
    """The gateways that are revoked, and since when."""
    query = select(RevocationRow.gateway, RevocationRow.from_ms).where(RevocationRow.until_ms.is_(None))
    return {gateway: since for gateway, since in await session.execute(query)}


async def _end_revocation(session: AsyncSession, gateway: str, now: int) -> None:
    standing = (RevocationRow.gateway == gateway, RevocationRow.until_ms.is_(None))
    await session.execute(update(RevocationRow).where(*standing).values(until_ms=now))


async def _end_codes(session: AsyncSession, gateway: str, now: int) -> None:
    unused = (ClaimCodeRow.used_ms.is_(None), ClaimCodeRow.ended_ms.is_(None))
    await session.execute(update(ClaimCodeRow).where(ClaimCodeRow.gateway == gateway, *unused).values(ended_ms=now))


async def _require_gateway(session: AsyncSession, gateway: str) -> None:
    if await session.get(GatewayRow, gateway) is None:
        raise Problem(NOT_FOUND, f"gateway: expected one that is registered, found no {gateway}", field="gateway")


def _require_good(row: ClaimCodeRow, now: int) -> None:
    if row.used_ms is not None:
        raise Problem(GONE, "code: expected one that nobody used, this one is used", field="code")
    if row.ended_ms is not None or now >= row.expires_ms:
        raise Problem(GONE, "code: expected one that is not over, this one is; ask for a new one", field="code")


def _digest(typed: str) -> str:
    try:
        return codes.digest(codes.read(typed))
    except BadCode as refusal:
        raise Problem(INVALID, str(refusal), field=refusal.field) from None


def _away(why: EnrollerAway) -> Problem:
    log.error("the identity provider does not do what is asked of it", error=str(why))
    return Problem(UNAVAILABLE, "keycloak: expected it to know the gateway, it does not answer as it should")
