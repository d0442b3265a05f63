"""The steps of a correction. Each is done whole or again: how far it is stands in the row, in the step's own end.

A worker that dies gives its correction back when its time is over; one that was only slow finds that it has lost it.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.clock import Clock
from analysis_service.corrections.schemas import State, Step
from analysis_service.corrections.tables import CorrectionRow
from analysis_service.database import Database
from analysis_service.ingest.service import Restamping, StoreAway, StoreRefuses, Stretch
from analysis_service.problems import Problem
from analysis_service.records.service import Author, Records

LEASE_MS = 120_000
"""Longer than any step takes."""
SETTLED_MS = 45_000
"""After the history was rewritten: by then nobody holds the older one, and what was stamped by it is in the store."""
CHUNK_MS = 3_600_000
"""Of series at once."""
AGAIN_MS = 30_000
LATER_MS = 300_000
"""Prometheus hides nothing of what came out of order until it has written its next block: hours, at the most."""
MOST_TRIES = 100

Act = Callable[[CorrectionRow], Awaitable[Mapping[str, Any]]]
Reattribute = Callable[[str, tuple[int, int], Collection[str], str, str], Awaitable[int]]
"""Of a gateway: the alerts that began within, of these patients, are another's; who says so."""


class Lost(Exception):
    """Another worker has it now."""


def _nothing(_: str) -> None:
    return None


class Steps:
    """One worker. `passed` is told of each point between two acts, where a test may end it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        records: Records,
        reattribute: Reattribute,
        series: Restamping,
        passed: Callable[[str], None] = _nothing,
    ) -> None:
        self._database = database
        self._clock = clock
        self._records = records
        self._alerts = reattribute
        self._series = series
        self._passed = passed
        self._name = uuid.uuid4().hex
        self._acts: Mapping[Step, Act] = {
            Step.HISTORY: self._history,
            Step.ALERTS: self._reattribute,
            Step.SERIES: self._copy,
            Step.TOMBSTONES: self._take_away,
        }

    async def work(self) -> bool:
        """Do a step of whatever is due; whether there was one."""
        row = await self._claimed()
        if row is None:
            return False
        self._passed("claimed")
        try:
            changes = await self._acts[Step(row.step)](row)
        except StoreRefuses as refuses:
            changes = self._failed(str(refuses))
        except (StoreAway, Problem) as away:
            changes = self._tried_again(row, str(getattr(away, "detail", away)))
        self._passed(f"{row.step} done")
        try:
            await self._keep(row.id, changes)
        except Lost:
            return True
        return True

    async def _claimed(self) -> CorrectionRow | None:
        now = self._clock()
        due = select(CorrectionRow).where(
            CorrectionRow.state.in_((State.QUEUED.value, State.RUNNING.value)), CorrectionRow.due_ms <= now
        )
        due = due.order_by(CorrectionRow.due_ms, CorrectionRow.id).limit(1)
        async with self._database.reading() as session:
            if await session.scalar(due) is None:
                return None
        async with self._database.writing() as session:
            row = await session.scalar(due)
            if row is not None:
                row.state, row.worker, row.due_ms = State.RUNNING.value, self._name, now + LEASE_MS
            return row

    async def _keep(self, id: str, changes: Mapping[str, Any]) -> None:
        """What a step came to, and that the next is due."""
        async with self._database.writing() as session:
            row = await self._own(session, id)
            for name, value in ({"due_ms": self._clock(), "failure": None} | dict(changes)).items():
                setattr(row, name, value)
            row.worker = None

    async def _own(self, session: AsyncSession, id: str) -> CorrectionRow:
        row = await session.get_one(CorrectionRow, id)
        if row.worker != self._name:
            raise Lost
        return row

    async def _history(self, row: CorrectionRow) -> Mapping[str, Any]:
        """The assignments, with the row in one transaction: nobody is left between them."""
        await self._series.require_erasable()
        by = Author(row.asked_by, row.asked_by_name)
        async with self._database.writing() as session:
            own = await self._own(session, row.id)
            taken = await self._records.rewrite(session, row.gateway, row.patient, (row.from_ms, row.until_ms), by)
            own.taken_from = sorted({*taken, *await _left_by_failed(session, row)})
            own.step = Step.ALERTS.value
            self._passed("history rewritten")
        self._passed("history kept")
        return {"due_ms": self._clock() + SETTLED_MS}

    async def _reattribute(self, row: CorrectionRow) -> Mapping[str, Any]:
        times = (row.from_ms, row.until_ms)
        await self._alerts(row.gateway, times, row.taken_from, row.patient, row.asked_by_name)
        return {"step": Step.SERIES.value, "reached_ms": row.from_ms, "found": 0}

    async def _copy(self, row: CorrectionRow) -> Mapping[str, Any]:
        """The next hour. At the end of the way it is known whether anything stood under a wrong name."""
        stretch = await self._stretch(row)
        ends = min(row.reached_ms + CHUNK_MS, stretch.ends)
        found, aside = row.found, 0
        for wrong in row.taken_from:
            done = await self._series.copy(stretch, wrong, row.reached_ms, ends, f"correction {row.id}")
            found, aside = found + done.found, aside + done.set_aside
            self._passed("copied")
        changes = {"reached_ms": ends, "found": found}
        if row.tries == 0:
            changes |= {"moved": row.moved + found - row.found - aside, "set_aside": row.set_aside + aside}
        if ends < stretch.ends:
            return changes
        if found == 0:
            return changes | {"state": State.DONE.value, "ended_ms": self._clock(), "failure": None}
        return changes | {"step": Step.TOMBSTONES.value}

    async def _take_away(self, row: CorrectionRow) -> Mapping[str, Any]:
        """All of it was copied and found there. Then the way is gone again, until nothing is found on it."""
        stretch = await self._stretch(row)
        for wrong in row.taken_from:
            await self._series.take_away(stretch, wrong)
            self._passed("taken away")
        if row.tries >= MOST_TRIES:
            return self._failed("store: expected to hide what was taken away, it still shows some of it")
        again = {"step": Step.SERIES.value, "reached_ms": row.from_ms, "found": 0, "tries": row.tries + 1}
        return again | {"due_ms": self._clock() + (LATER_MS if row.tries else 0)}

    async def _stretch(self, row: CorrectionRow) -> Stretch:
        return Stretch(
            gateway=row.gateway,
            from_ms=row.from_ms,
            until_ms=row.until_ms,
            assignments=await self._records.assignments(row.gateway),
        )

    def _failed(self, sentence: str) -> Mapping[str, Any]:
        return {"state": State.FAILED.value, "failure": sentence, "ended_ms": self._clock()}

    def _tried_again(self, row: CorrectionRow, sentence: str) -> Mapping[str, Any]:
        return {"failure": sentence, "due_ms": self._clock() + AGAIN_MS}


async def _left_by_failed(session: AsyncSession, row: CorrectionRow) -> set[str]:
    """From whom earlier corrections of this time took it, and failed before all that follows was done."""
    failed = select(CorrectionRow).where(
        CorrectionRow.gateway == row.gateway,
        CorrectionRow.state == State.FAILED.value,
        CorrectionRow.from_ms < row.until_ms,
        CorrectionRow.until_ms > row.from_ms,
    )
    return {patient for one in await session.scalars(failed) for patient in one.taken_from} - {row.patient}
