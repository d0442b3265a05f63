"""The same alert of the same patient again and again: what everybody has learnt to ignore.

Counted are its beginnings, by Prometheus's own record of alerts; who flutters round a limit begins often, and who is
ill for a day begins once. Technical, for it is the alarm that is wrong or unheard, and not the patient anew.
"""

from __future__ import annotations

from dataclasses import dataclass

from alert_rules.conditions import Condition, Unit, alerts
from alert_rules.rows import Alert, Group, Sentence, Team
from chevet import metrics, promql, recordings
from chevet.severities import Severity

DAY = 86_400
REPEATED = "repeated"
"""The label that says which alert it is; what has it is this rule's own alert, which is not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeating:
    """`times` that it began within a day are too many."""

    times: int
    severity: Severity


# Low: nothing is lost today but attention, and with it the alarm that will count. Every four hours, round the clock.
REPEATING = Repeating(times=6, severity=Severity.LOW)


def beginnings() -> str:
    """How often each alert of each patient began in the last 24 hours."""
    fired = promql.matching(recordings.ALERTS, {"alertstate": "firing", metrics.PATIENT: ".+", REPEATED: ""})
    named = promql.renamed(promql.begun(fired, DAY), "alertname", REPEATED)
    return promql.by("max", (metrics.PATIENT, REPEATED), named)


def condition(row: Repeating) -> Condition:
    """The row as a condition on how often it began."""
    whose = "{{ $labels.repeated }}, patient {{ $labels.patient }}"
    return Condition(
        name="ChevetAlertRepeating",
        rule="alert.repeating",
        measured=beginnings(),
        bound=row.times,
        unit=Unit.COUNT,
        severity=row.severity,
        whose=Sentence(en=whose, fr=whose),
        what=Sentence(
            en="the same alert again and again, times in 24 h:", fr="la même alarme sans cesse, fois en 24 h :"
        ),
        first=Sentence(
            en="Look at what came of each: a limit that does not suit this patient is the doctor's to change, a sensor "
            "that slips is to be fixed.",
            fr="Voir la suite donnée à chacune : une limite qui ne convient pas est à changer par le médecin, un "
            "capteur qui glisse est à fixer.",
        ),
    )


def alert(row: Repeating) -> Alert:
    """The row as an alert."""
    (found,) = alerts(Team.WARD, "chevet-alerts", condition(row))
    return found


GROUP = Group(name="chevet-repeating", every=240, rules=(alert(REPEATING),))
