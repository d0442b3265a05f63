"""One patient: what is measured, within which limits, how fresh it is, and what was alerted."""

from __future__ import annotations

from chevet import baseline, promql, recordings
from chevet.metrics import DEVICE, VITAL
from chevet.rules import RULES
from chevet.severities import Severity
from chevet.trends import FORESEEN, SEEN
from chevet.vitals import BY_KEY, HOUR
from dashboards import colours, units, vitals
from dashboards.alerts import minutes_in_alarm
from dashboards.news2 import POINTS, SCORE
from dashboards.rows import Annotation, Dashboard, Panel, Query, Section, Shape, Threshold, Words, same
from dashboards.vitals import OF_PATIENT
from dashboards.weight import WEIGHT

OF_LINES = Words(
    en="For nurses and doctors. Coloured lines are what each sensor measured, grey its lowest and highest; dashed "
    "lines are this patient's limits, the catalogue's where nobody prescribed one. A light blue band is what was usual "
    "for them at that hour on half of the fourteen days before.",
    fr="Pour les infirmiers et les médecins. En couleur, ce que chaque capteur a mesuré, en gris la plus basse et la "
    "plus haute valeur ; en tirets, les limites du patient, celles du catalogue si personne n'en a prescrit. Bande "
    "bleu clair : l'habituel du patient à cette heure, la moitié des quatorze jours précédents.",
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
        "where it is expected and too old to be called current.",
        fr="Pour les infirmiers et les médecins. Dernière valeur fiable de chaque paramètre, colorée selon les "
        "limites du catalogue ; un tiret si elle est attendue et trop ancienne.",
    ),
    shape=Shape.NUMBER,
    queries=tuple(vitals.even_silent(vitals.now(vital, OF_PATIENT, by=DEVICE), vital) for vital in vitals.SHOWN),
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
    queries=tuple(vitals.even_silent(vitals.age(vital, OF_PATIENT, by=DEVICE), vital) for vital in vitals.SHOWN),
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
            expression=minutes_in_alarm(promql.selector(recordings.ALERTS, {"alertstate": "firing", **OF_PATIENT})),
            legend=same("{{alertname}}"),
            instant=True,
        ),
    ),
    unit="m",
    decimals=0,
    low=0,
    thresholds=(Threshold(value=None, colour=colours.BLUE),),
)
_FORESEEN = tuple(rule for rule in RULES if rule.vital in baseline.VITALS)
TIME_TO_LIMIT = Panel(
    title=Words(en="Time to a limit, if all goes on", fr="Temps jusqu'à une limite, si rien ne change"),
    description=Words(
        en=f"For nurses and doctors. When the line through the last {SEEN // HOUR} hours of a vital meets this "
        f"patient's limit on that side; orange within {FORESEEN // HOUR} hours. A line is no forecast, and a "
        "vital that goes nowhere has no bar.",
        fr=f"Pour les infirmiers et les médecins. Quand la droite des {SEEN // HOUR} dernières heures d'un paramètre "
        f"atteint la limite du patient de ce côté ; orange : dans moins de {FORESEEN // HOUR} heures. Une droite n'est "
        "pas une prévision ; sans pente, pas de barre.",
    ),
    shape=Shape.BARS,
    queries=(
        Query(
            expression=promql.either(*(vitals.seconds_to(rule) for rule in _FORESEEN)),
            legend=same(f"{{{{{VITAL}}}}} · {{{{side}}}}"),
            instant=True,
            called=tuple(vitals.limit_of(rule) for rule in _FORESEEN),
        ),
    ),
    unit=units.DURATION,
    width=24,
    height=6,
    low=0,
    high=86_400,
    decimals=0,
    thresholds=(
        Threshold(value=None, colour=colours.OF_SEVERITY[Severity.MEDIUM]),
        Threshold(value=FORESEEN + vitals.JUST_ABOVE, colour=colours.CALM),
    ),
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
    since=vitals.SPARSE,
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
        Section(title=Words(en="Early warning", fr="Alerte précoce"), panels=(SCORE, POINTS, TIME_TO_LIMIT)),
        Section(
            title=Words(en="Vitals", fr="Paramètres vitaux"),
            panels=(
                *_lines("oxygen_saturation", "heart_rate", "respiratory_rate", "body_temperature"),
                PRESSURE,
                *_lines("glucose_sensor"),
                WEIGHT,
                MINUTES_IN_ALARM,
            ),
        ),
    ),
)
