"""Alerts of one condition in the database: which rows they are, and which of them are part of which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.alerts.tables import AlertEventRow, AlertRow
from chevet.alerts import Source
from chevet.joining import Observation, joined, main
from chevet.severities import Kind, Severity

ALERTMANAGER = "Alertmanager"
Group = Sequence[AlertRow]


def observation(row: AlertRow) -> Observation:
    """What the row's source saw."""
    return Observation(
        id=row.id,
        source=Source(row.source),
        severity=Severity(row.severity),
        onset=row.onset,
        cleared_at=row.cleared_at,
    )


def record(
    session: AsyncSession, row: AlertRow, at: int, what: str, change: dict[str, Any], by: str | None = None
) -> None:
    """Add what changed to the alert's history."""
    author = by or (ALERTMANAGER if row.source == Source.PROMETHEUS else f"gateway {row.gateway}")
    session.add(AlertEventRow(alert=row.id, at=at, by=author, what=what, change=change))


async def groups(session: AsyncSession, rows: Iterable[AlertRow]) -> dict[str, list[AlertRow]]:
    """The rows of each alert that any of `rows` belongs to, by the id of its main one; that one first."""
    roots = {row.part_of or row.id for row in rows}
    query = select(AlertRow).where(or_(AlertRow.id.in_(roots), AlertRow.part_of.in_(roots)))
    found: defaultdict[str, list[AlertRow]] = defaultdict(list)
    for row in await session.scalars(query.order_by(AlertRow.onset, AlertRow.id)):
        found[row.part_of or row.id].append(row)
    return {root: sorted(group, key=lambda row: row.part_of is not None) for root, group in found.items()}


async def rejoin(session: AsyncSession, row: AlertRow, now: int) -> None:
    """Put right which alerts are one, after the times of `row` changed: it may join two others, or leave them."""
    same = _same_condition(row)
    if same is None:
        return
    near = select(AlertRow).where(*same, or_(AlertRow.cleared_at.is_(None), AlertRow.cleared_at >= row.onset))
    if row.cleared_at is not None:
        near = near.where(AlertRow.onset <= row.cleared_at)
    touched = [row, *await session.scalars(near)]
    rows = {one.id: one for group in (await groups(session, touched)).values() for one in group}
    for group in joined(map(observation, rows.values())):
        first = main(group).id
        for one in group:
            _mark(session, rows[one.id], None if one.id == first else first, now)


def _mark(session: AsyncSession, row: AlertRow, part_of: str | None, now: int) -> None:
    if row.part_of == part_of:
        return
    what, other = ("parted", row.part_of) if part_of is None else ("joined", part_of)
    row.part_of = part_of
    record(session, row, now, what, {"alert": other})


def _same_condition(row: AlertRow) -> tuple[ColumnElement[bool], ...] | None:
    """What its rows have in common; None where it can join none.

    A clinical condition is a patient's, whoever measures it; a technical one is a device's, and of one vital of it.
    What is about a whole gateway, or about us, stands alone: two queues of one gateway are two things to look after.
    """
    alike: tuple[ColumnElement[bool], ...] = (
        AlertRow.rule == row.rule,
        AlertRow.kind == row.kind,
        AlertRow.patient == row.patient,
    )
    if row.kind == Kind.CLINICAL:
        return None if row.patient is None else alike
    of_device = (AlertRow.gateway == row.gateway, AlertRow.device == row.device, AlertRow.vital == row.vital)
    return (*alike, *of_device) if row.device else None
