"""What Alertmanager tells: alerts of Prometheus's rules are kept, what cannot be read is set aside, and the watchdog
leaves nothing but the time of its coming."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

import structlog
from sqlalchemy import select

from analysis_service.alerts.kept import keep_told
from analysis_service.alerts.lapses import SOURCE, watchdog_came
from analysis_service.alerts.notified import Notice
from analysis_service.alerts.tables import RefusedAlertRow, WatchdogRow
from analysis_service.alerts.webhook import Refused, RefusedAlert, WebhookBody, judged
from analysis_service.clock import Clock
from analysis_service.database import Database
from analysis_service.records.service import Records, in_force
from analysis_service.telemetry import Telemetry

TOGETHER = 50
"""Alerts in one transaction: nobody else writes meanwhile."""
LISTED = 500
TRUNCATED = "truncatedAlerts"

log = structlog.get_logger()


class Alertmanager:
    """Its batches, whole or in part, any number of times."""

    def __init__(self, database: Database, clock: Clock, records: Records, telemetry: Telemetry) -> None:
        self._database = database
        self._clock = clock
        self._records = records
        self._telemetry = telemetry

    async def tell(self, body: WebhookBody) -> tuple[int, int, list[Refused]]:
        """Keep what can be kept: how many alerts, how many watchdogs, and what was set aside."""
        notices, refused = judged(body)
        watchdogs = [one for one in notices if one.is_watchdog]
        alerts = [one for one in notices if not one.is_watchdog]
        for some in _in_parts(alerts):
            await self._keep(some)
        if any(one.cleared_at is None for one in watchdogs):
            async with self._database.writing() as session:
                await watchdog_came(session, self._clock())
        if refused or body.truncatedAlerts:
            await self._set_aside([*refused, *_left_out(body)])
        return len(alerts), len(watchdogs), refused

    async def _keep(self, notices: Sequence[Notice]) -> None:
        patients = [one.patient or await self._patient_with(one) for one in notices]
        new = []
        async with self._database.writing() as session:
            now = self._clock()
            for notice, patient in zip(notices, patients, strict=True):
                _, is_new = await keep_told(session, notice, patient, now)
                new += [notice] if is_new else []
        for notice in new:
            self._telemetry.alerts.labels(severity=notice.severity.value).inc()

    async def _patient_with(self, notice: Notice) -> str | None:
        """Of what is about a gateway: with whom it stood when it began."""
        if not notice.gateway:
            return None
        assignment = in_force(await self._records.held_assignments(notice.gateway), notice.onset, notice.onset)
        return assignment.patient if assignment else None

    async def watchdog_came(self) -> int | None:
        """When the last watchdog came, in milliseconds; None before the first."""
        async with self._database.reading() as session:
            row = await session.get(WatchdogRow, SOURCE)
            return None if row is None else row.came_ms

    async def _set_aside(self, refused: Iterable[Refused]) -> None:
        now = self._clock()
        async with self._database.writing() as session:
            for one in refused:
                key = hashlib.sha256("\x1f".join((one.name, one.field, one.reason)).encode()).hexdigest()
                row = await session.get(RefusedAlertRow, key)
                if row is None:
                    row = RefusedAlertRow(
                        digest=key, name=one.name, field=one.field, reason=one.reason, times=0, first_ms=now
                    )
                    session.add(row)
                row.times, row.last_ms = row.times + 1, now
                await session.flush()
                self._telemetry.alerts_refused.inc()
                log.error("an alert was set aside", alert=one.name, field=one.field, reason=one.reason)

    async def refused(self) -> list[RefusedAlert]:
        """What was set aside, the newest first."""
        query = select(RefusedAlertRow).order_by(RefusedAlertRow.last_ms.desc(), RefusedAlertRow.digest).limit(LISTED)
        async with self._database.reading() as session:
            return [RefusedAlert.model_validate(row) for row in await session.scalars(query)]


def _in_parts(notices: Sequence[Notice]) -> Iterator[Sequence[Notice]]:
    for start in range(0, len(notices), TOGETHER):
        yield notices[start : start + TOGETHER]


def _left_out(body: WebhookBody) -> Iterator[Refused]:
    if body.truncatedAlerts:
        reason = f"expected 0, got {body.truncatedAlerts}: the receiver's max_alerts is too low"
        yield Refused(place=len(body.alerts), name="", field=TRUNCATED, reason=reason)
