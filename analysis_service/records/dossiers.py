"""Dossiers: who somebody is for those who watch over them at home, each edition kept, and the end of their stay."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.access.service import Caller
from analysis_service.asking import about, because
from analysis_service.care.service import Care
from analysis_service.clock import Clock, shown
from analysis_service.database import Database
from analysis_service.problems import CONFLICT, INVALID, NOT_FOUND, Problem
from analysis_service.records.assigning import Assigning
from analysis_service.records.dossier_schemas import Dossier, DossierBody
from analysis_service.records.history import What, author, history, save, version_of
from analysis_service.records.schemas import EditionView
from analysis_service.records.tables import PatientRow

FIELDS = tuple(DossierBody.model_fields)
OF_END = ("ended_ms", "ended_by", "ended_reason")


class Dossiers:
    """The dossiers of all patients."""

    def __init__(self, database: Database, clock: Clock, care: Care, assigning: Assigning) -> None:
        self._database = database
        self._clock = clock
        self._care = care
        self._assigning = assigning

    async def add(self, body: DossierBody, who: Caller) -> Dossier:
        """A new patient under a random pseudonym, whom the teams of `who` look after. Raises Problem."""
        now = self._clock()
        require_born(body, now)
        row = PatientRow(patient=f"p{secrets.token_hex(8)}", created_ms=now, **body.model_dump())
        async with self._database.writing() as session:
            session.add(row)
            await session.flush()
            await self._care.begin(session, row.patient, who)
            about(row.patient)
            return _dossier(row, await self._save(session, row, who, now, None))

    async def dossier(self, patient: str) -> Dossier:
        """The newest edition. Raises Problem 404."""
        async with self._database.reading() as session:
            row = await require_patient(session, patient)
            return _dossier(row, await version_of(session, What.DOSSIER, patient))

    async def put(self, patient: str, body: DossierBody, edition: int, who: Caller) -> Dossier:
        """Another edition in the place of `edition`. Raises Problem."""
        now = self._clock()
        require_born(body, now)
        async with self._database.writing() as session:
            row = await require_patient(session, patient)
            for name, value in body.model_dump().items():
                setattr(row, name, value)
            return _dossier(row, await self._save(session, row, who, now, edition))

    async def end(self, patient: str, reason: str, edition: int, who: Caller) -> Dossier:
        """The stay at home ends: assignments that go on end as soon as they may, and there are no new ones."""
        because(reason)
        async with self._database.writing() as session:
            row = await require_patient(session, patient)
            require_stay(row)
            row.ended_ms, row.ended_by, row.ended_reason = self._clock(), who.subject, reason
            saved = await self._save(session, row, who, row.ended_ms, edition)
            await self._assigning.end_all(session, patient, author(who))
            return _dossier(row, saved)

    async def history(self, patient: str) -> list[EditionView]:
        """Every edition. Raises Problem 404."""
        async with self._database.reading() as session:
            await require_patient(session, patient)
            return await history(session, What.DOSSIER, patient)

    async def _save(self, session: AsyncSession, row: PatientRow, who: Caller, now: int, edition: int | None) -> int:
        content = {name: getattr(row, name) for name in (*FIELDS, *OF_END)}
        said = {name: value for name, value in content.items() if value is not None}
        return await save(session, What.DOSSIER, row.patient, said, author(who), now, edition)


async def require_patient(session: AsyncSession, patient: str) -> PatientRow:
    """The dossier's row. Raises Problem 404 where nobody has this pseudonym."""
    row = await session.get(PatientRow, patient)
    if row is None:
        raise Problem(
            NOT_FOUND, f"patient: expected the pseudonym of a patient, found none called {patient!r}", field="patient"
        )
    return row


def require_stay(row: PatientRow) -> None:
    """Raises Problem 409 where the stay at home has ended."""
    if row.ended_ms is not None:
        raise Problem(
            CONFLICT,
            f"patient: expected somebody who stays at home, their stay ended at {shown(row.ended_ms)}",
            field="patient",
        )


def require_born(body: DossierBody, now: int) -> None:
    """Raises Problem 422 for a day that has not begun anywhere in the world."""
    tomorrow = datetime.fromtimestamp(now / 1000 + 14 * 3600, UTC).date().isoformat()
    if body.birth_date is not None and body.birth_date > tomorrow:
        raise Problem(INVALID, "birth_date: expected today or earlier, got a day to come", field="birth_date")


def _dossier(row: PatientRow, version: int) -> Dossier:
    known: dict[str, Any] = {name: getattr(row, name) for name in ("patient", "created_ms", *FIELDS, *OF_END)}
    return Dossier.model_validate(known | {"version": version})
