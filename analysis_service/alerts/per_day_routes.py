"""The address of counts: for analysts, who see nobody."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from analysis_service.access.service import AlertCounter
from analysis_service.alerts.per_day import AlertsPerDay
from analysis_service.problems import FORBIDDEN, INVALID, UNAUTHORIZED, UNAVAILABLE, declared
from chevet.alert_counts import FEWEST
from chevet.severities import Kind, Severity

router = APIRouter(prefix="/api/v1/alerts", tags=["alerts"])


class CountView(BaseModel):
    """Alerts of one day, rule, kind and severity."""

    day: date
    rule: str
    kind: Kind
    severity: Severity
    alerts: int | None
    patients: int | None = Field(description="null, as alerts are, where there are some and fewer than `fewest`")


class CountsView(BaseModel):
    """The counts from the first day to the last, both included; days are of UTC."""

    from_day: date
    until_day: date
    fewest: int = Field(default=FEWEST, description="of fewer patients nothing is said")
    counts: tuple[CountView, ...]


def _per_day(request: Request) -> AlertsPerDay:
    per_day: AlertsPerDay = request.app.state.alerts_per_day
    return per_day


@router.get("/counts", responses=declared(UNAUTHORIZED, FORBIDDEN, INVALID, UNAVAILABLE))
async def counts(
    who: AlertCounter,
    per_day: Annotated[AlertsPerDay, Depends(_per_day)],
    from_day: Annotated[date | None, Query(description="without one, a week before the last")] = None,
    until_day: Annotated[date | None, Query(description="a day that is over; without one, yesterday")] = None,
) -> CountsView:
    """How many alerts there were, by day, rule, kind and severity; groups of fewer than five patients are unsaid."""
    first, last = per_day.stretch(from_day, until_day)
    return CountsView(
        from_day=first,
        until_day=last,
        counts=tuple(
            CountView(
                day=one.cell.day,
                rule=one.cell.rule,
                kind=one.cell.kind,
                severity=one.cell.severity,
                alerts=one.alerts,
                patients=one.patients,
            )
            for one in await per_day.counts(first, last)
        ),
    )
