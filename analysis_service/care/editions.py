"""What wards and teams are called, each change as an edition that is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.access.service import Caller
from analysis_service.care.tables import EditionRow, TeamRow, WardRow
from analysis_service.clock import shown
from analysis_service.editions import require_edition
from analysis_service.problems import CONFLICT, NOT_FOUND, Problem

Named = TypeVar("Named", WardRow, TeamRow)
WHAT = {WardRow: "ward", TeamRow: "team"}


def keep(session: AsyncSession, one: WardRow | TeamRow, who: Caller, now: int, **said: Any) -> None:
    """What `who` says of it in the edition that it has now."""
    session.add(EditionRow(about=one.id, version=one.version, saved_ms=now, saved_by=who.subject, said=said))


async def editions(session: AsyncSession, about: str) -> Sequence[EditionRow]:
    """All of one ward or team, the oldest first."""
    query = select(EditionRow).where(EditionRow.about == about).order_by(EditionRow.version)
    return (await session.scalars(query)).all()


async def named(session: AsyncSession, row: type[Named], id: str) -> Named:
    """The ward or team. Raises Problem 404."""
    one = await session.get(row, id)
    if one is None:
        raise Problem(NOT_FOUND, f"{WHAT[row]}: expected one that there is, found none of this id", field=WHAT[row])
    return one


async def standing(session: AsyncSession, row: type[Named], id: str) -> Named:
    """The same. Raises Problem 409 where it has ended."""
    one = await named(session, row, id)
    if one.ended_ms is not None:
        raise Problem(CONFLICT, f"{WHAT[row]}: {one.name} ended at {shown(one.ended_ms)}", field=WHAT[row])
    return one


def change(session: AsyncSession, one: WardRow | TeamRow, edition: int, who: Caller, now: int, **said: Any) -> None:
    """From now on it is as `said`. Raises Problem 412."""
    require_edition(one.version, edition)
    one.version += 1
    for name, value in said.items():
        setattr(one, name, value)
    keep(session, one, who, now, **said)


def end(session: AsyncSession, one: WardRow | TeamRow, edition: int, who: Caller, now: int) -> None:
    """There is it no more. Raises Problem 412."""
    change(session, one, edition, who, now, ended_ms=now)
    one.ended_by = who.subject
