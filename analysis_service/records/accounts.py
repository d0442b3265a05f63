"""Which patient somebody is themselves: the dossier that their account claimed."""

from __future__ import annotations

from sqlalchemy import select

from analysis_service.access.service import Caller
from analysis_service.database import Database
from analysis_service.records.tables import PatientRow


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
