"""Alerts of a time in which the gateway stood with somebody else than was recorded: they are that other's."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.alerts.joins import groups, record, rejoin
from analysis_service.alerts.kept import TOGETHER
from analysis_service.alerts.notified import retold
from analysis_service.alerts.tables import AlertRow
from analysis_service.clock import Clock
from analysis_service.database import Database

REATTRIBUTED = "reattributed"


class Reattribution:
    """Gives alerts to whom they are of, each with an event that says who had it said so."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def reattribute(
        self, gateway: str, times: tuple[int, int], taken_from: Collection[str], patient: str, by: str
    ) -> int:
        """Alerts of `gateway` that began within `times` are `patient`'s; how many were of one of `taken_from`.

        What was done is not found again: it may be killed and begun anew.
        """
        began, ended = times
        wrong = select(AlertRow).where(
            AlertRow.gateway == gateway,
            AlertRow.onset >= began,
            AlertRow.onset < ended,
            AlertRow.patient.in_(sorted(taken_from)),
        )
        done = 0
        while True:
            async with self._database.writing() as session:
                rows = (await session.scalars(wrong.order_by(AlertRow.onset, AlertRow.id).limit(TOGETHER))).all()
                for row in rows:
                    await self._give(session, row, patient, by)
            done += len(rows)
            if len(rows) < TOGETHER:
                return done

    async def _give(self, session: AsyncSession, row: AlertRow, patient: str, by: str) -> None:
        now, before = self._clock(), row.patient
        (group,) = (await groups(session, [row])).values()
        for one in group if len(group) > 1 else ():
            if one.part_of is not None:
                record(session, one, now, "parted", {"alert": one.part_of})
                one.part_of = None
        row.patient, row.told = patient, retold(row.told, before, patient)
        record(session, row, now, REATTRIBUTED, {"patient": patient, "before": before}, by)
        await session.flush()
        for one in group:
            await rejoin(session, one, now)
            await session.flush()
