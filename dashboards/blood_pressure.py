"""Blood pressure of many patients: how high it is, at home and over all, and which readings are out of bounds."""

from __future__ import annotations

from itertools import pairwise

from chevet import home_pressure, promql, recordings
from chevet.home_pressure import FEWEST_DAYS, MOST_DAYS, PER_DAY
from chevet.metrics import PATIENT
from chevet.severities import Severity
from chevet.vitals import Vital
from dashboards import colours, vitals
from dashboards.pressure_anomalies import (
    DIASTOLIC,
    FIVE_WORST,
    LOOK,
    MMHG,
    OVER_TIME,
    PIE,
    RATE,
    SERIES,
    SYSTOLIC,
    WEEK,
    selected,
    times,
)
from dashboards.rows import Dashboard, Panel, Query, Section, Shape, Threshold, Words, same
from dashboards.ward import BY_PATIENT, OF_PATIENTS, PATIENTS_CHOICE

HOME = {SYSTOLIC.key: home_pressure.SYSTOLIC, DIASTOLIC.key: home_pressure.DIASTOLIC}
EDGES = (40, 100, 120, 135, 160, 180, 300)


def _class(low: int, high: int) -> Query:
    new = promql.by("max", SERIES, promql.fresh(selected(SYSTOLIC), LOOK))
    inside = promql.product(promql.whether(new, ">=", low), promql.whether(new, "<", high))
    return Query(
        expression=promql.total(times(inside)),
        legend=same(f"{low}–{high - 1}"),
        instant=True,
    )


DISTRIBUTION = Panel(
    title=Words(en="Distribution of systolic pressure, last 7 days", fr="Distribution de la systolique, 7 jours"),
    description=Words(
        en="For doctors. Number of readings in each class of systolic pressure; at home 135 mmHg and more is "
        "hypertension.",
        fr="Pour les médecins. Nombre de mesures par classe de pression systolique ; à domicile, 135 mmHg et plus est "
        "une hypertension.",
    ),
    shape=Shape.BARS,
    queries=tuple(_class(low, high) for low, high in pairwise(EDGES)),
    low=0,
    decimals=0,
    thresholds=(Threshold(value=None, colour=colours.BLUE),),
)


def _from_home(vital: Vital, severity: Severity) -> tuple[Threshold, ...]:
    """Coloured from the limit at home on."""
    coloured = Threshold(value=HOME[vital.key], colour=colours.OF_SEVERITY[severity])
    return (Threshold(value=None, colour=colours.CALM), coloured)


def _gauge(en: str, fr: str, vital: Vital, across: str, within: str) -> Query:
    steps = _from_home(vital, Severity.MEDIUM) if across == "avg" else vitals.steps(vital)
    return Query(
        expression=f"{across}({promql.over(within, selected(vital), WEEK)})",
        legend=Words(en=en, fr=fr),
        instant=True,
        thresholds=steps,
    )


GAUGES = Panel(
    title=Words(en="Maximum and mean, last 7 days", fr="Maximum et moyenne, 7 derniers jours"),
    description=Words(
        en="For doctors. The highest reading of anyone, coloured by the catalogue's limits, and the mean of the "
        "patients' own means, coloured from 135/85 mmHg, the limit at home.",
        fr="Pour les médecins. La mesure la plus haute de tous, colorée selon les limites du catalogue, et la "
        "moyenne des moyennes de chacun, colorée dès 135/85 mmHg, limite à domicile.",
    ),
    shape=Shape.GAUGE,
    queries=(
        _gauge("systolic, maximum", "systolique, maximum", SYSTOLIC, "max", "max_over_time"),
        _gauge("systolic, mean", "systolique, moyenne", SYSTOLIC, "avg", "avg_over_time"),
        _gauge("diastolic, maximum", "diastolique, maximum", DIASTOLIC, "max", "max_over_time"),
        _gauge("diastolic, mean", "diastolique, moyenne", DIASTOLIC, "avg", "avg_over_time"),
    ),
    unit=MMHG,
    decimals=0,
    low=40,
    high=260,
    width=24,
    height=6,
)


def _home_average(en: str, fr: str, vital: Vital) -> Query:
    recorded = promql.matching(recordings.HOME_PRESSURE, {"vital": vital.key, **OF_PATIENTS})
    return Query(
        expression=promql.by("max", BY_PATIENT, recorded),
        legend=Words(en=en, fr=fr),
        instant=True,
        unit=MMHG,
        decimals=0,
        thresholds=_from_home(vital, Severity.LOW),
    )


def _home_readings(en: str, fr: str, which: str, least: int) -> Query:
    labels = {"vital": SYSTOLIC.key, "readings": which, **OF_PATIENTS}
    return Query(
        expression=promql.by("max", BY_PATIENT, promql.matching(recordings.HOME_READINGS, labels)),
        legend=Words(en=en, fr=fr),
        instant=True,
        decimals=0,
        thresholds=(Threshold(value=None, colour=colours.GREY), Threshold(value=least, colour=colours.CALM)),
    )


_LIMIT = f"{home_pressure.SYSTOLIC}/{home_pressure.DIASTOLIC}"
_SYSTOLIC_AT_HOME = Words(en="systolic", fr="systolique")
AT_HOME = Panel(
    title=Words(en=f"Averages at home, up to {MOST_DAYS} days", fr=f"Moyennes à domicile, {MOST_DAYS} jours au plus"),
    description=Words(
        en=f"For doctors. Average of each patient's last days without the first, coloured from {_LIMIT} mmHg on, "
        "hypertension at home. With too few readings (grey) nothing is judged. A click opens the patient.",
        fr=f"Pour les médecins. Moyenne des derniers jours de chacun sans le premier, colorée dès {_LIMIT} mmHg, "
        "hypertension à domicile. Trop peu de mesures (gris) : rien n'est jugé. Un clic ouvre le patient.",
    ),
    shape=Shape.TABLE,
    queries=(
        _home_average(_SYSTOLIC_AT_HOME.en, _SYSTOLIC_AT_HOME.fr, SYSTOLIC),
        _home_average("diastolic", "diastolique", DIASTOLIC),
        _home_readings("readings averaged", "mesures moyennées", "kept", (FEWEST_DAYS - 1) * PER_DAY),
        _home_readings("readings taken", "mesures faites", "taken", FEWEST_DAYS * PER_DAY),
    ),
    width=24,
    height=7,
    key=PATIENT,
    sort=_SYSTOLIC_AT_HOME,
    links_to="patient",
)
BOARD = Dashboard(
    name="blood_pressure",
    title=Words(en="Blood pressure", fr="Pression artérielle"),
    description=Words(
        en="For doctors: which readings of all patients are out of bounds, how often, and of whom.",
        fr="Pour les médecins : quelles mesures sont hors bornes, à quelle fréquence, et chez qui.",
    ),
    variables=(PATIENTS_CHOICE,),
    sections=(
        Section(title=Words(en="Level", fr="Niveau"), panels=(GAUGES, AT_HOME)),
        Section(title=Words(en="Anomalies", fr="Anomalies"), panels=(OVER_TIME, RATE)),
        Section(title=Words(en="Which and whose", fr="Lesquelles et chez qui"), panels=(PIE, DISTRIBUTION, FIVE_WORST)),
    ),
    since="7d",
    refresh="5m",
)
