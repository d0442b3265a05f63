"""What a transaction keeps of an alert: once, amended by what comes later, and no attempt ever lost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.alerts.joins import record, rejoin
from analysis_service.alerts.notified import Notice, retold
from analysis_service.alerts.tables import AlertRow, AttemptRow
from analysis_service.problems import CONFLICT, Problem
from chevet.alerts import Alert, Source

FIXED = ("gateway", "device", "rule", "vital", "kind")
"""What an alert is about: a later post of the same id that says otherwise is refused."""
AMENDED = ("severity", "onset", "declared_at", "value", "limit", "cleared_at", "late")
"""What a later post may change."""
OVERTAKEN_MS = 15_000
"""So long after an end, a word that the alert still fires may have been overtaken by it; later it is news."""
TOGETHER = 50
"""Alerts in one transaction: nobody else writes meanwhile."""


class Kept(Enum):
    """What became of what Alertmanager told. Of what may have been overtaken nothing is kept."""

    NEW = auto()
    KNOWN = auto()
    OVERTAKEN = auto()


async def keep_raised(session: AsyncSession, alert: Alert, patient: str | None, now: int) -> tuple[AlertRow, bool]:
    """What a gateway raised; whether it is new. Raises Problem 409 where the id is another alert's."""
    row = await session.get(AlertRow, alert.id)
    new = row is None
    fields = alert.to_dict()
    if row is None:
        told = {name: fields[name] for name in (*FIXED, *AMENDED)}
        row = AlertRow(id=alert.id, source=Source.GATEWAY.value, patient=patient, registered_at=now, **told)
        changed = await _registered(session, row, now)
    else:
        changed = _amend(session, row, fields, now)
    row.heard_at = now
    await _append_attempts(session, row, alert, now)
    await session.flush()
    if changed & {"onset", "cleared_at"}:
        await rejoin(session, row, now)
    return row, new


async def keep_told(session: AsyncSession, notice: Notice, patient: str | None, now: int) -> tuple[AlertRow, Kept]:
    """What Alertmanager tells."""
    row = await session.get(AlertRow, notice.id)
    if row is None:
        row, kept = _told_row(notice, patient, now), Kept.NEW
        changed = await _registered(session, row, now)
    elif _overtaken(row, notice, now):
        return row, Kept.OVERTAKEN
    else:
        kept, changed = Kept.KNOWN, _follow(session, row, notice, now)
    await session.flush()
    if changed:
        await rejoin(session, row, now)
    return row, kept


async def _registered(session: AsyncSession, row: AlertRow, now: int) -> set[str]:
    session.add(row)
    await session.flush()
    record(session, row, now, "registered", {name: getattr(row, name) for name in AMENDED})
    return set(AMENDED)


def _told_row(notice: Notice, patient: str | None, now: int) -> AlertRow:
    return AlertRow(
        id=notice.id,
        source=Source.PROMETHEUS.value,
        fingerprint=notice.fingerprint,
        gateway=notice.gateway,
        device=notice.device,
        rule=notice.rule,
        vital=notice.vital,
        kind=notice.kind.value,
        severity=notice.severity.value,
        onset=notice.onset,
        declared_at=notice.onset,
        cleared_at=notice.cleared_at,
        late=False,
        patient=patient,
        registered_at=now,
        heard_at=now,
        told=notice.told,
    )


def _overtaken(row: AlertRow, notice: Notice, now: int) -> bool:
    """Whether the end that is known may have overtaken this word that it fires on the way.

    Where Prometheus could not reach Alertmanager for a while, an alert is told as over and, with the same start, as
    firing again: that is news. What comes right behind the end may be either.
    """
    return notice.cleared_at is None and row.cleared_at is not None and just_heard(row, now)


def just_heard(row: AlertRow, now: int) -> bool:
    """Whether what was said before may still come."""
    return now - (row.heard_at or 0) <= OVERTAKEN_MS


def _follow(session: AsyncSession, row: AlertRow, notice: Notice, now: int) -> set[str]:
    """A repeat brings new sentences, an end ends it. Returns what of its times changed."""
    ends, known = notice.cleared_at, row.cleared_at
    # Prometheus may name for a while yet whom the alert was taken for.
    row.told, row.heard_at = retold(notice.told, notice.patient, row.patient or notice.patient), now
    if ends is None and known is not None:
        record(session, row, now, "reopened", {"cleared_at": None})
    elif ends is not None and (known is None or ends > known):
        record(session, row, now, "amended", {"cleared_at": ends})
    else:
        return set()
    row.cleared_at = ends
    return {"cleared_at"}


def _amend(session: AsyncSession, row: AlertRow, fields: Mapping[str, Any], now: int) -> set[str]:
    if row.source != Source.GATEWAY:
        raise Problem(CONFLICT, "id: expected one that a gateway minted, got one of Alertmanager's", field="id")
    for name in FIXED:
        if getattr(row, name) != fields[name]:
            raise Problem(CONFLICT, f"{name}: expected {getattr(row, name)!r} as registered, got another", field=name)
    changed = {name: fields[name] for name in AMENDED if getattr(row, name) != fields[name]}
    if row.cleared_at is not None and "cleared_at" in changed and changed["cleared_at"] is None:
        del changed["cleared_at"]  # an older post that comes late does not open it again
    for name, value in changed.items():
        setattr(row, name, value)
    if changed:
        record(session, row, now, "amended", changed)
    return set(changed)


async def _append_attempts(session: AsyncSession, row: AlertRow, alert: Alert, now: int) -> None:
    """Each that is not known. Of a known one only its detail may come later, such as the report of its delivery."""
    known = {_identity(one.attempt): one for one in await session.scalars(attempts_of([row.id]))}
    for attempt in alert.to_dict()["attempts"]:
        kept = known.get(_identity(attempt))
        if kept is None:
            text = json.dumps(attempt, sort_keys=True)
            digest = hashlib.sha256(text.encode()).hexdigest()
            kept = AttemptRow(alert=row.id, digest=digest, number=attempt["number"], at=attempt["at"], attempt=attempt)
            known[_identity(attempt)] = kept
            session.add(kept)
        elif attempt["detail"] and attempt["detail"] != kept.attempt["detail"]:
            kept.attempt = attempt
        else:
            continue
        record(session, row, now, "attempted", attempt)


def _identity(attempt: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(value for name, value in sorted(attempt.items()) if name != "detail")


def attempts_of(alerts: Sequence[str]) -> Select[AttemptRow]:
    """The attempts of some alerts, in order."""
    query = select(AttemptRow).where(AttemptRow.alert.in_(alerts))
    return query.order_by(AttemptRow.at, AttemptRow.number)
