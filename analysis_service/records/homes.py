"""Where patients live, as far as hours of the day hang on it."""

from __future__ import annotations

from collections.abc import Collection
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.records.tables import PatientRow

MOST_ASKED = 1_000
"""Of one statement: a database takes only so many parameters."""


async def time_zones(session: AsyncSession, patients: Collection[str]) -> dict[str, ZoneInfo]:
    """The time zone of each of `patients` who has a dossier."""
    found: dict[str, ZoneInfo] = {}
    wanted = sorted(patients)
    for start in range(0, len(wanted), MOST_ASKED):
        query = select(PatientRow.patient, PatientRow.time_zone)
        for patient, zone in await session.execute(
            query.where(PatientRow.patient.in_(wanted[start : start + MOST_ASKED]))
        ):
            found[patient] = ZoneInfo(zone)
    return found
