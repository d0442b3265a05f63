"""Alerts as they are shown: to people with all that is part of them, to a gateway as it raised them, and to whom no
pseudonym is told without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.alerts.joins import Group, groups, observation
from analysis_service.alerts.kept import attempts_of
from analysis_service.alerts.notified import retold
from analysis_service.alerts.schemas import AlertView, Told
from analysis_service.alerts.tables import AlertRow
from chevet.joining import cleared_at, exceeds, severity
from chevet.severities import Severity

OF_ROW = (
    *("id", "rule", "vital", "kind", "severity", "onset", "declared_at", "value", "limit", "cleared_at", "late"),
    *("patient", "registered_at"),
)
UNTOLD = "…"
"""What stands where a pseudonym stood."""

Attempts = Mapping[str, Sequence[dict[str, Any]]]


async def shown(session: AsyncSession, rows: Sequence[AlertRow]) -> list[AlertView]:
    """The alerts that `rows` are the main ones of, in their order."""
    found = await groups(session, rows)
    attempts = await _attempts(session, [one.id for group in found.values() for one in group])
    return [_joined(found[row.id], attempts) for row in rows]


async def own(session: AsyncSession, rows: Sequence[AlertRow]) -> list[AlertView]:
    """The rows as the gateway that raised them may see them: under their own ids, and taken where the alert is."""
    found = await groups(session, rows)
    attempts = await _attempts(session, [row.id for row in rows])
    return [_own(row, found[row.part_of or row.id], attempts) for row in rows]


def taker(group: Group) -> AlertRow | None:
    """The row that says who has the alert now."""
    last = _last_taken(group)
    return None if last is None or _worse(group, last) else last


def waits_since(group: Group) -> int:
    """Since when it waits for somebody: since it is known, or since it is worse than who took it last knew."""
    last = _last_taken(group)
    if last is None or last.taken_at is None:
        return registered_at(group)
    return max(last.taken_at, registered_at(_worse(group, last) or group))


def _last_taken(group: Group) -> AlertRow | None:
    takes = [row for row in group if row.taken_severity is not None]
    return max(takes, key=lambda row: (row.taken_at or 0, row.id), default=None)


def _worse(group: Group, taken: AlertRow) -> Group:
    """What is worse than was known when it was taken, and goes on."""
    known = Severity(taken.taken_severity or taken.severity)
    return [row for row in group if exceeds(observation(row), known)]


def without_patient(view: AlertView) -> AlertView:
    """The alert, with no word of whose it is: in no field, and in no sentence."""
    told = view.told and Told.model_validate(retold(view.told.model_dump(), view.patient, UNTOLD))
    return view.model_copy(update={"patient": None, "told": told})


async def _attempts(session: AsyncSession, ids: Sequence[str]) -> Attempts:
    attempts: dict[str, list[dict[str, Any]]] = {id: [] for id in ids}
    for one in await session.scalars(attempts_of(ids)):
        attempts[one.alert].append(one.attempt)
    return attempts


def _joined(group: Group, attempts: Attempts) -> AlertView:
    seen = [observation(row) for row in group]
    fields = _fields(group[0]) | {
        "severity": severity(seen),
        "onset": min(one.onset for one in seen),
        "declared_at": min(row.declared_at for row in group),
        "cleared_at": cleared_at(seen),
        "late": all(row.late for row in group),
        "registered_at": registered_at(group),
        "attempts": [attempt for row in group for attempt in attempts[row.id]],
        "told": _told(group),
        "observations": [{"source": row.source} | _fields(row) for row in group],
    }
    return AlertView.model_validate(fields | _taken(taker(group)))


def registered_at(group: Group) -> int:
    """Since when the service knows of it."""
    return min(row.registered_at for row in group)


def _own(row: AlertRow, group: Group, attempts: Attempts) -> AlertView:
    """What somebody took before this one began is no answer to it: its relatives are called on.

    A gateway's clock may be ahead of ours: what we knew of had begun.
    """
    took, began = taker(group), min(row.onset, row.registered_at)
    mine = took if took is not None and (took.taken_at or 0) >= began else None
    fields = _fields(row) | {"patient": None, "attempts": attempts[row.id]}
    return AlertView.model_validate(fields | _taken(mine))


def _fields(row: AlertRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in OF_ROW} | {
        "gateway": row.gateway or None,
        "device": row.device or None,
    }


def _taken(took: AlertRow | None) -> dict[str, Any]:
    return {"taken_by": took and took.taken_by, "taken_at": took and took.taken_at}


def _told(group: Group) -> dict[str, Any] | None:
    """The sentences of the worst that is still seen, the newest before older ones."""
    rows = [row for row in group if row.told is not None]
    first = min(
        rows,
        key=lambda row: (row.cleared_at is not None, Severity(row.severity).rank, -row.onset, row.id),
        default=None,
    )
    return None if first is None else first.told
