"""Weight that rises fast, as `chevet.weight` sees it, in Prometheus: what was gained on each scale, and an alert on it.

Read from the raw weighings each time, so that late ones count; there is one a day. Medium: water in the lungs is a day
or two away, and tablets still help.
"""

from __future__ import annotations

from alert_rules.conditions import GRAMS, Condition, Unit, alerts
from alert_rules.rows import Group, Recording, Sentence, Team
from chevet import metrics, promql, recordings
from chevet.severities import Kind, Severity
from chevet.weight import RISE, SCALE

HOUR, MEDIAN = 3600, 0.5
ON_A_SCALE = (metrics.GATEWAY, metrics.DEVICE, metrics.PATIENT)
_GAINED = promql.by("max", (metrics.PATIENT,), recordings.WEIGHT_GAINED)


def before() -> str:
    """The median of the days in whose middle the third day before the newest lies, where there are enough of them."""
    seconds, ago = RISE.before_hours * HOUR, RISE.ago_hours * HOUR
    median = promql.stretch("quantile_over_time", SCALE.metric, seconds, MEDIAN, ago=ago)
    weighed = promql.stretch("count_over_time", SCALE.metric, seconds, ago=ago)
    return promql.and_at_least(median, weighed, RISE.at_least, ON_A_SCALE)


def gained() -> str:
    """The lightest of the last day, else the newest that is current, less what was before."""
    of_day = promql.stretch("min_over_time", SCALE.metric, RISE.now_hours * HOUR)
    current = promql.stretch("last_over_time", SCALE.metric, SCALE.stale_after or 0)
    return f"({promql.either(of_day, current)}) - {recordings.WEIGHT_BEFORE}"


CONDITIONS = (
    Condition(
        name="ChevetWeightRising",
        rule="weight.rising",
        measured=promql.ratio(_GAINED, f"{GRAMS}"),
        compared=_GAINED,
        bound=RISE.grams,
        unit=Unit.KILOGRAMS,
        severity=Severity.MEDIUM,
        whose=Sentence(en="patient {{ $labels.patient }}", fr="patient {{ $labels.patient }}"),
        what=Sentence(en=f"weight gained in {RISE.days} days:", fr=f"poids pris en {RISE.days} jours :"),
        first=Sentence(
            en="Have them weigh again, undressed. If it is so: breath, ankles, tablets? Tell the doctor today.",
            fr="Faire repeser sans vêtements. Si confirmé : souffle, chevilles, comprimés ? Médecin prévenu ce jour.",
        ),
    ),
)

GROUP = Group(
    name="chevet-weight",
    every=120,
    rules=(
        Recording(name=recordings.WEIGHT_BEFORE, expression=before(), labels={}),
        Recording(name=recordings.WEIGHT_GAINED, expression=gained(), labels={}),
        *alerts(Team.WARD, "chevet-patient", *CONDITIONS, kind=Kind.CLINICAL),
    ),
)
