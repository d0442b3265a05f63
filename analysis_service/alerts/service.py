"""The register of alerts: what a gateway posts is kept once, amended, and never loses an attempt."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.alerts.schemas import AlertDetail, AlertEvent, AlertView
from analysis_service.alerts.tables import AlertEventRow, AlertRow, AttemptRow
from analysis_service.clock import Clock
from analysis_service.database import Database
from analysis_service.problems import CONFLICT, NOT_FOUND, Problem
from analysis_service.records.service import Records, in_force
from analysis_service.telemetry import Telemetry
from chevet.alerts import Alert
from chevet.severities import Kind

FIXED = ("gateway", "device", "rule", "vital", "kind")
"""What an alert is about: a later post of the same id that says otherwise is refused."""
AMENDED = ("severity", "onset", "declared_at", "value", "limit", "cleared_at", "late")
"""What a later post may change."""
SHOWN = (*FIXED, *AMENDED, "patient", "registered_at", "taken_by", "taken_at")


@dataclass(frozen=True, slots=True)
class Registered:
    """`new` where the id was not known before."""

    alert: AlertView
    new: bool


class Alerts:
    """Alerts of all gateways."""

    def __init__(self, database: Database, clock: Clock, records: Records, telemetry: Telemetry) -> None:
        self._database = database
        self._clock = clock
        self._records = records
        self._telemetry = telemetry

    async def register(self, alert: Alert) -> Registered:
        """Keep `alert`; of a known id, what is new about it. Raises Problem 409 where the id is another alert's."""
        patient = await self._patient_at(alert.gateway, alert.onset)
        now = self._clock()
        async with self._database.writing() as session:
            row = await session.get(AlertRow, alert.id)
            new = row is None
            if row is None:
                row = _new_row(alert, patient, now)
                session.add(row)
                await session.flush()
                _record(session, row, now, "registered", {name: getattr(row, name) for name in AMENDED})
            else:
                _amend(session, row, alert, now)
            await _append_attempts(session, row, alert, now)
            await session.flush()
            view = await _view(session, row)
        if new:
            self._telemetry.alerts.labels(severity=alert.severity.value).inc()
        return Registered(view, new)

    async def _patient_at(self, gateway: str, at: int) -> str | None:
        """Whose alert it is: of the assignment in force at its onset, not at its arrival."""
        assignment = in_force(await self._records.assignments(gateway), at, at)
        return assignment.patient if assignment else None

    async def take(self, id: str, by: str) -> AlertView:
        """`by` looks after it. Who took it first stays; taking one's own again changes nothing."""
        async with self._database.writing() as session:
            row = await _row(session, id)
            if row.taken_by is None:
                row.taken_by, row.taken_at = by, self._clock()
                _record(session, row, row.taken_at, "taken", {}, by)
            elif row.taken_by != by:
                raise Problem(CONFLICT, "id: expected an alert that nobody took, another person has it", field="id")
            return await _view(session, row)

    async def listed(
        self, gateway: str | None, open_only: bool, limit: int, kind: Kind | None = None
    ) -> list[AlertView]:
        """Alerts, newest onset first; of one gateway, or of all; of one kind, or of both."""
        query = select(AlertRow).order_by(AlertRow.onset.desc(), AlertRow.id).limit(limit)
        if gateway is not None:
            query = query.where(AlertRow.gateway == gateway)
        if kind is not None:
            query = query.where(AlertRow.kind == kind.value)
        if open_only:
            query = query.where(AlertRow.cleared_at.is_(None))
        async with self._database.reading() as session:
            return await _views(session, (await session.scalars(query)).all())

    async def detail(self, id: str) -> AlertDetail:
        """One alert with its history. Raises Problem 404."""
        async with self._database.reading() as session:
            view = await _view(session, await _row(session, id))
            query = select(AlertEventRow).where(AlertEventRow.alert == id).order_by(AlertEventRow.id)
            events = tuple(_event(row) for row in await session.scalars(query))
        return AlertDetail(**view.model_dump(), events=events)


def _new_row(alert: Alert, patient: str | None, now: int) -> AlertRow:
    fields = alert.to_dict()
    return AlertRow(
        id=alert.id,
        **{name: fields[name] for name in (*FIXED, *AMENDED)},
        patient=patient,
        registered_at=now,
    )


def _amend(session: AsyncSession, row: AlertRow, alert: Alert, now: int) -> None:
    fields = alert.to_dict()
    for name in FIXED:
        if getattr(row, name) != fields[name]:
            raise Problem(CONFLICT, f"{name}: expected {getattr(row, name)!r} as registered, got another", field=name)
    changed = {name: fields[name] for name in AMENDED if getattr(row, name) != fields[name]}
    if row.cleared_at is not None and "cleared_at" in changed and changed["cleared_at"] is None:
        del changed["cleared_at"]  # an older post that comes late does not open it again
    for name, value in changed.items():
        setattr(row, name, value)
    if changed:
        _record(session, row, now, "amended", changed)


async def _append_attempts(session: AsyncSession, row: AlertRow, alert: Alert, now: int) -> None:
    """Each that is not known. Of a known one only its detail may come later, such as the report of its delivery."""
    known = {_identity(one.attempt): one for one in await session.scalars(_attempts_of([row.id]))}
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
        _record(session, row, now, "attempted", attempt)


def _identity(attempt: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(value for name, value in sorted(attempt.items()) if name != "detail")


def _attempts_of(alerts: Sequence[str]) -> Select[AttemptRow]:
    query = select(AttemptRow).where(AttemptRow.alert.in_(alerts))
    return query.order_by(AttemptRow.at, AttemptRow.number)


def _record(
    session: AsyncSession, row: AlertRow, at: int, what: str, change: dict[str, Any], by: str | None = None
) -> None:
    session.add(AlertEventRow(alert=row.id, at=at, by=by or f"gateway {row.gateway}", what=what, change=change))


async def _row(session: AsyncSession, id: str) -> AlertRow:
    row = await session.get(AlertRow, id)
    if row is None:
        raise Problem(NOT_FOUND, f"id: expected an alert, found none called {id!r}", field="id")
    return row


async def _view(session: AsyncSession, row: AlertRow) -> AlertView:
    (view,) = await _views(session, [row])
    return view


async def _views(session: AsyncSession, rows: Sequence[AlertRow]) -> list[AlertView]:
    """Alerts as they stand, their attempts in order."""
    attempts: dict[str, list[dict[str, Any]]] = {row.id: [] for row in rows}
    for one in await session.scalars(_attempts_of([row.id for row in rows])):
        attempts[one.alert].append(one.attempt)
    return [
        AlertView.model_validate(
            {"id": row.id, "attempts": attempts[row.id]} | {name: getattr(row, name) for name in SHOWN}
        )
        for row in rows
    ]


def _event(row: AlertEventRow) -> AlertEvent:
    return AlertEvent.model_validate({"at": row.at, "by": row.by, "what": row.what, "change": row.change})
