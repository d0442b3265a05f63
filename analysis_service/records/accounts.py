"""Which patient somebody is themselves: the dossier that their account claimed."""

from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.access.service import Caller
from analysis_service.database import Database
from analysis_service.problems import CONFLICT, Problem
from analysis_service.records.tables import PatientRow


def everybody() -> Select[str]:
    """All who have a dossier, whether it has ended or not."""
    return select(PatientRow.patient)


class Oneself:
    """The relation of a patient to their own dossier."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def patients(self, who: Caller) -> frozenset[str]:
        """The pseudonym of `who`, where they are a patient."""
        async with self._database.reading() as session:
            return frozenset(await session.scalars(select(PatientRow.patient).where(PatientRow.account == who.subject)))

    async def holds(self, who: Caller, patient: str) -> bool:
        """Whether `who` is `patient`."""
        return patient in await self.patients(who)

    async def require_unclaimed(self, session: AsyncSession, patient: str) -> PatientRow:
        """The dossier. Raises Problem 409 where an account has claimed it."""
        row = await session.get_one(PatientRow, patient)
        if row.account is not None:
            raise Problem(CONFLICT, "patient: expected a dossier that nobody claimed, this one is", field="patient")
        return row

    async def claim(self, session: AsyncSession, patient: str, who: Caller) -> None:
        """In the transaction that uses up the code: `patient` is `who` from now on. Raises Problem 409."""
        if await session.scalar(select(PatientRow.patient).where(PatientRow.account == who.subject)) is not None:
            raise Problem(CONFLICT, "account: expected one without a dossier, this one has its own", field="account")
        (await self.require_unclaimed(session, patient)).account = who.subject
