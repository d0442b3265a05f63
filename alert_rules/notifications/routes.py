"""Which receiver is told of which alert, together with which others, how soon and how often.

| alert | told |
| --- | --- |
| clinical, and technical of team ward | the service |
| technical of team operations | the service, to be on record; then operations by mail and webhook |
| info | nobody; but the watchdog the service, each minute |
| any other's | the service |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from alert_rules import watchdog
from alert_rules.conditions import DAY, HOUR, MINUTE
from alert_rules.notifications.matchers import ALERT_NAME, RULE, Matcher, having, of
from alert_rules.notifications.receivers import NOBODY, OPERATIONS, SERVICE
from alert_rules.notifications.rows import Pace, Route
from alert_rules.rows import Team
from chevet import metrics
from chevet.severities import Kind, Severity

Paces = Mapping[Severity, Pace]

CLINICAL: Paces = {
    # One evaluation tells a group whole: nothing is gained by waiting for more of it.
    Severity.HIGH: Pace(wait=0, interval=5, repeat=5 * MINUTE),
    Severity.MEDIUM: Pace(wait=5, interval=15, repeat=15 * MINUTE),
    Severity.LOW: Pace(wait=30, interval=MINUTE, repeat=HOUR),
}
# What inhibits may come one evaluation, a minute, after what it inhibits.
TECHNICAL: Paces = {
    Severity.HIGH: Pace(wait=5, interval=15, repeat=5 * MINUTE),
    Severity.MEDIUM: Pace(wait=90, interval=MINUTE, repeat=15 * MINUTE),
    Severity.LOW: Pace(wait=90, interval=5 * MINUTE, repeat=HOUR),
}
# People read these: one that goes on is told again when the next shift may have come.
TO_PEOPLE: Paces = {
    Severity.HIGH: Pace(wait=10, interval=MINUTE, repeat=HOUR),
    Severity.MEDIUM: Pace(wait=90, interval=5 * MINUTE, repeat=4 * HOUR),
    Severity.LOW: Pace(wait=10 * MINUTE, interval=HOUR, repeat=DAY),
}
# Alertmanager tells again at the first interval that is later than `repeat`: with a minute it would be two.
EACH_MINUTE = Pace(wait=0, interval=30, repeat=50)


def _by_severity(
    name: str, paces: Paces, told: str, together: tuple[str, ...], *matchers: Matcher
) -> tuple[Route, ...]:
    return tuple(
        Route(
            name=f"{name}, {severity}",
            matchers=(*matchers, of("severity", severity)),
            receiver=told,
            together=together,
            pace=pace,
        )
        for severity, pace in paces.items()
    )


_OPERATIONS = (of("team", Team.OPERATIONS), of("kind", Kind.TECHNICAL))

ROUTES: tuple[Route, ...] = (
    Route(
        name="watchdog",
        matchers=(of(RULE, watchdog.ALWAYS.rule),),
        receiver=SERVICE.name,
        together=(ALERT_NAME,),
        pace=EACH_MINUTE,
    ),
    Route(
        name="info",
        matchers=(of("severity", Severity.INFO),),
        receiver=NOBODY.name,
        together=(ALERT_NAME,),
        pace=TO_PEOPLE[Severity.LOW],
    ),
    *_by_severity("clinical", CLINICAL, SERVICE.name, (metrics.PATIENT, RULE), of("kind", Kind.CLINICAL)),
    *_by_severity("ward", TECHNICAL, SERVICE.name, (metrics.GATEWAY,), of("team", Team.WARD)),
    *(
        replace(route, continues=True)
        for route in _by_severity("on record", TECHNICAL, SERVICE.name, (ALERT_NAME,), *_OPERATIONS)
    ),
    # What names a patient does not leave the service, not even as a pseudonym.
    *_by_severity("operations", TO_PEOPLE, OPERATIONS.name, (ALERT_NAME,), *_OPERATIONS, of(metrics.PATIENT, "")),
)

OTHERWISE = Route(
    name="otherwise",
    matchers=(having(ALERT_NAME),),
    receiver=SERVICE.name,
    together=(ALERT_NAME,),
    pace=TECHNICAL[Severity.MEDIUM],
)
"""What no route fits: nothing that is told may be lost."""
