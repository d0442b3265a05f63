"""Lets go of what Alertmanager tells no more: of an alert that ends while it is inhibited, no end is ever told.

An alert that goes on is told again and again, and comes back by that. So one that was not, for as long as the watchdog
came all the while, has ended as far as anybody can know, when it was last told. Where the watchdog stayed away nothing
is known, and nothing is let go.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.alerts.joins import record, rejoin
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
    stayed_away = now - row.came_ms > GAP_MS
    since = now if row.since_ms is None or stayed_away else row.since_ms
    row.came_ms, row.since_ms = max(row.came_ms, now), since
    if now - since >= LAPSED_MS:
        await _let_go(session, now)


async def _let_go(session: AsyncSession, now: int) -> None:
    query = select(AlertRow).where(
        AlertRow.cleared_at.is_(None),
        AlertRow.source == Source.PROMETHEUS.value,
        AlertRow.heard_at < now - LAPSED_MS,
    )
    for row in (await session.scalars(query)).all():
        row.cleared_at = max(row.onset, row.heard_at or 0)
        record(session, row, now, "lapsed", {"cleared_at": row.cleared_at})
        await session.flush()
        await rejoin(session, row, now)
