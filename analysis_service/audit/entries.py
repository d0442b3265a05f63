"""Writing entries: with the change itself where there is one, before the answer leaves where there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from sqlalchemy import func, insert, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.asking import Asking, doing, under_way
from analysis_service.audit.people import Met, People
from analysis_service.audit.rows import columns_of, written
from analysis_service.audit.tables import AuditEntryRow, AuditLookRow, AuditSealRow
from analysis_service.database import Database
from chevet.audit import Look, Outcome, entry

FORBIDDEN, FIRST_REFUSAL, FIRST_FAILURE = 403, 400, 500


class Entries:
    """Writes them in the order in which they are kept, so that no number is missing and none comes later than a seal.

    Those of requests that only look wait for each other: while one transaction is under way, the others' go together
    in the next.
    """

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._key = key
        self._turn = asyncio.Lock()
        self._waiting: list[tuple[Look, asyncio.Future[None]]] = []
        self._people = People()

    async def with_change(self, session: AsyncSession) -> Callable[[], None]:
        """Write the entry of the request under way in its own transaction; to be called what it returns, once kept."""
        asking = under_way()
        if asking is None or asking.subject is None or asking.of_a_machine or asking.kept is not None:
            return _nothing
        patients = asking.patients
        self._people.meet(asking)
        met = await self._write(session, [_look(asking, Outcome.DONE)])

        def kept() -> None:
            asking.kept = patients
            self._people.written(met)

        return kept

    async def answered(self, asking: Asking, status: int) -> None:
        """Write what became of a request, unless it stands there already. Raises what SQLAlchemy raises."""
        outcome = outcome_of(status)
        if asking.subject is None or (asking.of_a_machine and outcome is not Outcome.REFUSED):
            return
        if outcome is Outcome.DONE and asking.kept is not None and asking.patients <= asking.kept:
            return
        patients = asking.patients
        self._people.meet(asking)
        await self._keep(_look(asking, outcome))
        asking.kept = patients

    async def _keep(self, look: Look) -> None:
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((look, done))
        async with self._turn:
            if not done.done():
                await self._keep_waiting()
        await done

    async def _keep_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        try:
            with doing(None):
                async with self._database.writing() as session:
                    met = await self._write(session, [look for look, _ in waiting])
        except BaseException as error:
            # Whoever asked first may have gone in the middle: the others are told to ask again.
            _settle(waiting, error if isinstance(error, Exception) else OperationalError(None, None, error))
            raise
        self._people.written(met)
        _settle(waiting, None)

    async def _write(self, session: AsyncSession, looks: Sequence[Look]) -> Met:
        """Under the write lock, which every writing transaction holds: nobody else gives numbers meanwhile."""
        heads = (
            select(func.max(AuditEntryRow.id)).scalar_subquery(),
            select(func.max(AuditSealRow.last)).scalar_subquery(),
        )
        newest = max(value or 0 for value in (await session.execute(select(*heads))).one())
        made = [entry(self._key, newest + number, look) for number, look in enumerate(looks, 1)]
        await session.execute(insert(AuditEntryRow), [columns_of(one) for one in made])
        about = [{"patient": patient, "entry": one.id} for one in made for patient in dict.fromkeys(one.look.patients)]
        if about:
            await session.execute(insert(AuditLookRow), about)
        return await self._people.write(session)


def outcome_of(status: int) -> Outcome:
    """What an answer's status says of it."""
    if status == FORBIDDEN:
        return Outcome.REFUSED
    if status < FIRST_REFUSAL:
        return Outcome.DONE
    return Outcome.REJECTED if status < FIRST_FAILURE else Outcome.FAILED


def _look(asking: Asking, outcome: Outcome) -> Look:
    scope = asking.scope
    return Look(
        at=asking.at,
        subject=written(asking.subject or ""),
        roles=tuple(sorted(role.value for role in asking.roles)),
        right=asking.right,
        method=scope["method"],
        route=getattr(scope.get("route"), "path", ""),
        patients=tuple(sorted(written(patient) for patient in asking.patients)),
        outcome=outcome.value,
        request=asking.request,
        reason=asking.grounds,
    )


def _nothing() -> None:
    """There was nothing to write."""


def _settle(waiting: Sequence[tuple[Look, asyncio.Future[None]]], error: Exception | None) -> None:
    for _, done in waiting:
        if done.done():  # whoever waited may have gone
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
            done.exception()  # looked at: whoever raises it is one of them
