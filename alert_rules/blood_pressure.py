"""Blood pressure averaged at home, as `chevet.home_pressure` averages it, and alerts where it is hypertension.

Which day is dropped hangs on when somebody began to measure: the oldest of the last seven days that has readings. Each
day back is tried in turn, the oldest first. All is read from the raw readings each time, so that late ones count; there
are four a day.

Low, both: what an average of days shows harms over years, and is for the next appointment. A single reading that
endangers has its own limits in the catalogue, so the screening rule for anomalies has no alert here: whoever is above
140/90 now and then is seen by the average, and below 90 the catalogue calls at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from alert_rules.rows import Alert, Group, Recording, Sentence
from alert_rules.sustained import camel
from chevet import home_pressure, metrics, promql, recordings
from chevet.home_pressure import FEWEST_DAYS, MOST_DAYS, PER_DAY
from chevet.severities import Kind, Severity
from chevet.vitals import BY_KEY, Vital

PATIENT, DAY = (metrics.PATIENT,), 86_400
AVERAGE, READINGS = recordings.HOME_PRESSURE, recordings.HOME_READINGS


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypertension:
    """An average of `vital` from `bound` on."""

    vital: str
    bound: int
    severity: Severity

    @property
    def row(self) -> Vital:
        """The vital's row in the catalogue."""
        return BY_KEY[self.vital]


HYPERTENSIONS = (
    Hypertension(vital="systolic_pressure", bound=home_pressure.SYSTOLIC, severity=Severity.LOW),
    Hypertension(vital="diastolic_pressure", bound=home_pressure.DIASTOLIC, severity=Severity.LOW),
)


def _all(function: str, vital: Vital, days: int) -> str:
    return promql.by("sum", PATIENT, promql.stretch(function, vital.metric, days * DAY))


def without_first(vital: Vital, of: Callable[[int], str]) -> str:
    """What `of` spells for so many days, without the oldest of the seven that has readings."""

    def where_first(day: int) -> str:
        on_day = promql.stretch("count_over_time", vital.metric, DAY, ago=day * DAY)
        return promql.joined(of(day), "and", on_day, PATIENT)

    return promql.either(*(where_first(day) for day in range(MOST_DAYS - 1, 0, -1)))


def average(vital: Vital) -> str:
    """The mean of what is kept."""
    return without_first(
        vital, lambda days: promql.ratio(_all("sum_over_time", vital, days), _all("count_over_time", vital, days))
    )


def kept(vital: Vital) -> str:
    """How many readings that is."""
    return without_first(vital, lambda days: _all("count_over_time", vital, days))


def _recordings(vital: Vital) -> Iterable[Recording]:
    labels = {"vital": vital.key}
    taken = _all("count_over_time", vital, MOST_DAYS)
    yield Recording(name=AVERAGE, expression=average(vital), labels=labels)
    yield Recording(name=READINGS, expression=taken, labels={**labels, "readings": "taken"})
    yield Recording(name=READINGS, expression=kept(vital), labels={**labels, "readings": "kept"})


def _readings(row: Hypertension, which: str, **patient: str) -> str:
    return promql.selector(READINGS, {"vital": row.vital, "readings": which, **patient})


def expression(row: Hypertension) -> str:
    """The average where it is hypertension, from as many readings as the shortest protocol asks for."""
    mean = promql.by("max", PATIENT, promql.selector(AVERAGE, {"vital": row.vital}))
    high = promql.bounded(mean, ">=", row.bound)
    taken = promql.and_at_least(high, _readings(row, "taken"), FEWEST_DAYS * PER_DAY, PATIENT)
    return promql.and_at_least(taken, _readings(row, "kept"), (FEWEST_DAYS - 1) * PER_DAY, PATIENT)


def alert(row: Hypertension) -> Alert:
    """The row as an alert."""
    return Alert(
        name=f"ChevetHome{camel(row.vital)}High",
        rule="blood_pressure.home",
        expression=expression(row),
        severity=row.severity,
        kind=Kind.CLINICAL,
        summary=_summary(row),
        description=Sentence(
            en="For the next appointment: tablets taken, salt, pain, alcohol? Was the cuff at the height of the heart?",
            fr="Pour la prochaine consultation : traitement pris, sel, douleur, alcool ? Brassard à hauteur du cœur ?",
        ),
        dashboard="chevet-blood-pressure",
    )


def _summary(row: Hypertension) -> Sentence:
    unit, value, bound = row.row.shown_unit, "{{ printf `%.0f` $value }}", row.bound
    asked = _readings(row, "kept", patient="%s")
    count = f"{{{{ with printf `{asked}` $labels.patient | query }}}}{{{{ . | first | value }}}}{{{{ end }}}}"
    return Sentence(
        en=f"{row.row.title['en']} at home, average of up to {MOST_DAYS} days: {value} {unit} (limit ≥ {bound} {unit}, "
        f"from {count} readings), patient {{{{ $labels.patient }}}}",
        fr=f"{row.row.title['fr']} à domicile, moyenne de {MOST_DAYS} jours au plus : {value} {unit} "
        f"(limite ≥ {bound} {unit}, d'après {count} mesures), patient {{{{ $labels.patient }}}}",
    )


GROUP = Group(
    name="chevet-blood-pressure",
    every=120,
    rules=(
        *(recording for row in HYPERTENSIONS for recording in _recordings(row.row)),
        *(alert(row) for row in HYPERTENSIONS),
    ),
)
