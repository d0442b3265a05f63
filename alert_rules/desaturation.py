"""Minutes of the night in which the oxygen saturation lay at its limit or below, added up.

Sleep-related hypoxaemia is 5 minutes or more at 88 % or below (ICSD-3, AASM 2014); the limit is the catalogue's of high
severity, the patient's own where one is prescribed, as it was at each minute. One minute of it is the gateway's affair
at once; that there were many, each too short to call for, is told here.

A night is what lies between two hours of the site's clock within the last 24 hours, so from its end until the next
begins the value is that of the last night, and a backlog of a day counts in full. Prometheus knows UTC only: `ahead` is
the row's, and where the clocks change it is an hour off for half of the year, which moves both ends of a night by one.
"""

from __future__ import annotations

from dataclasses import dataclass

from alert_rules.conditions import Condition, Unit, alerts
from alert_rules.first_limits import PATIENT, PATIENT_TOLD
from alert_rules.limits import in_force
from alert_rules.rows import Alert, Group, Recording, Sentence, Team
from alert_rules.sentences import limit_in_force
from chevet import promql, recordings
from chevet.rules import RULES, Rule
from chevet.severities import Kind, Severity, Side
from chevet.vitals import BY_KEY, Limit

MINUTE, DAY = 60, 86_400
SATURATION = BY_KEY["oxygen_saturation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """From the hour `begins` to the hour `ends` of a clock `ahead` hours ahead of UTC; so many `minutes` are too many.

    `severity` is that of the alert, which is for the day: at night the gateway calls.
    """

    begins: int
    ends: int
    ahead: int
    minutes: float
    severity: Severity


# Low: what harms at once has its own rules; this asks for a look at the record, oxygen or a study of sleep.
NIGHT = Night(begins=22, ends=6, ahead=1, minutes=5, severity=Severity.LOW)


def _limit() -> tuple[Rule, Limit]:
    """The rule on low saturation, and its most severe step."""
    rule = next(rule for rule in RULES if (rule.vital, rule.side) == (SATURATION.key, Side.LOW))
    return rule, rule.steps[0]


def _each_minute(row: Night) -> str:
    """The window that ends with each minute of the night hours: windows end with whole minutes, and so do steps."""
    window = promql.stretch("last_over_time", SATURATION.metric, MINUTE)
    return promql.between_hours(window, row.begins, row.ends, str(row.ahead), before=MINUTE)


def _over_a_day(function: str, found: str) -> str:
    """By the patient's worst device. A second less than a day, so that every Prometheus takes as many steps."""
    return promql.by("max", PATIENT, promql.sampled(function, found, DAY - 1, MINUTE))


def desaturated(row: Night) -> str:
    """Minutes of the night hours at or below the limit."""
    rule, limit = _limit()
    limits = in_force(rule, limit, promql.constant(limit.value, SATURATION.metric))
    below = promql.compared(f"({_each_minute(row)})", f"{limit.operator} bool", limits)
    return _over_a_day("sum_over_time", below)


def condition(row: Night) -> Condition:
    """The row as a condition on the minutes."""
    reached = f"{limit_in_force(*_limit())} {SATURATION.shown_unit}"
    asked = f"printf `{promql.selector(recordings.NIGHT_MEASURED, {'patient': '%s'})}` $labels.patient | query"
    measured = f"{{{{ with {asked} }}}}{{{{ . | first | value | printf `%.0f` }}}}{{{{ end }}}}"
    return Condition(
        name="ChevetNightDesaturation",
        rule="oxygen_saturation.night",
        measured=recordings.NIGHT_DESATURATED,
        bound=row.minutes,
        unit=Unit.MINUTES,
        severity=row.severity,
        whose=PATIENT_TOLD,
        what=Sentence(
            en=f"oxygen saturation at night at {reached} or below for",
            fr=f"saturation en oxygène nocturne à {reached} ou moins pendant",
        ),
        first=Sentence(
            en=f"Of {measured} min measured between {row.begins} and {row.ends} h. Look at the night on the dashboard, "
            "then speak with the doctor about oxygen, medicines and sleep.",
            fr=f"Sur {measured} min mesurées entre {row.begins} et {row.ends} h. Regarder la nuit sur le tableau, puis "
            "voir avec le médecin l'oxygène, les médicaments et le sommeil.",
        ),
    )


def alert(row: Night) -> Alert:
    """The row as an alert."""
    (found,) = alerts(Team.WARD, "chevet-activity", condition(row), kind=Kind.CLINICAL)
    return found


GROUP = Group(
    name="chevet-night",
    every=240,
    rules=(
        Recording(name=recordings.NIGHT_DESATURATED, expression=desaturated(NIGHT), labels={}),
        Recording(
            name=recordings.NIGHT_MEASURED, expression=_over_a_day("count_over_time", _each_minute(NIGHT)), labels={}
        ),
        alert(NIGHT),
    ),
)
