"""Time with too low or too high glucose, over a day and over the consensus's fourteen, beyond the shares for adults.

Shares are of time, in slots as `chevet.time_in_range` counts them, and held to it by a test. Each time they are counted
from the raw readings anew. To record each reading once as 0 or 1 and add that up would read less, but what a gateway
sends after days offline would never enter the sum; and counting only the slots that are beyond is cheap: for 1,000
patients the fourteen days take seconds of the four minutes between two looks, which are as rare as they can be while
those who look see what was recorded at any moment. Day by day, for then Prometheus holds one day in memory.

Below 70 % of the expected readings nothing is said of shares; above it the sentence says how many there were. The goals
are those of adults: nobody tells Prometheus who is frail or pregnant, and whose goals are others has them read by
`chevet.glucose_summary`.

A day's share below 54 is medium: a quarter of an hour so low within a day comes back with the next dose, and is then a
faint. What else a day or a fortnight shows harms in months, and is low: this working day. Above 180 a day says nothing,
for many who keep their goal have such days.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from alert_rules.rows import Alert, Group, Recording, Sentence
from chevet import metrics, promql, recordings
from chevet.glucose import ABOVE_180, ABOVE_250, BELOW_54, BELOW_70, Goal, Where
from chevet.severities import Kind, Severity, Side
from chevet.time_in_range import A_HOUR, DAYS, ENOUGH, HOUR, SENSOR, SLOT

_SIGN = MappingProxyType({Where.BELOW: "<", Where.ABOVE: ">"})
_SIDE = MappingProxyType({Where.BELOW: Side.LOW, Where.ABOVE: Side.HIGH})
_WHERE = MappingProxyType({Where.BELOW: "sous", Where.ABOVE: "au-dessus de"})
PATIENT = (metrics.PATIENT,)
SHARE, SLOTS, COMPLETENESS = recordings.GLUCOSE_SHARE, recordings.GLUCOSE_SLOTS, recordings.GLUCOSE_COMPLETENESS
_NEWEST = promql.stretch("last_over_time", SENSOR.metric, SLOT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """So many `days`, and how the label `rule` of its alerts ends."""

    days: int
    name: str

    def told(self, days: str) -> str:
        """As people say it, in whose language days are `days`."""
        return "24 h" if self.days == 1 else f"{self.days} {days}"

    @property
    def seconds(self) -> int:
        """Its length."""
        return self.days * 86_400

    @property
    def labels(self) -> Mapping[str, str]:
        """What tells its recorded series from others."""
        return MappingProxyType({"over": f"{self.days}d"})


DAY, FORTNIGHT = Span(days=1, name="day"), Span(days=DAYS, name="fortnight")


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLong:
    """A goal that is missed over a span; `first` is the first thing to do."""

    name: str
    goal: Goal
    span: Span
    severity: Severity
    first: Sentence


_LOW_NOW = Sentence(
    en="Call the patient now: meals left out, exertion, too much insulin? Tell the doctor before the next dose.",
    fr="Appeler le patient maintenant : repas sauté, effort, trop d'insuline ? Médecin prévenu avant la dose suivante.",
)
_LOW_TODAY = Sentence(
    en="Call the patient today: are lows felt, what was eaten and injected? Tell the doctor if it comes again.",
    fr="Appeler le patient ce jour : les sent-il, quels repas, quelles doses ? Médecin prévenu si cela revient.",
)
_LOW = Sentence(
    en="Have the doctor look at the day's profile: at which hour is it low, and which dose comes before?",
    fr="Faire lire au médecin le profil de la journée : à quelle heure est-ce bas, et quelle dose précède ?",
)
_HIGH_TODAY = Sentence(
    en="Call the patient: ill, a dose forgotten, a pump or a pen that fails? Thirst, nausea: the doctor now.",
    fr="Appeler le patient : malade, dose oubliée, pompe ou stylo en panne ? Soif, nausées : médecin aussitôt.",
)
_HIGH = Sentence(
    en="Bring the next appointment forward: meals and doses beside the day's profile.",
    fr="Avancer le prochain rendez-vous : repas et doses en regard du profil de la journée.",
)
TOO_LONG = (
    TooLong(name="ChevetGlucoseBelow54Day", goal=BELOW_54, span=DAY, severity=Severity.MEDIUM, first=_LOW_NOW),
    TooLong(name="ChevetGlucoseBelow70Day", goal=BELOW_70, span=DAY, severity=Severity.LOW, first=_LOW_TODAY),
    TooLong(name="ChevetGlucoseAbove250Day", goal=ABOVE_250, span=DAY, severity=Severity.LOW, first=_HIGH_TODAY),
    TooLong(name="ChevetGlucoseBelow54Fortnight", goal=BELOW_54, span=FORTNIGHT, severity=Severity.LOW, first=_LOW),
    TooLong(name="ChevetGlucoseBelow70Fortnight", goal=BELOW_70, span=FORTNIGHT, severity=Severity.LOW, first=_LOW),
    TooLong(name="ChevetGlucoseAbove180Fortnight", goal=ABOVE_180, span=FORTNIGHT, severity=Severity.LOW, first=_HIGH),
    TooLong(name="ChevetGlucoseAbove250Fortnight", goal=ABOVE_250, span=FORTNIGHT, severity=Severity.LOW, first=_HIGH),
)


def slots(span: Span, held: str = _NEWEST) -> str:
    """How many slots of each patient have a reading that is `held`, all sensors together."""

    def on_day(day: int) -> str:
        of_day = promql.in_slots("count_over_time", held, DAY.seconds, SLOT, ago=day * DAY.seconds)
        return promql.by("sum", PATIENT, of_day)

    return promql.by("sum", PATIENT, promql.on_days(range(span.days), on_day))


def completeness(span: Span) -> str:
    """How many of the expected readings there are, per cent; of each hour no more than are expected."""
    of_hour = promql.by("sum", PATIENT, promql.stretch("count_over_time", SENSOR.metric, HOUR))
    readings = promql.in_slots("sum_over_time", promql.no_more(of_hour, A_HOUR), span.seconds, HOUR)
    return promql.ratio(promql.product("100", readings), f"{span.seconds // SLOT}")


def share(goal: Goal, span: Span) -> str:
    """Per cent of the slots in which the newest reading lies where the goal says."""
    known = promql.selector(SLOTS, span.labels)
    held = slots(span, promql.bounded(_NEWEST, _SIGN[goal.where], goal.bounds[0].mg_per_dl))
    none = promql.by("sum", PATIENT, promql.product("0", known))
    return promql.ratio(promql.product("100", promql.either(held, none)), promql.by("sum", PATIENT, known))


def _recorded(name: str, row: TooLong) -> str:
    labels = {"region": row.goal.key} if name == SHARE else {}
    return promql.selector(name, {**row.span.labels, **labels})


def expression(row: TooLong) -> str:
    """The share where it misses the goal and enough is known."""
    missed = promql.bounded(promql.by("max", PATIENT, _recorded(SHARE, row)), ">=", row.goal.share)
    return promql.and_at_least(missed, _recorded(COMPLETENESS, row), ENOUGH, PATIENT)


def alert(row: TooLong) -> Alert:
    """The row as an alert."""
    goal = row.goal
    return Alert(
        name=row.name,
        rule=f"{SENSOR.key}.{_SIDE[goal.where]}_{row.span.name}",
        expression=expression(row),
        severity=row.severity,
        kind=Kind.CLINICAL,
        summary=_summary(row),
        description=row.first,
        dashboard="chevet-glucose",
    )


_FIRST = "{{ . | first | value | printf `%.0f` }}"


def _summary(row: TooLong) -> Sentence:
    asked = _recorded(COMPLETENESS, row).replace("}", ',patient="%s"}')
    known = f"{{{{ with printf `{asked}` $labels.patient | query }}}}{_FIRST}{{{{ end }}}}"
    goal, value = row.goal, "{{ printf `%.1f` $value }} %"
    bound = f"{goal.bounds[0].mg_per_dl} {SENSOR.shown_unit}"
    return Sentence(
        en=f"glucose {goal.where} {bound} for {value} of {row.span.told('days')} (limit ≥ {goal.share} %, "
        f"from {known} % of the readings), patient {{{{ $labels.patient }}}}",
        fr=f"glycémie {_WHERE[goal.where]} {bound} pendant {value} de {row.span.told('jours')} "
        f"(limite ≥ {goal.share} %, d'après {known} % des mesures), patient {{{{ $labels.patient }}}}",
    )


def _rules(span: Span) -> Iterable[Alert | Recording]:
    yield Recording(name=SLOTS, expression=slots(span), labels=span.labels)
    yield Recording(name=COMPLETENESS, expression=completeness(span), labels=span.labels)
    rows = [row for row in TOO_LONG if row.span is span]
    for row in rows:
        labels = {**span.labels, "region": row.goal.key}
        yield Recording(name=SHARE, expression=share(row.goal, span), labels=labels)
    yield from map(alert, rows)


# Recorded values are seen for five minutes.
DAILY = Group(name="chevet-glucose-day", every=120, rules=tuple(_rules(DAY)))
FORTNIGHTLY = Group(name="chevet-glucose-fortnight", every=240, rules=tuple(_rules(FORTNIGHT)))
