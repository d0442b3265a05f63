"""Lets go of what Alertmanager tells no more: of an alert that ends while it is inhibited, no end is ever told, nor of
one that Alertmanager forgot when it was started again.

An alert that goes on is told again and again, and comes back by that. So one that was not, for as long as the watchdog
came all the while, has ended as far as anybody can know, when it was last told. Where the watchdog stayed away nothing
is known, and nothing is let go. Of alerts with the same labels Alertmanager knows one at a time: whichever it tells of
is that one, and another that was open has ended.
"""

from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.alerts.joins import record, rejoin
from analysis_service.alerts.kept import TOGETHER, just_heard
from analysis_service.alerts.tables import AlertRow, WatchdogRow
from chevet.alerts import Source

SOURCE = "alertmanager"
GAP_MS = 5 * 60_000
"""The watchdog comes each minute: longer without one, and it stayed away."""
LAPSED_MS = 3 * 3_600_000
"""Three times the longest time after which the service is told of an alert again."""


async def watchdog_came(session: AsyncSession, now: int) -> None:
    """Keep that it came, and let go of what was not told since long before."""
    row = await session.get(WatchdogRow, SOURCE)
    if row is None:
        row = WatchdogRow(source=SOURCE, came_ms=now, since_ms=now)
        session.add(row)
    without_gap = abs(now - row.came_ms) <= GAP_MS  # our clock may have been ahead for a while
    row.came_ms = max(row.came_ms, now) if without_gap else now
    row.since_ms = now if row.since_ms is None or not without_gap else row.since_ms
    if now - row.since_ms >= LAPSED_MS:
        await _let_go(session, now)


async def let_go_of_others(session: AsyncSession, told: AlertRow, now: int) -> None:
    """End what has the labels of `told` and another start. It reaches to where that begins: they may be one alert."""
    query = _open().where(
        AlertRow.patient == told.patient,
        AlertRow.rule == told.rule,
        AlertRow.fingerprint == told.fingerprint,
        AlertRow.id != told.id,
    )
    for row in (await session.scalars(query)).all():
        if not just_heard(row, now):
            await _end(session, row, max(row.onset, row.heard_at or 0, told.onset), now)


async def _let_go(session: AsyncSession, now: int) -> None:
    """The rest at the watchdog's next coming."""
    query = _open().where(AlertRow.heard_at < now - LAPSED_MS).order_by(AlertRow.heard_at).limit(TOGETHER)
    for row in (await session.scalars(query)).all():
        await _end(session, row, max(row.onset, row.heard_at or 0), now)


def _open() -> Select[AlertRow]:
    return select(AlertRow).where(AlertRow.cleared_at.is_(None), AlertRow.source == Source.PROMETHEUS.value)


async def _end(session: AsyncSession, row: AlertRow, at: int, now: int) -> None:
    row.cleared_at = at
    record(session, row, now, "lapsed", {"cleared_at": at})
    await session.flush()
    await rejoin(session, row, now)
