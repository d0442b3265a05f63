"""Nobody moves at hours in which they usually do: after a fall, or too ill to rise.

Usual are the same hours on the fourteen days before, read from the raw windows each time. One strong minute makes no
waking hour, for sleepers turn. It is the beginning of the still hours that is usually awake: were it enough that they
usually move by the end, whoever sleeps a little longer than on most days would be called. Where the sensor is silent
nothing is said: that is the freshness's alert, and silence is not stillness.
"""

from __future__ import annotations

from dataclasses import dataclass

from alert_rules.conditions import Condition, Unit, alerts
from alert_rules.first_limits import PATIENT, PATIENT_TOLD
from alert_rules.rows import Alert, Group, Sentence, Team
from chevet import promql
from chevet.baseline import DAYS, STILL
from chevet.severities import Kind, Severity
from chevet.vitals import BY_KEY

HOUR, DAY = 3600, 86_400
METRIC = BY_KEY["activity"].metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Stillness:
    """No minute of the last `seconds` moved by `below` milli-g, though `windows` of them are known.

    They are waking hours where `days` of the days before are known and at most `calm` of them were calm: in their
    first `opening` seconds, the minutes that moved so much were no more than the share `moving`.
    """

    seconds: int
    below: float
    windows: int
    opening: int
    moving: float
    days: int
    calm: int
    severity: Severity


# Medium: whoever lies on the floor for hours is harmed by it, and a telephone call tells.
STILLNESS = Stillness(
    seconds=2 * HOUR,
    below=STILL,
    windows=90,
    opening=HOUR,
    moving=0.25,
    days=7,
    calm=2,
    severity=Severity.MEDIUM,
)


def _over(row: Stillness, function: str) -> str:
    """`function` of the last hours, by the device with the most of it."""
    return promql.by("max", PATIENT, promql.stretch(function, METRIC, row.seconds))


def _opening(row: Stillness, days_ago: int) -> str:
    """What the most moving minutes of the same hours' beginning reached so many days ago."""
    ago = days_ago * DAY + row.seconds - row.opening
    return promql.by("max", PATIENT, promql.stretch("quantile_over_time", METRIC, row.opening, 1 - row.moving, ago=ago))


def measured(row: Stillness) -> str:
    """The strongest minute of hours that are usually waking hours, where the sensor tells."""
    before = range(1, DAYS + 1)
    still = promql.on_days(before, lambda day: promql.whether(_opening(row, day), "<", row.below))
    calm = promql.bounded(promql.by("sum", PATIENT, still), "<=", row.calm)
    known = promql.by("count", PATIENT, promql.on_days(before, lambda day: _opening(row, day)))
    waking = promql.joined(_over(row, "max_over_time"), "and", calm, PATIENT)
    enough = promql.and_at_least(waking, known, row.days, PATIENT)
    return promql.and_at_least(enough, _over(row, "count_over_time"), row.windows, PATIENT)


def condition(row: Stillness) -> Condition:
    """The row as a condition on the strongest minute."""
    hours = f"{row.seconds / HOUR:g}"
    return Condition(
        name="ChevetNoMovementInWakingHours",
        rule="activity.none",
        measured=measured(row),
        operator="<",
        bound=row.below,
        unit=Unit.MILLI_G,
        severity=row.severity,
        whose=PATIENT_TOLD,
        what=Sentence(
            en=f"no movement for {hours} h, in which they usually move: strongest minute",
            fr=f"aucun mouvement depuis {hours} h, alors que le patient bouge d'habitude : minute la plus forte",
        ),
        first=Sentence(
            en=f"When these hours begin they hardly moved on {row.calm} of the {DAYS} days before at most. Call the "
            "home; if nobody answers, send somebody: they may have fallen.",
            fr=f"Au début de ces heures, le patient ne bougeait guère que {row.calm} des {DAYS} jours précédents au "
            "plus. Appeler ; sans réponse, envoyer quelqu'un : il a pu tomber.",
        ),
    )


def alert(row: Stillness) -> Alert:
    """The row as an alert."""
    (found,) = alerts(Team.WARD, "chevet-activity", condition(row), kind=Kind.CLINICAL)
    return found


GROUP = Group(name="chevet-activity", every=240, rules=(alert(STILLNESS),))
