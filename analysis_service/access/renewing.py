"""What a session's person is now: asked of the provider before the last word is too old, by one worker at a time."""

from __future__ import annotations

import asyncio
import time

from sqlalchemy import or_, update

from analysis_service.access.provider import Provider, Refused, Tokens, away
from analysis_service.access.sealed import Seal
from analysis_service.access.tables import SessionRow
from analysis_service.access.tokens import Access, Held
from analysis_service.asking import doing
from analysis_service.clock import Clock
from analysis_service.database import Database
from analysis_service.problems import UNAUTHORIZED, Problem
from chevet.roles import MACHINES, Role

BELIEVED_MS = 5 * 60 * 1000
"""The longest that a role which was taken away is still one, whatever the provider says of its tokens."""
AHEAD_MS = 30_000
"""So long before that it is asked anew: whoever is not the one to ask goes on meanwhile."""
TURN_MS = 15_000
"""After that another may ask: whoever did has died."""
LOOK_EVERY_SECONDS = 0.1
ENDED = "ended at the identity provider"


class Renewing:
    """Renews sessions by their refresh tokens, each of which is good once."""

    def __init__(self, database: Database, clock: Clock, access: Access, provider: Provider, seal: Seal) -> None:
        self._database = database
        self._clock = clock
        self._access = access
        self._provider = provider
        self._seal = seal

    def fresh_until(self, held: Held) -> int:
        """Until when what a token says is believed."""
        return min(int(held.expires_ms), self._clock() + BELIEVED_MS)

    async def renewed(self, row: SessionRow) -> SessionRow:
        """`row` as it is now, ended or with fresh roles. Raises Problem 503 where nobody can say."""
        if self._clock() < row.fresh_until_ms - AHEAD_MS:
            return row
        if await self._is_our_turn(row):
            return await self._ask(row)
        if self._clock() < row.fresh_until_ms:
            return row
        return await self._by_another(row)

    async def _is_our_turn(self, row: SessionRow) -> bool:
        now = self._clock()
        taking = (
            update(SessionRow)
            .where(
                SessionRow.id == row.id,
                SessionRow.ended_ms.is_(None),
                SessionRow.fresh_until_ms == row.fresh_until_ms,
                or_(SessionRow.renewing_until_ms.is_(None), SessionRow.renewing_until_ms < now),
            )
            .values(renewing_until_ms=now + TURN_MS)
            .returning(SessionRow.id)
        )
        with doing(None):
            async with self._database.writing() as session:
                return (await session.execute(taking)).first() is not None

    async def _ask(self, row: SessionRow) -> SessionRow:
        kept = self._seal.open(row.tokens or "") or {}
        try:
            if not kept.get("refresh"):
                raise Refused("expected a refresh token, got none")
            tokens = await self._provider.renewed(kept["refresh"])
            held = await self._access.held(tokens.access)
            if held.caller.subject != row.subject:
                raise Refused("expected a token of the same person, got another's")
        except Refused:
            return await self._keep(row, ended_ms=self._clock(), ended_because=ENDED, tokens=None)
        except Problem as problem:
            if problem.kind is UNAUTHORIZED:
                return await self._keep(row, ended_ms=self._clock(), ended_because=ENDED, tokens=None)
            await self._keep(row)
            if self._clock() < row.fresh_until_ms:
                return row
            raise
        return await self._keep(row, **self._columns(held, tokens, kept))

    def _columns(self, held: Held, tokens: Tokens, kept: dict[str, str]) -> dict[str, object]:
        return {
            "roles": written(held.caller.roles),
            "name": held.caller.name,
            "fresh_until_ms": self.fresh_until(held),
            "tokens": self._seal.close(
                {"refresh": tokens.refresh or kept["refresh"], "id": tokens.id_token or kept.get("id")}
            ),
        }

    async def _keep(self, row: SessionRow, **columns: object) -> SessionRow:
        """Write what was learned, and give the turn back. What a person ended meanwhile stays ended."""
        change = update(SessionRow).where(SessionRow.id == row.id, SessionRow.ended_ms.is_(None))
        with doing(None):
            async with self._database.writing() as session:
                await session.execute(change.values(renewing_until_ms=None, **columns))
                return await session.get_one(SessionRow, row.id)

    async def _by_another(self, row: SessionRow) -> SessionRow:
        """Wait for the worker whose turn it is."""
        deadline = time.monotonic() + TURN_MS / 1000
        while time.monotonic() < deadline:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            async with self._database.reading() as session:
                now = await session.get_one(SessionRow, row.id)
            if now.ended_ms is not None or now.fresh_until_ms != row.fresh_until_ms:
                return now
            if now.renewing_until_ms is None:
                break
        raise away()


def written(roles: frozenset[Role]) -> str:
    """As they stand in the table: those of programs do not come by a browser."""
    return ",".join(sorted(roles - MACHINES))
