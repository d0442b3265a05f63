"""Sessions: who signed in in which browser, what they are by the provider's last word, and when that ends."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Update, select, update

from analysis_service.access.provider import Refused, Tokens
from analysis_service.access.renewing import ENDED, Renewing, written
from analysis_service.access.sealed import Seal
from analysis_service.access.tables import SessionRow
from analysis_service.access.tokens import Access, Caller
from analysis_service.asking import doing
from analysis_service.clock import Clock
from analysis_service.database import Database
from analysis_service.problems import UNAUTHORIZED, Problem
from chevet.roles import Role

SEEN_EVERY_MS = 60_000
"""How exactly it is known when somebody was last seen."""
MOST_AGENT = 200
SIGNED_OUT, ELSEWHERE = "signed out", "ended by the person"
IDLE, TOO_LONG = "nothing was done for too long", "signed in for too long"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a session lasts, in milliseconds: without a request, and at all."""

    idle: int
    whole: int


class NoSession(Problem):
    """What a browser is told whose session is none. `was` says that it was one: its cookie is no key that is tried."""

    def __init__(self, because: str, *, was: bool) -> None:
        super().__init__(
            UNAUTHORIZED,
            f"Cookie: expected a session, got one that is over: {because}; sign in again at /sign-in",
            field="Cookie",
            headers={"WWW-Authenticate": "Bearer"},
        )
        self.was = was


class Sessions:
    """All of them, in the database: any worker knows each, and none knows by what cookie."""

    def __init__(
        self, database: Database, clock: Clock, access: Access, renewing: Renewing, seal: Seal, limits: Limits
    ) -> None:
        self._database = database
        self._clock = clock
        self._access = access
        self._renewing = renewing
        self._seal = seal
        self.limits = limits

    async def begin(self, tokens: Tokens, agent: str) -> tuple[str, Caller]:
        """A new session for whom the tokens are; its cookie, which is said this once. Raises Refused, Problem 401."""
        held = await self._access.held(tokens.access)
        if (tokens.identity or {}).get("sub") != held.caller.subject:
            raise Refused("expected both tokens to be of one person, got two")
        cookie, now = secrets.token_urlsafe(32), self._clock()
        row = SessionRow(
            id=str(uuid.uuid4()),
            cookie_hash=_hash(cookie),
            subject=held.caller.subject,
            name=held.caller.name,
            roles=written(held.caller.roles),
            agent=_readable(agent),
            provider_session=_provider_session(tokens),
            tokens=self._seal.close({"refresh": tokens.refresh, "id": tokens.id_token}),
            created_ms=now,
            seen_ms=now,
            fresh_until_ms=self._renewing.fresh_until(held),
        )
        async with self._database.writing() as session:
            session.add(row)
        return cookie, _caller(row)

    async def caller(self, cookie: str) -> Caller:
        """Whose session that is, and what they are now. Raises Problem 401; 503 while the provider is needed."""
        row = await self._known(cookie)
        now = self._clock()
        for past, because in (
            (now - row.created_ms >= self.limits.whole, TOO_LONG),
            (now - row.seen_ms >= self.limits.idle, IDLE),
        ):
            if past:
                await self._end(row.id, because)
                raise NoSession(because, was=True)
        row = await self._renewing.renewed(row)
        if row.ended_ms is not None:
            raise NoSession(row.ended_because or ENDED, was=True)
        if now - row.seen_ms >= SEEN_EVERY_MS:
            await self._seen(row.id, now)
        return _caller(row)

    async def of(self, subject: str) -> Sequence[SessionRow]:
        """Those of one person that have not ended, the newest first."""
        now = self._clock()
        wanted = (
            select(SessionRow)
            .where(
                SessionRow.subject == subject,
                SessionRow.ended_ms.is_(None),
                SessionRow.seen_ms > now - self.limits.idle,
                SessionRow.created_ms > now - self.limits.whole,
            )
            .order_by(SessionRow.created_ms.desc(), SessionRow.id)
        )
        async with self._database.reading() as session:
            return (await session.scalars(wanted)).all()

    async def row(self, identifier: str) -> SessionRow | None:
        """The session of that name, ended or not."""
        async with self._database.reading() as session:
            return await session.get(SessionRow, identifier)

    async def end(self, identifier: str, subject: str, because: str) -> str | None:
        """End it, if it is that person's. Returns its ID token; None where there is nothing to end."""
        row = await self.row(identifier)
        if row is None or row.subject != subject or row.ended_ms is not None:
            return None
        kept = self._seal.open(row.tokens or "") or {}
        async with self._database.writing() as session:
            await session.execute(_ending(self._clock(), because).where(SessionRow.id == identifier))
        return str(kept.get("id") or "")

    async def end_with_provider(self, provider_session: str | None, subject: str | None) -> None:
        """End what belongs to a session that ended at the provider, or to a person who has none there any more."""
        of = (
            SessionRow.provider_session == provider_session if provider_session else SessionRow.subject == subject,
            SessionRow.ended_ms.is_(None),
        )
        async with self._database.writing() as session:
            await session.execute(_ending(self._clock(), ENDED).where(*of))

    async def forget(self, cookie: str) -> None:
        """End the session of a browser in which somebody signs in anew."""
        async with self._database.writing() as session:
            await session.execute(
                _ending(self._clock(), SIGNED_OUT).where(
                    SessionRow.cookie_hash == _hash(cookie), SessionRow.ended_ms.is_(None)
                )
            )

    async def _known(self, cookie: str) -> SessionRow:
        async with self._database.reading() as session:
            row = await session.scalar(select(SessionRow).where(SessionRow.cookie_hash == _hash(cookie)))
        if row is None:
            raise NoSession("none of that name is known", was=False)
        if row.ended_ms is not None:
            raise NoSession(row.ended_because or SIGNED_OUT, was=True)
        return row

    async def _end(self, identifier: str, because: str) -> None:
        with doing(None):
            async with self._database.writing() as session:
                await session.execute(_ending(self._clock(), because).where(SessionRow.id == identifier))

    async def _seen(self, identifier: str, now: int) -> None:
        with doing(None):
            async with self._database.writing() as session:
                seen = update(SessionRow).where(SessionRow.id == identifier, SessionRow.seen_ms < now)
                await session.execute(seen.values(seen_ms=now))


def _ending(now: int, because: str) -> Update:
    return update(SessionRow).values(ended_ms=now, ended_because=because, tokens=None, renewing_until_ms=None)


def _caller(row: SessionRow) -> Caller:
    roles = frozenset(Role(role) for role in row.roles.split(",") if role)
    return Caller(subject=row.subject, name=row.name, roles=roles, gateway=None, session=row.id)


def _hash(cookie: str) -> str:
    """The cookie is as random as a hash is long: nothing is gained by salt."""
    return hashlib.sha256(cookie.encode(errors="replace")).hexdigest()


def _readable(agent: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in agent)[:MOST_AGENT]


def _provider_session(tokens: Tokens) -> str | None:
    found = (tokens.identity or {}).get("sid")
    return found if isinstance(found, str) else None
