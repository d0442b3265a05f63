"""Anomalies of blood pressure among many patients: how many readings, how often, of which kind, and of whom.

The bounds are those by which `chevet.blood_pressure` screens a stream of readings, all strict. A reading that is both
low and high is mixed, and counted once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chevet import promql
from chevet.blood_pressure import SCREENING
from chevet.metrics import DEVICE, GATEWAY, PATIENT
from chevet.vitals import BY_KEY, Vital
from dashboards import colours, units
from dashboards.rows import Panel, Query, Shape, Words
from dashboards.ward import BY_PATIENT, OF_PATIENTS

SYSTOLIC, DIASTOLIC = BY_KEY["systolic_pressure"], BY_KEY["diastolic_pressure"]
MMHG = units.OF_UCUM[SYSTOLIC.unit]
LOW = {SYSTOLIC.key: SCREENING.below_systolic, DIASTOLIC.key: SCREENING.below_diastolic}
HIGH = {SYSTOLIC.key: SCREENING.above_systolic, DIASTOLIC.key: SCREENING.above_diastolic}
LOOK, WEEK = 60, 7 * 86_400
SERIES = (GATEWAY, DEVICE, PATIENT)


def selected(vital: Vital) -> str:
    return promql.matching(vital.metric, OF_PATIENTS)


def _beyond(sign: str, bounds: Mapping[str, int]) -> str:
    """1 for each new reading of which the systolic or the diastolic lies beyond its bound, 0 for every other."""
    sides = (
        promql.whether(promql.by("max", SERIES, promql.fresh(selected(vital), LOOK)), sign, bounds[vital.key])
        for vital in (SYSTOLIC, DIASTOLIC)
    )
    return promql.no_more(promql.summed(*sides), 1)


_IS_LOW, _IS_HIGH = _beyond("<", LOW), _beyond(">", HIGH)
ANOMALOUS = promql.no_more(promql.summed(_IS_LOW, _IS_HIGH), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Type:
    """A kind of anomaly: `found` is 1 for each new reading of the kind, 0 for every other."""

    title: Words
    found: str
    colour: str


_KIND = promql.summed(promql.product(_IS_HIGH, "2"), _IS_LOW)
"""Of each new reading: 1 low, 2 high, 3 both, 0 neither."""

TYPES = (
    Type(
        title=Words(en="hypertension", fr="hypertension"),
        found=promql.whether(f"({_KIND})", "==", 2),
        colour=colours.VERMILLION,
    ),
    Type(
        title=Words(en="hypotension", fr="hypotension"),
        found=promql.whether(f"({_KIND})", "==", 1),
        colour=colours.BLUE,
    ),
    Type(
        title=Words(en="mixed", fr="mixte"),
        found=promql.whether(f"({_KIND})", "==", 3),
        colour=colours.PURPLE,
    ),
)


def times(found: str) -> str:
    """How many of the readings of a week, of each cuff."""
    return promql.sampled("sum_over_time", found, WEEK, LOOK)


def _readings(labels: tuple[str, ...]) -> str:
    return promql.by("sum", labels, promql.over("count_over_time", selected(SYSTOLIC), WEEK))


def _of_day(found: str) -> str:
    return promql.total(promql.sampled("sum_over_time", found, 86_400, LOOK))


OVER_TIME = Panel(
    title=Words(en="Anomalous readings, each 24 hours", fr="Mesures anormales, par 24 heures"),
    description=Words(
        en="For doctors. Readings below 90/60 or above 140/90 in the 24 hours before each moment, by kind; mixed is "
        "low and high in one reading.",
        fr="Pour les médecins. Mesures sous 90/60 ou au-dessus de 140/90 dans les 24 heures avant chaque instant, par "
        "type ; mixte : basse et haute dans la même mesure.",
    ),
    shape=Shape.LINES,
    queries=tuple(Query(expression=_of_day(one.found), legend=one.title, colour=one.colour) for one in TYPES),
    low=0,
    decimals=0,
    stacked=True,
    every=6 * 3600,
)
RATE = Panel(
    title=Words(en="Share of anomalous readings, each 24 hours", fr="Part de mesures anormales, par 24 heures"),
    description=Words(
        en="For doctors. How many of the readings of the 24 hours before each moment were out of bounds: a share says "
        "more than a count when fewer people measure.",
        fr="Pour les médecins. Quelle part des mesures des 24 heures avant chaque instant est hors bornes : plus "
        "parlant qu'un nombre quand moins de gens mesurent.",
    ),
    shape=Shape.LINES,
    queries=(
        Query(
            expression=promql.ratio(
                _of_day(ANOMALOUS),
                promql.total(promql.over("count_over_time", selected(SYSTOLIC), 86_400)),
            ),
            legend=Words(en="share", fr="part"),
        ),
    ),
    unit=units.SHARE,
    low=0,
    high=1,
    every=6 * 3600,
)
PIE = Panel(
    title=Words(en="Kinds of anomaly, last 7 days", fr="Types d'anomalie, 7 derniers jours"),
    description=Words(
        en="For doctors. Of the readings out of bounds in the last seven days, how many were high, low, or both at "
        "once.",
        fr="Pour les médecins. Parmi les mesures hors bornes des sept derniers jours : hautes, basses, ou les deux à "
        "la fois.",
    ),
    shape=Shape.PIE,
    queries=tuple(
        Query(expression=promql.total(times(one.found)), legend=one.title, colour=one.colour, instant=True)
        for one in TYPES
    ),
    decimals=0,
)
_ANOMALIES = Words(en="anomalous readings", fr="mesures anormales")
_WORST = promql.most(5, promql.bounded(promql.by("sum", BY_PATIENT, times(ANOMALOUS)), ">", 0))


def _of_worst(en: str, fr: str, expression: str, unit: str = "none", decimals: int = 0) -> Query:
    return Query(
        expression=promql.joined(expression, "and", _WORST, BY_PATIENT),
        legend=Words(en=en, fr=fr),
        instant=True,
        unit=unit,
        decimals=decimals,
    )


FIVE_WORST = Panel(
    title=Words(en="The five worst, last 7 days", fr="Les cinq plus touchés, 7 derniers jours"),
    description=Words(
        en="For doctors. The five patients with most anomalous readings, how many they took, and how high; a click "
        "opens the patient.",
        fr="Pour les médecins. Les cinq patients avec le plus de mesures anormales, combien ils en ont fait, et "
        "jusqu'où ; un clic ouvre le patient.",
    ),
    shape=Shape.TABLE,
    queries=(
        Query(expression=_WORST, legend=_ANOMALIES, instant=True, decimals=0),
        _of_worst("readings", "mesures", _readings(BY_PATIENT)),
        _of_worst(
            "highest systolic",
            "systolique la plus haute",
            promql.by("max", BY_PATIENT, promql.over("max_over_time", selected(SYSTOLIC), WEEK)),
            MMHG,
        ),
        _of_worst(
            "mean systolic",
            "systolique moyenne",
            promql.by("avg", BY_PATIENT, promql.over("avg_over_time", selected(SYSTOLIC), WEEK)),
            MMHG,
        ),
        _of_worst(
            "mean diastolic",
            "diastolique moyenne",
            promql.by("avg", BY_PATIENT, promql.over("avg_over_time", selected(DIASTOLIC), WEEK)),
            MMHG,
        ),
    ),
    width=24,
    height=7,
    key=PATIENT,
    sort=_ANOMALIES,
    links_to="patient",
)
