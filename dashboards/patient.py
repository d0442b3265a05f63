"""One patient: what is measured, within which limits, how fresh it is, and what was alerted."""

from __future__ import annotations

from chevet import promql, recordings
from chevet.metrics import DEVICE
from chevet.severities import Severity
from chevet.vitals import BY_KEY
from dashboards import colours, units, vitals
from dashboards.news2 import POINTS, SCORE
from dashboards.rows import Annotation, Dashboard, Panel, Query, Section, Shape, Threshold, Words, same
from dashboards.vitals import OF_PATIENT

OF_LINES = Words(
    en="For nurses and doctors. Coloured lines are what each sensor measured, grey its lowest and highest; dashed "
    "lines are this patient's limits, the catalogue's where nobody prescribed one.",
    fr="Pour les infirmiers et les médecins. En couleur, ce que chaque capteur a mesuré, en gris la plus basse et la "
    "plus haute valeur ; en tirets, les limites du patient, celles du catalogue si personne n'en a prescrit.",
)


def _alerts(severity: Severity, en: str, fr: str) -> Annotation:
    labels = {"alertstate": "firing", "kind": "clinical", "severity": severity.value, **OF_PATIENT}
    return Annotation(
        title=Words(en=en, fr=fr),
        expression=promql.selector(recordings.ALERTS, labels),
        text="{{alertname}}",
        colour=colours.OF_SEVERITY[severity],
    )


NOW = Panel(
    title=Words(en="Now", fr="Maintenant"),
    description=Words(
        en="For nurses and doctors. The newest good value of each vital, coloured by the catalogue's limits; a dash "
        "where it is too old to be called current.",
        fr="Pour les infirmiers et les médecins. Dernière valeur fiable de chaque paramètre, colorée selon les "
        "limites du catalogue ; un tiret si elle est trop ancienne.",
    ),
    shape=Shape.NUMBER,
    queries=tuple(vitals.now(vital, OF_PATIENT, by=DEVICE) for vital in vitals.SHOWN),
    width=24,
    height=4,
)
AGE = Panel(
    title=Words(en="Age of each value", fr="Âge de chaque valeur"),
    description=Words(
        en="For nurses. How long ago each vital was last measured well; orange is too old: look at the patient, then "
        "at the sensor.",
        fr="Pour les infirmiers. Temps écoulé depuis la dernière mesure fiable ; orange : trop ancienne. Voir le "
        "patient, puis le capteur.",
    ),
    shape=Shape.NUMBER,
    queries=tuple(vitals.age(vital, OF_PATIENT, by=DEVICE) for vital in vitals.SHOWN),
    width=24,
    height=4,
)
MINUTES_IN_ALARM = Panel(
    title=Words(en="Minutes in alarm, last 24 h", fr="Minutes en alarme, dernières 24 h"),
    description=Words(
        en="For nurses and doctors. For how many of the last 24 hours' minutes each rule was in alarm: the longest "
        "bar is what troubled this patient most.",
        fr="Pour les infirmiers et les médecins. Minutes en alarme de chaque règle sur 24 heures : la plus longue "
        "barre est ce qui a le plus gêné le patient.",
    ),
    shape=Shape.BARS,
    queries=(
        Query(
            expression=promql.sampled(
                "sum_over_time",
                promql.by(
                    "max",
                    ("alertname",),
                    promql.selector(recordings.ALERTS, {"alertstate": "firing", **OF_PATIENT}),
                ),
                86_400,
                60,
            ),
            legend=same("{{alertname}}"),
            instant=True,
        ),
    ),
    unit="m",
    decimals=0,
    low=0,
    thresholds=(Threshold(value=None, colour=colours.BLUE),),
)
PRESSURE = Panel(
    title=Words(en="Blood pressure", fr="Pression artérielle"),
    description=OF_LINES,
    shape=Shape.LINES,
    queries=tuple(
        query
        for vital in (BY_KEY["systolic_pressure"], BY_KEY["diastolic_pressure"])
        for query in (*vitals.named(vital), *vitals.named_limits(vital))
    ),
    unit=units.OF_UCUM["mm[Hg]"],
    every=900,
    points=True,
)


def _lines(*keys: str) -> tuple[Panel, ...]:
    return tuple(vitals.lines(BY_KEY[key], OF_LINES) for key in keys)


BOARD = Dashboard(
    name="patient",
    title=Words(en="Patient", fr="Patient"),
    description=Words(
        en="For those who care for one patient: vitals with limits, freshness, early warning and alerts.",
        fr="Pour qui soigne un patient : paramètres et limites, fraîcheur, alerte précoce et alarmes.",
    ),
    variables=(vitals.PATIENT_CHOICE,),
    annotations=(
        _alerts(Severity.HIGH, "Alerts, high", "Alarmes, gravité haute"),
        _alerts(Severity.MEDIUM, "Alerts, medium", "Alarmes, gravité moyenne"),
    ),
    sections=(
        Section(title=Words(en="Now", fr="Maintenant"), panels=(NOW, AGE)),
        Section(title=Words(en="Early warning", fr="Alerte précoce"), panels=(SCORE, POINTS)),
        Section(
            title=Words(en="Vitals", fr="Paramètres vitaux"),
            panels=(
                *_lines("oxygen_saturation", "heart_rate", "respiratory_rate", "body_temperature"),
                PRESSURE,
                *_lines("glucose_sensor", "weight"),
                MINUTES_IN_ALARM,
            ),
        ),
    ),
)
