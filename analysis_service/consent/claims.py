"""Who types a code: a patient takes their dossier by it, a relative what a patient lets them see."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.access.service import Caller
from analysis_service.asking import about, doing
from analysis_service.care.service import require_own
from analysis_service.clock import Clock
from analysis_service.consent.invitations import invite
from analysis_service.consent.schemas import Claimed, Invitation
from analysis_service.consent.tables import ConsentEditionRow, ConsentRow, InvitationRow, WrongCodesRow
from analysis_service.database import Database
from analysis_service.problems import FORBIDDEN, GONE, INVALID, NOT_FOUND, TOO_MANY, Problem
from analysis_service.records.service import Oneself
from chevet import codes
from chevet.errors import BadCode
from chevet.roles import Role


class Claims:
    """Codes are looked up by their digest. Wrong ones are counted for each person, and make that person wait."""

    def __init__(self, database: Database, clock: Clock, oneself: Oneself) -> None:
        self._database = database
        self._clock = clock
        self._oneself = oneself

    async def invite(self, patient: str, who: Caller) -> Invitation:
        """A code for `patient`; what was handed out before for this dossier and not used is good no more.

        Raises Problem 403 where `who` broke the glass: whoever takes the dossier by the code keeps it.
        """
        now = self._clock()
        async with self._database.writing() as session:
            await require_own(session, who, patient, now)
            await self._oneself.require_unclaimed(session, patient)
            unused = (
                InvitationRow.consent.is_(None),
                InvitationRow.used_ms.is_(None),
                InvitationRow.ended_ms.is_(None),
            )
            older = update(InvitationRow).where(InvitationRow.patient == patient, *unused)
            await session.execute(older.values(ended_ms=now))
            return invite(session, patient, None, now, who)

    async def claim(self, typed: str, who: Caller) -> Claimed:
        """What `who` has by the code. Raises Problem 404 for a wrong one, 410 for one that is used or over."""
        try:
            digest = codes.digest(codes.read(typed))
        except BadCode as refusal:
            raise Problem(INVALID, str(refusal), field=refusal.field) from None
        await self._require_known(digest, who)
        now = self._clock()
        async with self._database.writing() as session:
            row = await session.get(InvitationRow, digest)
            if row is None:
                raise _unknown()
            about(row.patient)
            _require_good(row, now)
            claimed = await (self._dossier if row.consent is None else _consent)(session, row, now, who)
            row.used_ms, row.used_by = now, who.subject
        return claimed

    async def _dossier(self, session: AsyncSession, row: InvitationRow, now: int, who: Caller) -> Claimed:
        _require_role(who, Role.PATIENT)
        await self._oneself.claim(session, row.patient, who)
        return Claimed(what="dossier", patient=row.patient, signals=())

    async def _require_known(self, digest: str, who: Caller) -> None:
        """Count a wrong code in a transaction of its own: a refusal would undo it.

        All of it under the write lock: many at once are counted one after another.
        """
        with doing(None):
            async with self._database.writing() as session:
                wait_ms = await self._wait_ms(session, who)
                known = wait_ms == 0 and await session.get(InvitationRow, digest) is not None
                if wait_ms == 0 and not known:
                    await self._count(session, who)
        if wait_ms:
            seconds = -(-wait_ms // 1000)
            raise Problem(
                TOO_MANY,
                f"code: expected after so many wrong codes to be asked again in {seconds} s, was asked sooner",
                field="code",
                headers={"Retry-After": str(seconds)},
            )
        if not known:
            raise _unknown()

    async def _wait_ms(self, session: AsyncSession, who: Caller) -> int:
        counted = await session.get(WrongCodesRow, who.subject)
        if counted is None:
            return 0
        return max(0, counted.last_ms + codes.pause(counted.times) * 1000 - self._clock())

    async def _count(self, session: AsyncSession, who: Caller) -> None:
        now = self._clock()
        counted = await session.get(WrongCodesRow, who.subject)
        if counted is None:
            session.add(WrongCodesRow(subject=who.subject, times=1, last_ms=now))
        else:
            forgotten = now - counted.last_ms > codes.FORGOTTEN * 1000
            counted.times, counted.last_ms = (1 if forgotten else counted.times + 1), now


async def _consent(session: AsyncSession, row: InvitationRow, now: int, who: Caller) -> Claimed:
    _require_role(who, Role.RELATIVE)
    consent = await session.get(ConsentRow, row.consent)
    if consent is None or consent.revoked_ms is not None:
        raise Problem(GONE, "code: expected one of a consent in force, the patient revoked it", field="code")
    consent.subject, consent.redeemed_ms = who.subject, now
    consent.version += 1
    query = select(ConsentEditionRow.signals).where(
        ConsentEditionRow.consent == consent.id, ConsentEditionRow.until_ms.is_(None)
    )
    return Claimed(what="consent", patient=row.patient, signals=tuple(await session.scalar(query) or ()))


def _require_good(row: InvitationRow, now: int) -> None:
    if row.used_ms is not None:
        raise Problem(GONE, "code: expected one that nobody used, this one is used", field="code")
    if row.ended_ms is not None or now >= row.expires_ms:
        raise Problem(GONE, "code: expected one that is not over, this one is; ask for a new one", field="code")


def _require_role(who: Caller, role: Role) -> None:
    if role not in who.roles:
        raise Problem(FORBIDDEN, f"Authorization: expected the role {role} for this code, the token has it not")


def _unknown() -> Problem:
    return Problem(NOT_FOUND, "code: expected one that somebody gave you, found none such", field="code")
