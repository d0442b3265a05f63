"""A fleet of gateways, each with a token of its own, known devices and a patient for days."""

from __future__ import annotations

import time
from pathlib import Path

from analysis_service.database import Database
from analysis_service.records.tables import AssignmentRow, DeviceVitalRow, PatientRow
from bench.bodies import GATEWAYS, WORN, gateway
from bench.tokens import Signing

DAY_MS = 24 * 3600 * 1000
STOOD_DAYS = 12


def patient(number: int) -> str:
    """The pseudonym of the patient of a gateway."""
    return f"p{number:016x}"


def tokens(keys: Path, issuer: str, prefix: str) -> list[str]:
    """Of each gateway."""
    signing = Signing(keys, issuer)
    return [signing.of_gateway(gateway(prefix, number)) for number in range(GATEWAYS)]


async def register(database_url: str, prefix: str) -> None:
    """Into the tables: by the API an assignment begins only after it is saved, and history is sent here."""
    database = Database(database_url)
    now = time.time_ns() // 1_000_000
    try:
        async with database.writing() as session:
            session.add_all(
                PatientRow(patient=patient(number), name="Bench", created_ms=now) for number in range(GATEWAYS)
            )
            await session.flush()
            session.add_all(
                AssignmentRow(
                    id=f"bench-{number}",
                    gateway=gateway(prefix, number),
                    patient=patient(number),
                    from_ms=now - STOOD_DAYS * DAY_MS,
                    until_ms=None,
                    saved_ms=now,
                    saved_by="bench",
                )
                for number in range(GATEWAYS)
            )
            session.add_all(
                DeviceVitalRow(gateway=gateway(prefix, number), device=device, vital=vital, expected=True, since_ms=now)
                for number in range(GATEWAYS)
                for device, vital in WORN
            )
    finally:
        await database.close()
