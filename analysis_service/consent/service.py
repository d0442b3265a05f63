"""What patients let others see: granted, changed, revoked, and asked at each request so that what ended has ended."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.access.service import Caller
from analysis_service.clock import Clock
from analysis_service.consent.claims import Claims as Claims
from analysis_service.consent.invitations import invite
from analysis_service.consent.schemas import ConsentEdition, ConsentView, GrantedConsent, NewConsent
from analysis_service.consent.tables import ConsentEditionRow, ConsentRow
from analysis_service.database import Database
from analysis_service.editions import require_edition
from analysis_service.problems import GONE, NOT_FOUND, Problem

NOTHING: frozenset[str] = frozenset()


class Consents:
    """The relation of those to whom a patient granted something, and the patient's acts."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def patients(self, who: Caller) -> frozenset[str]:
        """The pseudonyms of all who let `who` see something now."""
        return frozenset(await self.granted(who))

    async def holds(self, who: Caller, patient: str) -> bool:
        """Whether `patient` lets `who` see something now."""
        return bool(await self.signals(who, patient))

    async def signals(self, who: Caller, patient: str) -> frozenset[str]:
        """What `patient` lets `who` see now."""
        return (await self.granted(who)).get(patient, NOTHING)

    async def granted(self, who: Caller) -> Mapping[str, frozenset[str]]:
        """What each patient lets `who` see now."""
        query = _in_force(ConsentRow.patient).where(ConsentRow.subject == who.subject)
        async with self._database.reading() as session:
            return await _together(session, query)

    async def of_numbers(self, patient: str) -> Mapping[str, frozenset[str]]:
        """What each telephone number that `patient` ever named may be told now; nothing once that is revoked."""
        ever = select(ConsentRow.number).where(ConsentRow.patient == patient, ConsentRow.number.is_not(None))
        query = _in_force(ConsentRow.number).where(ConsentRow.patient == patient, ConsentRow.number.is_not(None))
        async with self._database.reading() as session:
            named = {str(number): NOTHING for number in await session.scalars(ever)}
            return named | await _together(session, query)

    async def grant(self, patient: str, body: NewConsent, who: Caller) -> GrantedConsent:
        """`patient` lets somebody see something, once they redeem the code."""
        now = self._clock()
        row = ConsentRow(
            id=secrets.token_hex(8),
            patient=patient,
            relative=body.relative,
            number=body.number,
            version=1,
            granted_ms=now,
            granted_by=who.subject,
        )
        async with self._database.writing() as session:
            session.add(row)
            await session.flush()
            _begin_edition(session, row, body.signals, now, who)
            invitation = invite(session, patient, row.id, now, who)
            await session.flush()
            (view,) = await _views(session, [row])
        return GrantedConsent(consent=view, invitation=invitation)

    async def change(self, patient: str, id: str, wanted: int, signals: Sequence[str], who: Caller) -> ConsentView:
        """From now on it is these. Raises Problem 410 where it is revoked, 412 where it has changed since."""
        now = self._clock()
        async with self._database.writing() as session:
            row = await _found(session, patient, id)
            _require_in_force(row)
            require_edition(row.version, wanted)
            await _end_edition(session, row, now)
            row.version += 1
            _begin_edition(session, row, signals, now, who)
            await session.flush()
            (view,) = await _views(session, [row])
        return view

    async def revoke(self, patient: str, id: str, who: Caller) -> ConsentView:
        """From the next request on nobody sees anything by it. Revoking it again changes nothing."""
        now = self._clock()
        async with self._database.writing() as session:
            row = await _found(session, patient, id)
            if row.revoked_ms is None:
                await _end_edition(session, row, now)
                row.version += 1
                row.revoked_ms, row.revoked_by = now, who.subject
                await session.flush()
            (view,) = await _views(session, [row])
        return view

    async def listed(self, patient: str) -> list[ConsentView]:
        """All that `patient` ever granted, the newest first."""
        query = select(ConsentRow).where(ConsentRow.patient == patient)
        async with self._database.reading() as session:
            rows = await session.scalars(query.order_by(ConsentRow.granted_ms.desc(), ConsentRow.id))
            return await _views(session, rows.all())

    async def one(self, patient: str, id: str) -> ConsentView:
        """One of them. Raises Problem 404."""
        async with self._database.reading() as session:
            (view,) = await _views(session, [await _found(session, patient, id)])
        return view


def _in_force(whose: Any) -> Select[Any]:
    """`whose`, with what may be seen now."""
    return (
        select(whose, ConsentEditionRow.signals)
        .join(ConsentEditionRow, ConsentEditionRow.consent == ConsentRow.id)
        .where(ConsentRow.revoked_ms.is_(None), ConsentEditionRow.until_ms.is_(None))
    )


async def _together(session: AsyncSession, query: Select[Any]) -> dict[str, frozenset[str]]:
    """All that several consents let the same one see."""
    found: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    for whose, signals in await session.execute(query):
        found[whose] |= frozenset(signals)
    return dict(found)


async def _found(session: AsyncSession, patient: str, id: str) -> ConsentRow:
    row = await session.get(ConsentRow, id)
    if row is None or row.patient != patient:
        raise Problem(NOT_FOUND, "id: expected a consent of this patient, found none", field="id")
    return row


def _require_in_force(row: ConsentRow) -> None:
    if row.revoked_ms is not None:
        raise Problem(GONE, "id: expected a consent in force, this one is revoked; grant a new one", field="id")


def _begin_edition(session: AsyncSession, row: ConsentRow, signals: Sequence[str], now: int, who: Caller) -> None:
    session.add(
        ConsentEditionRow(consent=row.id, version=row.version, signals=list(signals), from_ms=now, saved_by=who.subject)
    )


async def _end_edition(session: AsyncSession, row: ConsentRow, now: int) -> None:
    query = select(ConsentEditionRow).where(ConsentEditionRow.consent == row.id, ConsentEditionRow.until_ms.is_(None))
    for edition in await session.scalars(query):
        edition.until_ms = max(now, edition.from_ms)


async def _views(session: AsyncSession, rows: Sequence[ConsentRow]) -> list[ConsentView]:
    query = select(ConsentEditionRow).where(ConsentEditionRow.consent.in_([row.id for row in rows]))
    history: defaultdict[str, list[ConsentEdition]] = defaultdict(list)
    for edition in await session.scalars(query.order_by(ConsentEditionRow.version)):
        history[edition.consent].append(ConsentEdition.model_validate(edition))
    return [_view(row, history[row.id]) for row in rows]


def _view(row: ConsentRow, history: Sequence[ConsentEdition]) -> ConsentView:
    return ConsentView(
        id=row.id,
        patient=row.patient,
        relative=row.relative,
        number=row.number,
        version=row.version,
        signals=next((one.signals for one in history if one.until_ms is None), ()),
        granted_ms=row.granted_ms,
        redeemed_ms=row.redeemed_ms,
        revoked_ms=row.revoked_ms,
        history=tuple(history),
    )
