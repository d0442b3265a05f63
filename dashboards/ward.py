"""A ward, or whomever one may see: the worst first, with the age of each value, and the way to each patient."""

from __future__ import annotations

from chevet import metrics, promql, recordings
from chevet.metrics import PATIENT
from chevet.severities import Kind, Severity
from chevet.vitals import BY_KEY
from dashboards import colours, vitals
from dashboards.news2 import PARTS_STEPS, STEPS
from dashboards.rows import Dashboard, Panel, Query, Section, Shape, Threshold, Told, Variable, Words, same

OF_PATIENTS = {PATIENT: "$patient"}
BY_PATIENT = (PATIENT,)
EVERYONE = promql.counted(0, promql.matching(metrics.EXPECTED_INTERVAL.name, OF_PATIENTS), BY_PATIENT)
"""0 for each patient of whom anything is expected, so that nobody is missing because all is well."""
PATIENTS_CHOICE = Variable(
    name=PATIENT, title=Words(en="Patients", fr="Patients"), series=metrics.EXPECTED_INTERVAL.name, several=True
)
_WEIGHTS = ((Severity.HIGH, 3), (Severity.MEDIUM, 2), (Severity.LOW, 1))
_URGENCY = Words(en="urgency", fr="urgence")
_UNSEEN = 0.5
_TOLD = tuple(
    Told(low=low, high=high, words=Words(en=en, fr=fr))
    for low, high, en, fr in (
        (0, 0.49, "calm", "calme"),
        (_UNSEEN, 0.99, "not seen", "non vu"),
        (1, 1.99, "low", "basse"),
        (2, 2.99, "medium", "moyenne"),
        (3, 3.99, "high", "haute"),
    )
)
_IN_TABLE = tuple(
    BY_KEY[key]
    for key in (
        "oxygen_saturation",
        "heart_rate",
        "respiratory_rate",
        "body_temperature",
        "systolic_pressure",
        "glucose_sensor",
    )
)


def firing(*severities: Severity, kind: Kind = Kind.CLINICAL) -> str:
    """The alerts of the chosen patients that fire."""
    labels = {"alertstate": "firing", "kind": kind.value, "severity": "|".join(severities), **OF_PATIENTS}
    return promql.matching(recordings.ALERTS, labels)


def urgency() -> str:
    """The gravest clinical alert of each patient, 3 to 0, and behind the comma a hundredth of their score.

    Half where nothing current is known: who is not seen is not calm.
    """
    gravest = promql.either(
        *(promql.counted(weight, firing(one), BY_PATIENT) for one, weight in _WEIGHTS),
        promql.counted(_UNSEEN, unseen(), BY_PATIENT),
        EVERYONE,
    )
    scores = promql.either(promql.by("max", BY_PATIENT, f"{_of(recordings.NEWS2_SCORE)} / 100"), EVERYONE)
    return promql.summed(gravest, scores)


def unseen() -> str:
    """What is expected of patients of whom no vital has a current value."""
    current = promql.either(*(vitals.now(vital, OF_PATIENTS).expression for vital in vitals.SHOWN))
    return promql.joined(promql.matching(metrics.EXPECTED_INTERVAL.name, OF_PATIENTS), "unless", current, BY_PATIENT)


def _of(name: str) -> str:
    return promql.matching(name, OF_PATIENTS)


def _number(en: str, fr: str, expression: str, severity: Severity) -> Query:
    steps = (Threshold(value=None, colour=colours.CALM), Threshold(value=1, colour=colours.OF_SEVERITY[severity]))
    return Query(expression=expression, legend=Words(en=en, fr=fr), instant=True, thresholds=steps)


def _patients_with(selected: str) -> str:
    return promql.total(promql.either(promql.counted(1, selected, BY_PATIENT), EVERYONE))


COUNTS = Panel(
    title=Words(en="Patients who need someone", fr="Patients à voir"),
    description=Words(
        en="For the nurse in charge. How many of the patients whom you may see have an alert now, and how many score "
        "5 or more.",
        fr="Pour le cadre infirmier. Combien des patients que vous pouvez voir ont une alarme, et combien ont un "
        "score de 5 ou plus.",
    ),
    shape=Shape.NUMBER,
    queries=(
        _number("high alerts", "alarmes hautes", _patients_with(firing(Severity.HIGH)), Severity.HIGH),
        _number("medium alerts", "alarmes moyennes", _patients_with(firing(Severity.MEDIUM)), Severity.MEDIUM),
        _number(
            "technical alerts",
            "alarmes techniques",
            _patients_with(firing(Severity.HIGH, Severity.MEDIUM, kind=Kind.TECHNICAL)),
            Severity.LOW,
        ),
        _number(
            "NEWS2 of 5 or more",
            "NEWS2 de 5 ou plus",
            _patients_with(promql.bounded(_of(recordings.NEWS2_SCORE), ">=", 5)),
            Severity.MEDIUM,
        ),
        Query(
            expression=f"count({EVERYONE})",
            legend=Words(en="patients watched", fr="patients suivis"),
            instant=True,
            thresholds=(Threshold(value=None, colour=colours.BLUE),),
        ),
    ),
    width=24,
    height=4,
    decimals=0,
)
WORST_FIRST = Panel(
    title=Words(en="Worst first", fr="Les plus graves d'abord"),
    description=Words(
        en="For nurses. Sorted by the gravest alert, then who is not seen, then by NEWS2. Beside each value its "
        "age; an empty cell is too old to be current. Of several sensors the higher value stands, of SpO2 the "
        "lower. A click opens the patient.",
        fr="Pour les infirmiers. Trié par l'alarme la plus grave, puis les non vus, puis par NEWS2. À "
        "côté de chaque valeur, son âge ; case vide : trop ancienne. De plusieurs capteurs la plus haute, de la "
        "SpO2 la plus basse. Un clic ouvre le patient.",
    ),
    shape=Shape.TABLE,
    queries=(
        Query(
            expression=urgency(),
            legend=_URGENCY,
            instant=True,
            decimals=0,
            told=_TOLD,
            thresholds=(
                Threshold(value=None, colour=colours.CALM),
                Threshold(value=_UNSEEN, colour=colours.GREY),
                Threshold(value=1, colour=colours.OF_SEVERITY[Severity.LOW]),
                Threshold(value=2, colour=colours.OF_SEVERITY[Severity.MEDIUM]),
                Threshold(value=3, colour=colours.OF_SEVERITY[Severity.HIGH]),
            ),
        ),
        Query(
            expression=promql.by("max", BY_PATIENT, _of(recordings.NEWS2_SCORE)),
            legend=same("NEWS2"),
            instant=True,
            thresholds=STEPS,
        ),
        Query(
            expression=promql.by("max", BY_PATIENT, _of(recordings.NEWS2_PARTS)),
            legend=Words(en="parts of 7", fr="paramètres sur 7"),
            instant=True,
            thresholds=PARTS_STEPS,
        ),
        *(query for vital in _IN_TABLE for query in (vitals.now(vital, OF_PATIENTS), vitals.age(vital, OF_PATIENTS))),
    ),
    width=24,
    height=14,
    key=PATIENT,
    sort=_URGENCY,
    links_to="patient",
)
SCORES = Panel(
    title=Words(en="NEWS2, the five highest", fr="NEWS2, les cinq plus hauts"),
    description=Words(
        en="For nurses and doctors. Who is getting worse: the five highest scores at each moment; from 5 urgent, from "
        "7 emergency.",
        fr="Pour les infirmiers et les médecins. Qui s'aggrave : les cinq scores les plus hauts à chaque moment ; dès "
        "5 urgent, dès 7 urgence vitale.",
    ),
    shape=Shape.LINES,
    queries=(
        Query(
            expression=promql.most(5, promql.by("max", BY_PATIENT, _of(recordings.NEWS2_SCORE))),
            legend=same("{{patient}}"),
        ),
    ),
    low=0,
    high=20,
    thresholds=STEPS,
    every=60,
    links_to="patient",
    links_by=PATIENT,
)
_SILENT = promql.matching(recordings.ALERTS, {"alertstate": "firing", "rule": ".+silent", **OF_PATIENTS})
SILENT = Panel(
    title=Words(en="Vitals that do not arrive, the ten worst", fr="Paramètres qui n'arrivent pas, les dix pires"),
    description=Words(
        en="For nurses. How many expected vitals of each patient are silent: look at the patient, then at sensor and "
        "gateway.",
        fr="Pour les infirmiers. Combien de paramètres attendus manquent par patient : voir le patient, puis le "
        "capteur et la passerelle.",
    ),
    shape=Shape.BARS,
    queries=(
        Query(
            expression=promql.most(10, promql.either(promql.by("count", BY_PATIENT, _SILENT), EVERYONE)),
            legend=same("{{patient}}"),
            instant=True,
        ),
    ),
    low=0,
    decimals=0,
    thresholds=(
        Threshold(value=None, colour=colours.CALM),
        Threshold(value=1, colour=colours.OF_SEVERITY[Severity.MEDIUM]),
    ),
    links_to="patient",
    links_by=PATIENT,
)
BOARD = Dashboard(
    name="ward",
    title=Words(en="Ward", fr="Service de soins"),
    description=Words(
        en="For nurses: all patients whom you may see, the worst first.",
        fr="Pour les infirmiers : tous les patients que vous pouvez voir, les plus graves d'abord.",
    ),
    variables=(PATIENTS_CHOICE,),
    sections=(
        Section(title=Words(en="Now", fr="Maintenant"), panels=(COUNTS, WORST_FIRST)),
        Section(title=Words(en="Course", fr="Évolution"), panels=(SCORES, SILENT)),
    ),
    since="12h",
    refresh="30s",
)
