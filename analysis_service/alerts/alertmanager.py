"""What Alertmanager tells: alerts of Prometheus's rules are kept, what cannot be read is set aside, and the watchdog
leaves nothing but the time of its coming."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import structlog
from sqlalchemy import Select, delete, select

from analysis_service.alerts.kept import OVERTAKEN_MS, TOGETHER, Kept, keep_told
from analysis_service.alerts.lapses import SOURCE, let_go_of_others, watchdog_came
from analysis_service.alerts.notified import Notice
from analysis_service.alerts.tables import RefusedAlertRow, WatchdogRow
from analysis_service.alerts.webhook import Refused, RefusedAlert, WebhookBody, judged
from analysis_service.clock import Clock
from analysis_service.database import Database
from analysis_service.problems import UNAVAILABLE, Problem
from analysis_service.records.service import Records, in_force
from analysis_service.telemetry import Telemetry

LISTED = 500
"""So many kinds of what was set aside are kept, the newest: whoever sends nonsense fills no disk."""
TRUNCATED = "truncatedAlerts"
TELL_AGAIN = f"alerts: expected no word that fires within {OVERTAKEN_MS // 1000} s of the end, got one; tell it again"

log = structlog.get_logger()


class Alertmanager:
    """Its batches, whole or in part, any number of times."""

    def __init__(self, database: Database, clock: Clock, records: Records, telemetry: Telemetry) -> None:
        self._database = database
        self._clock = clock
        self._records = records
        self._telemetry = telemetry

    async def tell(self, body: WebhookBody) -> tuple[int, int, list[Refused]]:
        """Keep what can be kept: how many alerts, how many watchdogs, and what was set aside.

        Raises Problem 503, all the rest being kept, where an alert may have been overtaken by its end: whoever still
        waits for the answer says so of an alert that goes on, and says it again.
        """
        notices, refused = judged(body)
        watchdogs = [one for one in notices if one.is_watchdog]
        alerts = [one for one in notices if not one.is_watchdog]
        overtaken = [await self._keep(some) for some in _in_parts(alerts)]
        if any(one.cleared_at is None for one in watchdogs):
            async with self._database.writing() as session:
                await watchdog_came(session, self._clock())
        if refused or body.truncatedAlerts:
            await self._set_aside([*refused, *_left_out(body)])
        if any(overtaken):
            raise Problem(UNAVAILABLE, TELL_AGAIN, field="alerts")
        return len(alerts), len(watchdogs), refused

    async def _keep(self, notices: Sequence[Notice]) -> bool:
        """Whether any may have been overtaken."""
        patients = [one.patient or await self._patient_with(one) for one in notices]
        became = []
        async with self._database.writing() as session:
            now = self._clock()
            for notice, patient in zip(notices, patients, strict=True):
                row, kept = await keep_told(session, notice, patient, now)
                if kept is not Kept.OVERTAKEN:
                    await let_go_of_others(session, row, now)
                became.append(kept)
        for notice, kept in zip(notices, became, strict=True):
            if kept is Kept.NEW:
                self._telemetry.alerts.labels(severity=notice.severity.value).inc()
        return Kept.OVERTAKEN in became

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
        kinds = Counter((one.name, one.field, one.reason) for one in refused)
        async with self._database.writing() as session:
            now = self._clock()
            for (name, field, reason), times in kinds.most_common(LISTED):
                key = hashlib.sha256("\x1f".join((name, field, reason)).encode()).hexdigest()
                row = await session.get(RefusedAlertRow, key)
                if row is None:
                    row = RefusedAlertRow(digest=key, name=name, field=field, reason=reason, times=0, first_ms=now)
                    session.add(row)
                row.times, row.last_ms = row.times + times, now
                log.error("an alert was set aside", alert=name, field=field, reason=reason, times=times)
            await session.flush()
            newest = _newest().with_only_columns(RefusedAlertRow.digest)
            await session.execute(delete(RefusedAlertRow).where(RefusedAlertRow.digest.not_in(newest)))
        self._telemetry.alerts_refused.inc(kinds.total())

    async def refused(self) -> list[RefusedAlert]:
        """What was set aside, the newest first."""
        async with self._database.reading() as session:
            return [RefusedAlert.model_validate(row) for row in await session.scalars(_newest())]


def _newest() -> Select[RefusedAlertRow]:
    return select(RefusedAlertRow).order_by(RefusedAlertRow.last_ms.desc(), RefusedAlertRow.digest).limit(LISTED)


def _in_parts(notices: Sequence[Notice]) -> Iterator[Sequence[Notice]]:
    for start in range(0, len(notices), TOGETHER):
        yield notices[start : start + TOGETHER]


def _left_out(body: WebhookBody) -> Iterator[Refused]:
    if body.truncatedAlerts:
        reason = "expected 0, got more: the receiver's max_alerts is too low"
        yield Refused(place=len(body.alerts), name="", field=TRUNCATED, reason=reason)
