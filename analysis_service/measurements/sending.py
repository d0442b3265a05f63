"""Values on their way to the store: each worker sends what nobody sends yet, and what was away waits in the database.

A value may be sent twice, which a store takes as once; two values for one time are never sent.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import structlog
from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.asking import doing
from analysis_service.clock import Clock
from analysis_service.database import Database
from analysis_service.ingest.service import Ingest, Refused
from analysis_service.measurements.samples import series_of
from analysis_service.measurements.tables import MeasuredValueRow, MeasurementRow
from analysis_service.problems import UNAVAILABLE, Problem
from chevet.metrics import BY_NAME

WAITING, STORED, WITHHELD, REFUSED = "waiting", "stored", "withheld", "refused"
EVERY_SECONDS = 5.0
AT_ONCE_SECONDS = 3.0
"""So long does somebody who enters a value wait for the store; it goes on meanwhile."""
CLAIM_MS = 120_000
"""How long nobody else sends what somebody began to send: a worker that died gives nothing back."""
MOST_VALUES = 100
"""Claimed at once."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value that this process is to send."""

    measurement: str
    patient: str
    vital: str
    value: float
    series_ms: int


class Sending:
    """Of one process."""

    def __init__(self, database: Database, clock: Clock, ingest: Ingest) -> None:
        self._database = database
        self._clock = clock
        self._ingest = ingest
        self._under_way: set[asyncio.Task[bool]] = set()
        self._failing = False
        self._over = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """What waits is sent meanwhile; what is under way at the end comes to its end."""
        self._over.clear()
        keeping = asyncio.create_task(self._keep_on())
        try:
            yield
        finally:
            self._over.set()
            await asyncio.gather(keeping, *self._under_way, return_exceptions=True)

    async def at_once(self, values: Sequence[Value]) -> None:
        """Send what this process claimed when it was entered, and wait a moment for it."""
        task = asyncio.create_task(self._send(values))
        self._under_way.add(task)
        task.add_done_callback(self._sent)
        await asyncio.wait({task}, timeout=AT_ONCE_SECONDS)

    def _sent(self, task: asyncio.Task[bool]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a measurement is not sent yet", error=type(task.exception()).__name__)

    async def _keep_on(self) -> None:
        """A round every few seconds. What fails is tried again with the next.

        None is broken off: what it claimed would wait for CLAIM_MS until another sends it.
        """
        while not await self._over_within(EVERY_SECONDS):
            try:
                self._tell("" if await self.round() else "the store is away")
            except Exception as error:
                self._tell(str(getattr(error, "orig", error)))

    async def _over_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), seconds)
        return self._over.is_set()

    def _tell(self, wrong: str) -> None:
        """The first failure of several is logged, and that it is over."""
        if wrong and not self._failing:
            log.error("measurements wait", error=wrong)
        if not wrong and self._failing:
            log.info("measurements are sent again")
        self._failing = bool(wrong)

    async def round(self) -> bool:
        """Send whatever waits and nobody sends; False where the store was away."""
        with doing(None):
            while not self._over.is_set() and (values := await self._claim()):
                if not await self._send(values):
                    return False
        return True

    async def _claim(self) -> list[Value]:
        """The oldest that nobody sends, for this process alone. What was struck while a dead one had it is withheld."""
        now, row = self._clock(), MeasuredValueRow
        due = select(row).where(row.state == WAITING, _free(now)).order_by(row.series_ms).limit(MOST_VALUES)
        async with self._database.reading() as session:
            if await session.scalar(due.limit(1)) is None:
                return []
        async with self._database.writing() as session:
            rows = list(await session.scalars(due))
            over = await _struck(session, {one.measurement for one in rows})
            for one in rows:
                one.claimed_ms = None if one.measurement in over else now
                one.state = WITHHELD if one.measurement in over else WAITING
        return [value_of(one) for one in rows if one.state == WAITING]

    async def _send(self, values: Sequence[Value]) -> bool:
        """One measurement after the other; False where the store is away, and what is left is given back."""
        together: defaultdict[tuple[str, str], list[Value]] = defaultdict(list)
        for one in values:
            together[one.measurement, one.patient].append(one)
        with doing(None):
            left = list(together)
            while left:
                measurement, patient = left[0]
                many = [
                    series for one in together[left[0]] for series in series_of(one.vital, one.value, one.series_ms)
                ]
                try:
                    refused = await self._ingest.by_hand(patient, measurement, many)
                except Problem as problem:
                    await self._give_back(measurement for measurement, _ in left)
                    if problem.kind is UNAVAILABLE:
                        return False
                    raise
                await self._settle(measurement, refused)
                left.pop(0)
        return True

    async def _settle(self, measurement: str, refused: Iterable[Refused]) -> None:
        reasons: dict[str, str] = {}
        for one in refused:
            vital = BY_NAME[one.series.name].vital
            if vital is not None:
                reasons[vital.key] = one.reason
        async with self._database.writing() as session:
            for row in await session.scalars(_waiting((measurement,))):
                row.refusal = reasons.get(row.vital)
                row.state = STORED if row.refusal is None else REFUSED
                row.sent_ms, row.claimed_ms = self._clock(), None

    async def _give_back(self, measurements: Iterable[str]) -> None:
        """For others to send; what was struck meanwhile is not sent any more."""
        async with self._database.writing() as session:
            wanted = list(measurements)
            over = await _struck(session, wanted)
            for row in await session.scalars(_waiting(wanted)):
                row.claimed_ms = None
                row.state = WITHHELD if row.measurement in over else WAITING


def value_of(row: MeasuredValueRow) -> Value:
    """The value to be sent."""
    return Value(
        measurement=row.measurement, patient=row.patient, vital=row.vital, value=row.value, series_ms=row.series_ms
    )


def _free(now: int) -> ColumnElement[bool]:
    claimed = MeasuredValueRow.claimed_ms
    return or_(claimed.is_(None), ~claimed.between(now - CLAIM_MS, now + CLAIM_MS))  # clocks differ


async def _struck(session: AsyncSession, measurements: Collection[str]) -> set[str]:
    """Those of them that were struck."""
    row = MeasurementRow
    return set(await session.scalars(select(row.id).where(row.id.in_(measurements), row.struck_ms.is_not(None))))


def _waiting(measurements: Iterable[str]) -> Select[MeasuredValueRow]:
    row = MeasuredValueRow
    return select(row).where(row.measurement.in_(list(measurements)), row.state == WAITING)
