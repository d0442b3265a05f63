"""An hour unlike this person's own at this time of day: `chevet.baseline` in Prometheus, and alerts on what is beyond.

The quartiles of the same hour on fourteen days are read from the raw windows each time, by offsets, and recorded each
quarter of an hour. Hourly means recorded once would be cheaper to read again, but a backlog of hours would never enter
them; read raw, whatever has come until now counts, and for 1,000 patients it costs seconds in a quarter of an hour. The
alert itself reads its own hour from the raw windows too, so that hours which a backlog fills can be judged afterwards
by the same expression.

Above the catalogue's own limit nothing is said: there its rule speaks. Nor of a quick heart or breath where a walk was.
Unusual on one side only where the other is no harm: more oxygen is none, and a cool skin is a sensor that
slipped; slow breath that endangers has its limit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from alert_rules.conditions import SIGNS
from alert_rules.exertion import unless_exerted
from alert_rules.first_limits import PATIENT, first, unless_beyond
from alert_rules.rows import Alert, Group, Recording, Sentence
from alert_rules.sustained import camel
from chevet import promql, recordings
from chevet.baseline import DAYS, QUARTILES, VITALS
from chevet.errors import BadRow, expected
from chevet.severities import Kind, Severity, Side
from chevet.vitals import BY_KEY, Vital

HOUR, DAY = 3600, 86_400
REACH = 1.5
"""Widths of the band beyond it at which an hour is unusual: Tukey's fence."""
KNOWN = 7
"""Days of the fourteen, at least."""
LOWER, MEDIAN, UPPER = recordings.BASELINE_LOWER, recordings.BASELINE_MEDIAN, recordings.BASELINE_UPPER
NUMBERED = "%[1]s"
"""The patient, when Prometheus tells the alert."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusual:
    """`least` is how far beyond the band it must be however narrow that is; `windows` how many the hour must have."""

    vital: str
    side: Side
    least: float
    windows: int
    severity: Severity

    def __post_init__(self) -> None:
        if self.vital not in VITALS:
            raise BadRow(expected("vital", " or ".join(VITALS), self.vital), field="vital")
        if not self.least > 0:
            raise BadRow(expected(f"{self.vital}.least", "more than 0", self.least), field="least")

    @property
    def row(self) -> Vital:
        """The vital's row in the catalogue."""
        return BY_KEY[self.vital]


def _unusual(vital: str, side: Side, least: float, windows: int, severity: Severity) -> Unusual:
    return Unusual(vital=vital, side=side, least=least, windows=windows, severity=severity)


# Medium where it may be the beginning of what harms within hours, low where there is a day to ask. Half of the windows
# of the hour. `least` for temperature: IDSA 2008, fever in long-term care, more than 1.1 °C above one's own; the others
# are Chevet's defaults, each beyond what a sensor errs by, to be signed by a clinician.
UNUSUALS = (
    _unusual("heart_rate", Side.HIGH, 15, 30, Severity.MEDIUM),
    _unusual("heart_rate", Side.LOW, 15, 30, Severity.LOW),
    _unusual("respiratory_rate", Side.HIGH, 5, 30, Severity.MEDIUM),
    _unusual("oxygen_saturation", Side.LOW, 3, 30, Severity.MEDIUM),
    _unusual("body_temperature", Side.HIGH, 1.1, 6, Severity.MEDIUM),
)


def hour(vital: Vital, days_ago: int = 0) -> str:
    """The median of each patient's hour that ended so many days ago."""
    median = promql.stretch("quantile_over_time", vital.metric, HOUR, QUARTILES[1], ago=days_ago * DAY)
    return promql.by("avg", PATIENT, median)


def _recordings(vital: Vital) -> Iterable[Recording]:
    days = promql.on_days(range(1, DAYS + 1), lambda day: hour(vital, day))
    for name, share in zip((LOWER, MEDIAN, UPPER), QUARTILES, strict=True):
        yield Recording(name=name, expression=promql.quantile(share, PATIENT, days), labels={"vital": vital.key})
    yield Recording(
        name=recordings.BASELINE_DAYS, expression=promql.by("count", PATIENT, days), labels={"vital": vital.key}
    )


def _recorded(name: str, row: Unusual, **patient: str) -> str:
    selected = promql.selector(name, {"vital": row.vital, **patient})
    return promql.stretch("last_over_time", selected, recordings.BASELINE_HOLDS)


def bound(row: Unusual, **patient: str) -> str:
    """Where the unusual begins for each patient, or for one."""
    lower, upper = _recorded(LOWER, row, **patient), _recorded(UPPER, row, **patient)
    beyond = promql.no_less(promql.product(f"{REACH:g}", f"{upper} - {lower}"), row.least)
    return f"({upper} + {beyond})" if row.side is Side.HIGH else f"({lower} - {beyond})"


def expression(row: Unusual) -> str:
    """The hour's median where it is unusual, with enough windows and enough days behind it."""
    compared = f"{hour(row.row)} {_operator(row)} on ({PATIENT[0]}) {bound(row)}"
    windows = promql.by("sum", PATIENT, promql.stretch("count_over_time", row.row.metric, HOUR))
    enough = promql.and_at_least(compared, windows, row.windows, PATIENT)
    known = promql.and_at_least(enough, _recorded(recordings.BASELINE_DAYS, row), KNOWN, PATIENT)
    return unless_beyond(unless_exerted(known, row.vital, HOUR), *first(row.vital, row.side))


def _operator(row: Unusual) -> str:
    return ">=" if row.side is Side.HIGH else "<="


def alert(row: Unusual) -> Alert:
    """The row as an alert."""
    above, unit = row.side is Side.HIGH, row.row.shown_unit
    usual = _told(_recorded(MEDIAN, row, patient=NUMBERED))
    days = _told(_recorded(recordings.BASELINE_DAYS, row, patient=NUMBERED), "%.0f")
    return Alert(
        name=f"Chevet{camel(row.vital)}{'Above' if above else 'Below'}Usual",
        rule=f"{row.vital}.{'above' if above else 'below'}_usual",
        expression=expression(row),
        severity=row.severity,
        kind=Kind.CLINICAL,
        summary=Sentence(en=_summary(row, "en"), fr=_summary(row, "fr")),
        description=Sentence(
            en=f"Usual at this hour: {usual} {unit}, the median of {days} of {DAYS} days. Call the patient: exertion, "
            "fever, pain, new medicines?",
            fr=f"Habituel à cette heure : {usual} {unit}, médiane de {days} jours sur {DAYS}. Appeler le patient : "
            "effort, fièvre, douleur, nouveaux médicaments ?",
        ),
        dashboard="chevet-patient",
    )


_FOR_AN_HOUR = {"en": "for an hour", "fr": "depuis une heure"}
_LIMIT = {"en": "limit", "fr": "limite"}


def _summary(row: Unusual, language: str) -> str:
    unit = row.row.shown_unit
    value = f"{{{{ printf `%.1f` $value }}}} {unit}"
    limit = f"{_LIMIT[language]} {SIGNS[_operator(row)]} {_told(bound(row, patient=NUMBERED))} {unit}"
    told = f"{row.row.title[language]} {value} {_FOR_AN_HOUR[language]}"
    return f"{told} ({limit}), patient {{{{ $labels.patient }}}}"


def _told(asked: str, written: str = "%.1f") -> str:
    """What Prometheus answers for the patient of the alert."""
    answered = f"printf `{asked}` $labels.patient | query"
    return f"{{{{ with {answered} }}}}{{{{ . | first | value | printf `{written}` }}}}{{{{ end }}}}"


RECORDED = Group(
    name="chevet-baseline",
    every=900,
    rules=tuple(rule for key in VITALS for rule in _recordings(BY_KEY[key])),
)
GROUP = Group(name="chevet-unusual", every=120, rules=tuple(alert(row) for row in UNUSUALS))
