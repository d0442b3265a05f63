"""A patient is forgotten, as far as law lets it: at once what only they had an interest in, the rest after its term."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, Table, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.asking import doing
from analysis_service.clock import Clock, shown
from analysis_service.database import Database, Row
from analysis_service.operations.holdings import HELD
from analysis_service.operations.on_record import on_record
from analysis_service.operations.personal import Fate, Holding
from analysis_service.operations.refusals import OperationRefused
from analysis_service.operations.terms import kept_until
from analysis_service.operations.tombstones import Tombstones

ENDS = (("assignments", "until_ms"), ("cared_for", "until_ms"), ("stays", "until_ms"), ("patients", "created_ms"))
"""Where care ends; without any of them it ended when the dossier was begun."""
WITHDRAWN = "withdrawn_ms"
"""Set where a correction left nothing of it: it has no end to wait for."""
LATER = (Fate.RECORD, Fate.PROOF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an erasure would do now: rows by holding, and series."""

    patient: str
    kept_until: date
    over: bool
    rows: Mapping[str, int]
    series: int

    def lines(self) -> list[str]:
        """As sentences, counts only."""
        said = [self._line(holding) for holding in HELD if self.rows[holding.name]]
        law = f"law keeps the medical record until {self.kept_until} (Code de la santé publique, R1112-7)"
        said.append(f"{law}: {'that is over' if self.over else 'after that, erase again'}")
        return [
            *said,
            f"series in Prometheus: {self.series}, erased at once: what is medical of them is in the reports",
        ]

    def _line(self, holding: Holding) -> str:
        count = self.rows[holding.name]
        if goes(holding, self.over):
            return f"{holding.name}: {count} rows, erased at once"
        blank = f"; emptied at once: {', '.join(holding.blank.split())}" if holding.blank else ""
        return f"{holding.name}: {count} rows, {holding.fate}{blank}"


def goes(holding: Holding, over: bool) -> bool:
    """Whether its rows are removed now."""
    return holding.fate is Fate.AT_ONCE or (over and holding.fate in LATER)


class Erasure:
    """Of one database and its Prometheus."""

    def __init__(self, database: Database, tombstones: Tombstones, clock: Clock) -> None:
        self._database = database
        self._tombstones = tombstones
        self._clock = clock

    async def plan(self, patient: str) -> Plan:
        """What it would do. Raises OperationRefused for who is not there, or is still cared for."""
        now = self._clock()
        async with self._database.reading() as session:
            until = await _kept_until(session, patient, now)
            rows = {holding.name: await _count(session, holding, patient) for holding in HELD}
        over = until <= datetime.fromtimestamp(now / 1000, UTC).date()
        series = await self._tombstones.count(patient)
        return Plan(patient=patient, kept_until=until, over=over, rows=rows, series=series)

    async def erase(self, plan: Plan, who: str, reason: str) -> Mapping[str, int]:
        """Do it, on record; the rows that were removed or emptied. Raises OperationRefused, before anything is gone.

        Series first: what fails there leaves the dossier, by which it can be asked for again.
        """
        if plan.series:
            await self._tombstones.require_on()
            await self._tombstones.erase(plan.patient)
        with doing(on_record("erase", plan.patient, who, reason, self._clock())):
            async with self._database.writing() as session:
                await _kept_until(session, plan.patient, self._clock())
                changed = {holding.name: await _forget(session, holding, plan) for holding in HELD}
        return {name: count for name, count in changed.items() if count}


async def require_patient(database: Database, patient: str) -> None:
    """Raises OperationRefused where nobody has this pseudonym."""
    async with database.reading() as session:
        await _born(session, patient)


async def _born(session: AsyncSession, patient: str) -> date | None:
    patients = Row.metadata.tables["patients"]
    found = (await session.execute(select(patients.c.birth_date).where(patients.c.patient == patient))).first()
    if found is None:
        raise OperationRefused(f"--patient: expected the pseudonym of a patient, found none called {patient!r}")
    return date.fromisoformat(found.birth_date) if found.birth_date else None


async def _kept_until(session: AsyncSession, patient: str, now: int) -> date:
    born = await _born(session, patient)
    tables = Row.metadata.tables
    ends: list[int] = []
    for name, column in ENDS:
        query = select(tables[name].c[column]).where(tables[name].c.patient == patient)
        if WITHDRAWN in tables[name].c:
            query = query.where(tables[name].c[WITHDRAWN].is_(None))
        for end in await session.scalars(query):
            if end is None or end > now:
                until = "further notice" if end is None else shown(end)
                raise OperationRefused(
                    f"--patient: expected one whom nobody cares for any more, {name} go on until {until}"
                )
            ends.append(end)
    return kept_until(datetime.fromtimestamp(max(ends) / 1000, UTC).date(), born)


async def _count(session: AsyncSession, holding: Holding, patient: str) -> int:
    query = select(func.count()).select_from(holding.of).where(holding.rows_of(patient))
    return await session.scalar(query) or 0


async def _forget(session: AsyncSession, holding: Holding, plan: Plan) -> int:
    own = holding.rows_of(plan.patient)
    count = await _count(session, holding, plan.patient)
    if goes(holding, plan.over):
        await session.execute(delete(holding.of).where(own))
        return count
    if holding.blank:
        empty = {name: _nothing(holding.of, name) for name in holding.blank.split()}
        await session.execute(update(holding.of).where(own).values(empty))
        return count
    return 0


def _nothing(table: Table, column: str) -> Any:
    """What says nothing, as the column can hold it."""
    found = table.c[column]
    if found.nullable:
        return None
    return [] if isinstance(found.type, JSON) else ""
