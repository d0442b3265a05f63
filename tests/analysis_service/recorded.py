"""A record of looks made by the service's own parts, without its doors: for tests of what stands in the database."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from analysis_service.asking import Asking
from analysis_service.audit.anchor import AnchorFile
from analysis_service.audit.service import Audit
from analysis_service.database import Database
from chevet.roles import Role

KEY = bytes([0x5A]) * 32


class Route:
    path = "/api/v1/patients/{patient}/contacts"


def clock() -> int:
    return time.time_ns() // 1_000_000


@asynccontextmanager
async def record(url: str, anchor: Path) -> AsyncIterator[Audit]:
    """The audit of the database at `url`; nobody seals by themselves."""
    database = Database(url)
    audit = Audit(database, clock, KEY, AnchorFile(anchor))
    try:
        yield audit
    finally:
        audit.sealing.stop()
        await database.close()


def nurse_asks(subject: str = "n1", patient: str = "p1") -> Asking:
    scope = {"method": "GET", "route": Route, "path_params": {"patient": patient}}
    return Asking(
        scope=scope, request=f"r-{subject}", at=clock(), subject=subject, roles=frozenset({Role.NURSE}), right="read"
    )


async def looked(audit: Audit, *subjects: str) -> None:
    for subject in subjects:
        await audit.entries.answered(nurse_asks(subject), 200)
