"""Editions of what people edit: each is kept whole, and what somebody changed is how it differs from the one before."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.access.service import Caller
from analysis_service.editions import require_edition
from analysis_service.records.schemas import Change, EditionView
from analysis_service.records.tables import EditionRow

MOST_ASKED = 500
"""Of one statement: a database takes only so many parameters."""


class What(StrEnum):
    """Of what editions are kept. Of a gateway's devices, of an assignment, and of two things of a patient."""

    DOSSIER = "dossier"
    CONTACTS = "contacts"
    DEVICES = "devices"
    ASSIGNMENT = "assignment"


class Author(NamedTuple):
    """Who saves something: a person, or a gateway that was heard to have another device."""

    subject: str
    name: str


def author(who: Caller) -> Author:
    """The caller as who saves."""
    return Author(who.subject, who.name)


async def version_of(session: AsyncSession, what: What, of: str) -> int:
    """The newest edition's; 0 of what nobody has saved yet."""
    return (await versions_of(session, what, (of,)))[of]


async def versions_of(session: AsyncSession, what: What, many: Collection[str]) -> dict[str, int]:
    """The newest edition's version of each."""
    found, wanted = dict.fromkeys(many, 0), sorted(set(many))
    for first in range(0, len(wanted), MOST_ASKED):
        query = select(EditionRow.of, func.max(EditionRow.version)).where(
            EditionRow.what == what.value, EditionRow.of.in_(wanted[first : first + MOST_ASKED])
        )
        found |= {of: version for of, version in await session.execute(query.group_by(EditionRow.of))}
    return found


async def save(
    session: AsyncSession, what: What, of: str, content: Mapping[str, Any], by: Author, at: int, edition: int | None
) -> int:
    """Keep `content` as the next edition; its version. Raises Problem 412 where the newest is not `edition`, if given.

    In a writing transaction: nobody else saves meanwhile.
    """
    newest = await version_of(session, what, of)
    if edition is not None:
        require_edition(newest, edition)
    row = EditionRow(
        what=what.value,
        of=of,
        version=newest + 1,
        at_ms=at,
        saved_by=by.subject,
        saved_by_name=by.name,
        content=dict(content),
    )
    session.add(row)
    await session.flush()
    return row.version


async def history(session: AsyncSession, what: What, of: str) -> list[EditionView]:
    """Every edition, the oldest first, with what it changed."""
    query = select(EditionRow).where(EditionRow.what == what.value, EditionRow.of == of).order_by(EditionRow.version)
    rows: Sequence[EditionRow] = (await session.scalars(query)).all()
    contents: list[Mapping[str, Any]] = [{}, *(row.content for row in rows)]
    return [
        EditionView(
            version=row.version,
            at_ms=row.at_ms,
            by=row.saved_by,
            by_name=row.saved_by_name,
            changed=changes(before, after),
        )
        for row, (before, after) in zip(rows, pairwise(contents), strict=True)
    ]


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Change]:
    """Each field that is not what it was; what is not there is None."""
    return {
        name: Change(before=before.get(name), after=after.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    }
