"""Where a vital is going: the line through its last hours as in `chevet.trends`, and when it meets the limit in force.

The line goes through raw windows each time, so whatever has come counts. What is foreseen is half as long as what was
seen. A line speaks where enough values lie behind it, where it has moved by more than noise does, where its later half
moves the same way, and where the rule on the limit itself does not speak yet. A heart that slows as it did in the same
hours of a day before goes to bed, and nobody is called for that, nor for a heart that comes down after a walk. Oxygen
that falls each evening is told each evening.

Not for pressure, finger and weight: once a day has no hours. Not for glucose: meals bend every line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from alert_rules.conditions import Condition, Unit, alerts
from alert_rules.exertion import unless_exerted
from alert_rules.first_limits import PATIENT, PATIENT_TOLD, first, unless_beyond
from alert_rules.limits import in_force
from alert_rules.rows import LANGUAGES, Alert, Group, Sentence, Team
from alert_rules.sentences import limit_in_force
from alert_rules.sustained import SERIES, camel
from chevet import promql
from chevet.severities import Kind, Severity, Side
from chevet.trends import FORESEEN, SEEN
from chevet.vitals import BY_KEY, Vital

HOUR, DAY = 3600, 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """`moved` is by how much the line must have changed over the hours seen, `values` how many must lie behind it."""

    vital: str
    side: Side
    moved: float
    values: int
    severity: Severity

    @property
    def row(self) -> Vital:
        """The vital's row in the catalogue."""
        return BY_KEY[self.vital]


def _outlook(vital: str, side: Side, moved: float, values: int) -> Outlook:
    return Outlook(vital=vital, side=side, moved=moved, values=values, severity=Severity.MEDIUM)


# Medium: nobody is in danger yet, and in two hours somebody may be. Half of the values that four hours have. `moved` is
# Chevet's default, twice what the same person's line does on a calm day, to be signed by a clinician.
OUTLOOKS = (
    _outlook("oxygen_saturation", Side.LOW, 3, 120),
    _outlook("heart_rate", Side.HIGH, 20, 120),
    _outlook("heart_rate", Side.LOW, 20, 120),
    _outlook("respiratory_rate", Side.HIGH, 5, 120),
    _outlook("respiratory_rate", Side.LOW, 5, 120),
    _outlook("body_temperature", Side.HIGH, 0.8, 24),
    _outlook("body_temperature", Side.LOW, 0.8, 24),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """What these `vitals` did in the same hours of one of the `days` before, by this `share` of `moved`, is usual."""

    vitals: frozenset[str]
    days: int
    share: float


RHYTHM = Rhythm(vitals=frozenset({"heart_rate"}), days=3, share=0.5)


def seconds_to_limit(row: Outlook) -> str:
    """Until the line of each series meets its patient's limit, the catalogue's where nobody prescribed one."""
    rule, limit = first(row.vital, row.side)
    default = promql.constant(limit.value, promql.over("last_over_time", row.row.metric, SEEN))
    limits = in_force(rule, limit, default)
    inside = ">" if row.side is Side.LOW else "<"
    foreseen = promql.seconds_to(limits, row.row.metric, SEEN, SERIES, inside)
    steady = promql.joined(promql.joined(foreseen, "and", _moved(row), SERIES), "and", _goes_on(row), SERIES)
    at_rest = unless_exerted(_enough(steady, row), row.vital, SEEN)
    return unless_beyond(_unless_usual(at_rest, row, RHYTHM), rule, limit)


def _enough(expression: str, row: Outlook, days_ago: int = 0) -> str:
    counted = promql.stretch("count_over_time", row.row.metric, SEEN, ago=days_ago * DAY)
    return promql.and_at_least(expression, promql.by("sum", SERIES, counted), row.values, SERIES)


def _moved(row: Outlook, share: float = 1, days_ago: int = 0) -> str:
    """The change over all that was seen, where it is large enough and towards the limit."""
    change = promql.product(promql.stretch("deriv", row.row.metric, SEEN, ago=days_ago * DAY), f"{SEEN}")
    falls, moved = row.side is Side.LOW, share * row.moved
    return promql.bounded(change, "<=" if falls else ">=", -moved if falls else moved)


def _unless_usual(expression: str, row: Outlook, rhythm: Rhythm) -> str:
    """Those of `expression` whose patient did not do the same before, on whichever device."""
    if row.vital not in rhythm.vitals:
        return expression
    before = (_enough(_moved(row, rhythm.share, day), row, day) for day in range(1, rhythm.days + 1))
    return promql.joined(expression, "unless", promql.either(*before), PATIENT)


def _goes_on(row: Outlook) -> str:
    """The slope of the later half, where it is towards the limit too: what has stopped foretells nothing."""
    later = promql.stretch("deriv", row.row.metric, SEEN // 2)
    return promql.bounded(later, "<" if row.side is Side.LOW else ">", 0)


_GOES: Mapping[Side, Mapping[str, str]] = MappingProxyType(
    {
        Side.LOW: MappingProxyType({"en": "falling, at {limit} in", "fr": "en baisse, à {limit} dans"}),
        Side.HIGH: MappingProxyType({"en": "rising, at {limit} in", "fr": "en hausse, à {limit} dans"}),
    }
)


def condition(row: Outlook) -> Condition:
    """The row as a condition on the time that is left."""
    rule, limit = first(row.vital, row.side)
    reached = f"{limit_in_force(rule, limit)} {row.row.shown_unit}"
    told = {lang: f"{row.row.title[lang]} {_GOES[row.side][lang].format(limit=reached)}" for lang in LANGUAGES}
    return Condition(
        name=f"Chevet{camel(row.vital)}{'Falling' if row.side is Side.LOW else 'Rising'}",
        rule=f"{row.vital}.{'falling' if row.side is Side.LOW else 'rising'}",
        measured=seconds_to_limit(row),
        operator="<=",
        bound=FORESEEN,
        unit=Unit.DURATION,
        severity=row.severity,
        whose=PATIENT_TOLD,
        what=Sentence(**told),
        first=Sentence(
            en=f"If it goes on as in the last {SEEN // HOUR} h on {{{{ $labels.device }}}}. Look at the patient now, "
            "while there is time.",
            fr=f"Si cela continue comme ces {SEEN // HOUR} dernières heures, par {{{{ $labels.device }}}}. Voir le "
            "patient maintenant, tant qu'il est temps.",
        ),
    )


def alert(row: Outlook) -> Alert:
    """The row as an alert."""
    (found,) = alerts(Team.WARD, "chevet-patient", condition(row), kind=Kind.CLINICAL)
    return found


GROUP = Group(name="chevet-trends", every=240, rules=tuple(alert(row) for row in OUTLOOKS))
