"""Corrections: what may be asked for, and the workers that do it, each step again where one was killed in it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.access.service import Caller
from analysis_service.asking import because
from analysis_service.clock import Clock, shown
from analysis_service.corrections.schemas import CorrectionView, NewCorrection, State, Step
from analysis_service.corrections.steps import Steps
from analysis_service.corrections.tables import CorrectionRow
from analysis_service.database import Database
from analysis_service.problems import CONFLICT, INVALID, NOT_FOUND, Problem

OLDEST_MS = 8 * 24 * 3600 * 1000
"""The store takes no older samples, and so nothing older can stand under another patient."""
EVERY_SECONDS = 2.0
OPEN = (State.QUEUED.value, State.RUNNING.value)

log = structlog.get_logger()


class Corrections:
    """The corrections of all gateways, and one worker at them; each process has its own."""

    def __init__(self, database: Database, clock: Clock, steps: Steps) -> None:
        self._database = database
        self._clock = clock
        self._steps = steps
        self._failing = False

    async def ask(self, gateway: str, body: NewCorrection, taken_from: tuple[str, ...], who: Caller) -> CorrectionView:
        """Queue one. Raises Problem where it cannot be, or another of the gateway is under way."""
        now = self._clock()
        require_stretch(body, now)
        because(body.reason)
        async with self._database.writing() as session:
            query = select(CorrectionRow).where(CorrectionRow.gateway == gateway, CorrectionRow.state.in_(OPEN))
            if (await session.scalars(query)).first() is not None:
                raise Problem(
                    CONFLICT,
                    f"gateway: expected no correction of {gateway} under way; wait until it is done",
                    field="gateway",
                )
            row = CorrectionRow(
                id=str(uuid.uuid4()),
                gateway=gateway,
                **body.model_dump(),
                asked_by=who.subject,
                asked_by_name=who.name,
                asked_ms=now,
                state=State.QUEUED.value,
                step=Step.HISTORY.value,
                taken_from=list(taken_from),
                reached_ms=body.from_ms,
                moved=0,
                set_aside=0,
                found=0,
                due_ms=now,
                tries=0,
            )
            session.add(row)
        return view(row)

    async def correction(self, gateway: str, id: str) -> CorrectionView:
        """One of them. Raises Problem 404."""
        async with self._database.reading() as session:
            return view(await _row(session, gateway, id))

    async def of(self, gateway: str) -> list[CorrectionView]:
        """All of a gateway, the newest first."""
        query = select(CorrectionRow).where(CorrectionRow.gateway == gateway)
        async with self._database.reading() as session:
            return [view(row) for row in await session.scalars(query.order_by(CorrectionRow.asked_ms.desc()))]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """A worker is at them meanwhile."""
        working = asyncio.create_task(self._keep_on())
        try:
            yield
        finally:
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working

    async def _keep_on(self) -> None:
        while True:
            try:
                while await self._steps.work():
                    pass
                self._failing = False
            except Exception as error:
                if not self._failing:
                    log.error("corrections do not go on", error=str(getattr(error, "orig", error)))
                self._failing = True
            await asyncio.sleep(EVERY_SECONDS)


def require_stretch(body: NewCorrection, now: int) -> None:
    """Raises Problem 422 unless it lies in the past, and no further back than the store takes samples."""
    if body.until_ms <= body.from_ms:
        raise Problem(INVALID, f"until_ms: expected later than {shown(body.from_ms)}", field="until_ms")
    if body.until_ms > now:
        raise Problem(
            INVALID,
            f"until_ms: expected {shown(now)}, now, or earlier; what is to come is given and ended",
            field="until_ms",
        )
    if body.from_ms < now - OLDEST_MS:
        raise Problem(
            INVALID,
            f"from_ms: expected at most 8 days ago, for the store takes no older samples, got {shown(body.from_ms)}",
            field="from_ms",
        )


async def _row(session: AsyncSession, gateway: str, id: str) -> CorrectionRow:
    row = await session.get(CorrectionRow, id)
    if row is None or row.gateway != gateway:
        raise Problem(NOT_FOUND, f"id: expected a correction of {gateway}, found none", field="id")
    return row


def view(row: CorrectionRow) -> CorrectionView:
    """The row as it is shown."""
    way = max(1, row.until_ms - row.from_ms)
    progress = 1.0 if row.state == State.DONE else min(1.0, max(0.0, (row.reached_ms - row.from_ms) / way))
    known = {name: getattr(row, name) for name in CorrectionView.model_fields if name != "progress"}
    return CorrectionView.model_validate(known | {"progress": progress})
