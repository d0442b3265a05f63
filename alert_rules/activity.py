"""Nobody moves at hours in which they usually do: after a fall, or too ill to rise.

Usual are the same hours on the fourteen days before, read from the raw windows each time. Where the sensor is silent
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

    They are waking hours where `days` of the days before are known and at most `calm` of them were as still.
    """

    seconds: int
    below: float
    windows: int
    days: int
    calm: int
    severity: Severity


# Medium: whoever lies on the floor for hours is harmed by it, and a telephone call tells.
STILLNESS = Stillness(seconds=2 * HOUR, below=STILL, windows=90, days=7, calm=2, severity=Severity.MEDIUM)


def _liveliest(row: Stillness, days_ago: int = 0) -> str:
    """The strongest minute of each patient's same hours so many days ago."""
    return promql.by("max", PATIENT, promql.stretch("max_over_time", METRIC, row.seconds, ago=days_ago * DAY))


def measured(row: Stillness) -> str:
    """The strongest minute of hours that are usually waking hours, where the sensor tells."""
    before = range(1, DAYS + 1)
    still = promql.on_days(before, lambda day: promql.whether(_liveliest(row, day), "<", row.below))
    calm = promql.bounded(promql.by("sum", PATIENT, still), "<=", row.calm)
    known = promql.by("count", PATIENT, promql.on_days(before, lambda day: _liveliest(row, day)))
    told = promql.by("max", PATIENT, promql.stretch("count_over_time", METRIC, row.seconds))
    waking = promql.joined(_liveliest(row), "and", calm, PATIENT)
    enough = promql.and_at_least(waking, known, row.days, PATIENT)
    return promql.and_at_least(enough, told, row.windows, PATIENT)


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
            en=f"In these hours they lay still on {row.calm} of the {DAYS} days before at most. Call the home; if "
            "nobody answers, send somebody: they may have fallen.",
            fr=f"À ces heures, le patient n'était immobile que {row.calm} des {DAYS} jours précédents au plus. "
            "Appeler ; sans réponse, envoyer quelqu'un : il a pu tomber.",
        ),
    )


def alert(row: Stillness) -> Alert:
    """The row as an alert."""
    (found,) = alerts(Team.WARD, "chevet-activity", condition(row), kind=Kind.CLINICAL)
    return found


GROUP = Group(name="chevet-activity", every=240, rules=(alert(STILLNESS),))
