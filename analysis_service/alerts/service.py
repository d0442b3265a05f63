"""The register of alerts: what a gateway raises is kept once, people take it, and each sees what they may."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from analysis_service.access.service import Within
from analysis_service.alerts import views
from analysis_service.alerts.joins import groups, observation, record
from analysis_service.alerts.kept import keep_raised
from analysis_service.alerts.of_patient import PatientAlerts as PatientAlerts
from analysis_service.alerts.schemas import AlertDetail, AlertEvent, AlertView
from analysis_service.alerts.tables import AlertEventRow, AlertRow
from analysis_service.asking import about
from analysis_service.clock import Clock
from analysis_service.database import Database
from analysis_service.problems import CONFLICT, FORBIDDEN, NOT_FOUND, Problem
from analysis_service.records.service import Records, gateways_beside, in_force
from analysis_service.telemetry import Telemetry
from chevet.alerts import Alert, Source
from chevet.joining import severity
from chevet.severities import Kind

TAKEN = "taken"
UNTOLD = frozenset({"patient", "before"})
"""Of a change: whom an alert was taken for is told neither the one whose it is nor the gateway."""


@dataclass(frozen=True, slots=True)
class Registered:
    """`new` where the id was not known before."""

    alert: AlertView
    new: bool


class Alerts:
    """Alerts of all gateways, and those that Prometheus saw."""

    def __init__(self, database: Database, clock: Clock, records: Records, telemetry: Telemetry) -> None:
        self._database = database
        self._clock = clock
        self._records = records
        self._telemetry = telemetry

    async def register(self, alert: Alert) -> Registered:
        """Keep `alert`; of a known id, what is new about it. Raises Problem 409 where the id is another alert's."""
        patient = await self._patient_at(alert.gateway, alert.onset)
        async with self._database.writing() as session:
            row, new = await keep_raised(session, alert, patient, self._clock())
            await session.flush()
            (view,) = await views.own(session, [row])
        if new:
            self._telemetry.alerts.labels(severity=alert.severity.value).inc()
        return Registered(view, new)

    async def _patient_at(self, gateway: str, at: int) -> str | None:
        """Whose alert it is: of the assignment in force at its onset, not at its arrival."""
        assignment = in_force(await self._records.assignments(gateway), at, at)
        return assignment.patient if assignment else None

    async def take(self, id: str, by: str, own: Within | None) -> AlertView:
        """`by` looks after it. Who took it first stays; taking one's own again changes nothing.

        Of alerts about the patients who are `own`, where not about everybody. Raises Problem 403, 404, 409.
        """
        async with self._database.writing() as session:
            row, group = await _found(session, id)
            about(row.patient)
            await self._require_own(session, row, own)
            took = views.taker(group)
            if took is None:
                now, worst = self._clock(), severity([observation(one) for one in group]).value
                seconds = max(0, now - views.waits_since(group)) / 1000
                row.taken_by, row.taken_at, row.taken_severity = by, now, worst
                record(session, row, now, TAKEN, {"severity": worst, "seconds": seconds}, by)
            elif took.taken_by != by:
                raise Problem(CONFLICT, "id: expected an alert that nobody took, another person has it", field="id")
            (view,) = await views.shown(session, [row])
        return view

    async def listed(
        self, own: Within | None, gateway: str | None, open_only: bool, limit: int, kind: Kind | None = None
    ) -> list[AlertView]:
        """Alerts as people see them, newest onset first; of one gateway, or of all; of one kind, or of both.

        They are about the patients who are `own`; where that is None, about everybody.
        """
        query = _newest(limit).where(AlertRow.part_of.is_(None))
        if own is not None:
            query = query.where(_about(own, self._clock()))
        if kind is not None:
            query = query.where(AlertRow.kind == kind.value)
        if gateway is not None:
            query = query.where(_any_part(lambda row: row.gateway == gateway))
        if open_only:
            query = query.where(_any_part(lambda row: row.cleared_at.is_(None)))
        async with self._database.reading() as session:
            return await views.shown(session, (await session.scalars(query)).all())

    async def raised_by(self, gateway: str, open_only: bool, limit: int) -> list[AlertView]:
        """What a gateway raised itself, as that gateway may see it."""
        query = _newest(limit).where(AlertRow.source == Source.GATEWAY.value, AlertRow.gateway == gateway)
        if open_only:
            query = query.where(AlertRow.cleared_at.is_(None))
        async with self._database.reading() as session:
            return await views.own(session, (await session.scalars(query)).all())

    async def detail(self, id: str, own: Within | None) -> AlertDetail:
        """One alert with its history and that of all that is part of it. Raises Problem 403, 404."""
        async with self._database.reading() as session:
            row, group = await _found(session, id)
            about(row.patient)
            await self._require_own(session, row, own)
            (view,) = await views.shown(session, [row])
            return AlertDetail(**view.model_dump(), events=await _events(session, [one.id for one in group]))

    async def detail_for(self, gateway: str, id: str) -> AlertDetail:
        """What a gateway raised, with its own history. Raises Problem 404, and 403 where it is not that gateway's."""
        async with self._database.reading() as session:
            row = await _row(session, id)
            if (row.source, row.gateway) != (Source.GATEWAY, gateway):
                raise Problem(FORBIDDEN, "id: expected an alert that this gateway raised, got another's", field="id")
            (view,) = await views.own(session, [row])
            return AlertDetail(**view.model_dump(), events=await _events(session, [row.id]))

    async def _require_own(self, session: AsyncSession, row: AlertRow, own: Within | None) -> None:
        if own is None:
            return
        mine = select(AlertRow.id).where(AlertRow.id == row.id, _about(own, self._clock()))
        if await session.scalar(mine) is None:
            raise Problem(FORBIDDEN, "id: expected an alert about a patient in your care, got another", field="id")


def _about(own: Within, now: int) -> ColumnElement[bool]:
    """Of a main row: whose it is, and where it is nobody's, that the gateway stands with one of them now."""
    beside = AlertRow.gateway.in_(gateways_beside(own, now))
    return or_(own(AlertRow.patient), and_(AlertRow.patient.is_(None), beside))


def _newest(limit: int) -> Select[AlertRow]:
    return select(AlertRow).order_by(AlertRow.onset.desc(), AlertRow.id).limit(limit)


def _any_part(holds: Callable[[type[AlertRow]], ColumnElement[bool]]) -> ColumnElement[bool]:
    """Of a main row: that it holds of itself, or of what is part of it."""
    part = aliased(AlertRow)
    return or_(holds(AlertRow), exists().where(part.part_of == AlertRow.id, holds(part)))


async def _row(session: AsyncSession, id: str) -> AlertRow:
    row = await session.get(AlertRow, id)
    if row is None:
        raise Problem(NOT_FOUND, f"id: expected an alert, found none called {id!r}", field="id")
    return row


async def _found(session: AsyncSession, id: str) -> tuple[AlertRow, list[AlertRow]]:
    """The main row of the alert that `id` is, or is part of, and all its rows."""
    row = await _row(session, id)
    (group,) = (await groups(session, [row])).values()
    return group[0], group


async def _events(session: AsyncSession, alerts: list[str]) -> tuple[AlertEvent, ...]:
    query = select(AlertEventRow).where(AlertEventRow.alert.in_(alerts)).order_by(AlertEventRow.id)
    return tuple(
        AlertEvent.model_validate({"at": row.at, "by": row.by, "what": row.what, "change": _told(row.change)})
        for row in await session.scalars(query)
    )


def _told(change: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in change.items() if name not in UNTOLD}
