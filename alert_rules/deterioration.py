"""Resting heart rate up and movement down, both on each of three days, beside the person's own fortnight before.

The resting heart rate of a day is what a twentieth of its windows do not exceed, an hour and more of the deepest rest;
movement is the mean over the minutes measured, for a sum would call a gap rest. A day counts with half of its windows.
What is usual is the median of the days before; of the last days the calmest heart and the liveliest movement speak, so
that all of them have to say the same.

All is read from the raw windows each hour, so a backlog of days enters it when it comes: two vitals of 17 days, some
fifty million windows of 1,000 patients, cost a minute of that hour on two busy cores. The alert reads what was
recorded, for it looks back three days and an hour is soon enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from alert_rules.first_limits import PATIENT
from alert_rules.rows import Alert, Group, Recording, Sentence
from chevet import promql, recordings
from chevet.baseline import DAYS, RESTING
from chevet.severities import Kind, Severity
from chevet.vitals import BY_KEY, Vital

DAY = 86_400
LAST, KNOWN, WINDOWS = 3, 7, 720
"""Days that have to say the same, days of the fortnight before them, at least, and windows of a day, at least."""
HEART, MOVEMENT = BY_KEY["heart_rate"], BY_KEY["activity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline:
    """`rise` of the resting heart rate in beats a minute, and `left` of the usual movement in per cent."""

    rise: float
    left: float
    severity: Severity


# As the weight that rises over three days: what is seen here is days before the harm, and still needs a call today.
DECLINE = Decline(rise=5, left=70, severity=Severity.MEDIUM)


def resting(days_ago: int) -> str:
    """Each patient's resting heart rate of the 24 hours that ended so many days ago."""
    return _day("quantile_over_time", HEART, days_ago, RESTING)


def movement(days_ago: int) -> str:
    """Each patient's mean movement of the 24 hours that ended so many days ago."""
    return _day("avg_over_time", MOVEMENT, days_ago)


def _day(function: str, vital: Vital, days_ago: int, *parameters: float) -> str:
    told = promql.stretch(function, vital.metric, DAY, *parameters, ago=days_ago * DAY)
    return promql.by("max", PATIENT, f"{told} and {_told(vital, days_ago)}")


def _told(vital: Vital, days_ago: int) -> str:
    """Those of the vital's series that have enough windows of that day."""
    counted = promql.stretch("count_over_time", vital.metric, DAY, ago=days_ago * DAY)
    return promql.bounded(counted, ">=", WINDOWS)


def _enough(expression: str, vital: Vital, days: range, at_least: int) -> str:
    """`expression` where so many of the days are known."""
    known = promql.on_days(days, lambda day: promql.by("group", PATIENT, _told(vital, day)))
    return promql.and_at_least(expression, promql.by("count", PATIENT, known), at_least, PATIENT)


def _usual(of: Callable[[int], str], vital: Vital) -> str:
    """The median of the fortnight before the last days, where enough of it is known."""
    days = range(LAST, LAST + DAYS)
    return _enough(promql.quantile(0.5, PATIENT, promql.on_days(days, of)), vital, days, KNOWN)


def _last(function: str, of: Callable[[int], str], vital: Vital) -> str:
    """The lowest or highest of the last days, where all of them are known."""
    days = range(LAST)
    return _enough(promql.by(function, PATIENT, promql.on_days(days, of)), vital, days, LAST)


def _recordings() -> Iterable[Recording]:
    rise = f"({_last('min', resting, HEART)}) - ({_usual(resting, HEART)})"
    left = f"100 * ({_last('max', movement, MOVEMENT)}) / ({_usual(movement, MOVEMENT)})"
    yield Recording(name=recordings.HEART_RATE_RISE, expression=rise, labels={})
    yield Recording(name=recordings.ACTIVITY_LEFT, expression=left, labels={})


def _recorded(name: str, **patient: str) -> str:
    return promql.stretch("last_over_time", promql.selector(name, patient), recordings.DECLINE_HOLDS)


def alert(row: Decline) -> Alert:
    """The row as an alert."""
    rise = promql.bounded(_recorded(recordings.HEART_RATE_RISE), ">=", row.rise)
    left = promql.bounded(_recorded(recordings.ACTIVITY_LEFT), "<=", row.left)
    asked = f"printf `{_recorded(recordings.ACTIVITY_LEFT, patient='%s')}` $labels.patient | query"
    share = f"{{{{ with {asked} }}}}{{{{ . | first | value | printf `%.0f` }}}}{{{{ end }}}}"
    up = "{{ $value | printf `%.0f` }}"
    return Alert(
        name="ChevetRestingHeartRateUpMovementDown",
        rule="resting_heart_rate.rising",
        expression=promql.joined(rise, "and", left, PATIENT),
        severity=row.severity,
        kind=Kind.CLINICAL,
        summary=Sentence(
            en=f"resting heart rate up by {up} /min (limit ≥ {row.rise:g} /min) and movement at {share} % of the usual "
            f"(limit ≤ {row.left:g} %) on each of the last {LAST} days, patient {{{{ $labels.patient }}}}",
            fr=f"fréquence cardiaque de repos en hausse de {up} /min (limite ≥ {row.rise:g} /min) et mouvement à "
            f"{share} % de l'habituel (limite ≤ {row.left:g} %) chacun des {LAST} derniers jours, "
            "patient {{ $labels.patient }}",
        ),
        description=Sentence(
            en=f"Compared with the {DAYS} days before. Call them today: infection, heart failure, pain, low mood?",
            fr=f"Comparé aux {DAYS} jours précédents. Appeler le patient aujourd'hui : infection, insuffisance "
            "cardiaque, douleur, tristesse ?",
        ),
        dashboard="chevet-activity",
    )


RECORDED = Group(name="chevet-decline", every=3600, rules=tuple(_recordings()))
GROUP = Group(name="chevet-deterioration", every=240, rules=(alert(DECLINE),))
