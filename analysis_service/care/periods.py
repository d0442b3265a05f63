"""From when until when somebody is of a team, in its care, or on a ward: what may be saved of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.access.service import Caller
from analysis_service.care.caring import lasting
from analysis_service.clock import shown
from analysis_service.problems import CONFLICT, INVALID, NOT_FOUND, Problem

Sentence = Callable[[Any], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """In force in [from_ms, until_ms); open where `until_ms` is None."""

    from_ms: int
    until_ms: int | None = None


def new_id() -> str:
    """Of anything of care."""
    return secrets.token_hex(8)


def period(from_ms: int | None, until_ms: int | None, now: int) -> Period:
    """From now on where nothing else is said. Raises Problem 422: nobody had a right in the past."""
    begins = now if from_ms is None else from_ms
    if begins < now:
        raise Problem(INVALID, f"from_ms: expected {shown(now)} or later, got {shown(begins)}", field="from_ms")
    if until_ms is not None and until_ms <= begins:
        raise Problem(
            INVALID, f"until_ms: expected later than {shown(begins)}, got {shown(until_ms)}", field="until_ms"
        )
    return Period(from_ms=begins, until_ms=until_ms)


async def require_free(
    session: AsyncSession, row: Any, wanted: Period, said: Sentence, *same: ColumnElement[bool]
) -> None:
    """Raises Problem 409 with what is `said` of the row that overlaps, of those that are the `same`."""
    overlaps = select(row).where(*same, lasting(row, wanted.from_ms)).order_by(row.from_ms)
    if wanted.until_ms is not None:
        overlaps = overlaps.where(row.from_ms < wanted.until_ms)
    other = await session.scalar(overlaps.limit(1))
    if other is not None:
        until = "" if other.until_ms is None else f" to {shown(other.until_ms)}"
        raise Problem(CONFLICT, f"{said(other)} from {shown(other.from_ms)}{until}; end that first", field="from_ms")


def saved(wanted: Period, who: Caller, now: int) -> dict[str, Any]:
    """The columns of whoever begins it."""
    return {
        "id": new_id(),
        "from_ms": wanted.from_ms,
        "until_ms": wanted.until_ms,
        "saved_ms": now,
        "saved_by": who.subject,
    }


async def found(session: AsyncSession, row: Any, id: str, of: str, *same: ColumnElement[bool]) -> Any:
    """The row `id`, of those that are the `same`. Raises Problem 404."""
    one = await session.scalar(select(row).where(row.id == id, *same))
    if one is None:
        raise Problem(NOT_FOUND, f"id: expected {of}, found none of this id", field="id")
    return one


def ending(one: Any, until_ms: int | None, now: int) -> int:
    """When it will end: now, or when it was to begin, unless a later time is given. Raises Problem 409 and 422."""
    if one.until_ms is not None and one.until_ms <= max(now, one.from_ms):
        raise Problem(CONFLICT, f"id: it ended at {shown(one.until_ms)} already", field="id")
    ends = max(now, one.from_ms) if until_ms is None else until_ms
    if ends < max(now, one.from_ms):
        raise Problem(
            INVALID, f"until_ms: expected {shown(max(now, one.from_ms))} or later, got {shown(ends)}", field="until_ms"
        )
    if one.until_ms is not None and ends > one.until_ms:
        raise Problem(CONFLICT, f"until_ms: expected {shown(one.until_ms)} or earlier, its end", field="until_ms")
    return ends


def end(one: Any, ends: int, who: Caller, now: int) -> None:
    """It ends then; who said so stays with it."""
    one.until_ms, one.ended_ms, one.ended_by = ends, now, who.subject
