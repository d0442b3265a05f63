"""The limits that are each patient's own, as the service last said them within a day.

It says them at each scrape. To read a day of that in each rule each half minute would be most of what all
rules read together; so a day is looked back over each five minutes, for all at once, and in between the newest counts.
"""

from __future__ import annotations

from alert_rules.rows import Group, Recording
from chevet import metrics, promql, recordings
from chevet.rules import Rule
from chevet.vitals import Limit

LIMIT_KNOWN = 86_400
"""Seconds for which a limit holds that is not heard of any more; then the catalogue's does."""
HOLDS = 600
"""Seconds for which what was recorded is read, twice its interval."""
PATIENT = (metrics.PATIENT,)


def in_force(rule: Rule, limit: Limit, default: str) -> str:
    """Each patient's limit: what is said now, else what was said within a day, else `default`."""
    labels = {"vital": rule.vital, "severity": limit.severity.value, "side": rule.side.value}
    said = promql.by("max", PATIENT, promql.selector(metrics.LIMIT.name, labels))
    remembered = promql.over("last_over_time", promql.selector(recordings.LIMIT_KNOWN, labels), HOLDS)
    return f"({promql.either(said, promql.by('max', PATIENT, remembered), default)})"


GROUP = Group(
    name="chevet-limits",
    every=300,
    rules=(
        Recording(
            name=recordings.LIMIT_KNOWN,
            expression=promql.by(
                "max",
                (metrics.PATIENT, "vital", "severity", "side"),
                promql.over("last_over_time", metrics.LIMIT.name, LIMIT_KNOWN),
            ),
            labels={},
        ),
    ),
)
