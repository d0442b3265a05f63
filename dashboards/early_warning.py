"""Early warning over all patients: who scores what, of which parts, how old, and which parts are missing."""

from __future__ import annotations

from chevet import news2, promql, recordings
from chevet.metrics import PATIENT
from chevet.news2 import Part
from chevet.severities import Severity
from dashboards import colours, units
from dashboards.news2 import PART_STEPS, STEPS
from dashboards.rows import Dashboard, Panel, Query, Section, Shape, Threshold, Words, same
from dashboards.ward import BY_PATIENT, OF_PATIENTS, PATIENTS_CHOICE

_SCORE = Words(en="score", fr="score")


def _column(name: str, legend: Words, thresholds: tuple[Threshold, ...] = (), unit: str = "") -> Query:
    return Query(
        expression=promql.by("max", BY_PATIENT, promql.matching(name, OF_PATIENTS)),
        legend=legend,
        instant=True,
        thresholds=thresholds,
        unit=unit,
        decimals=0,
    )


def _part(part: Part) -> Query:
    selected = promql.matching(recordings.NEWS2_POINTS, {"part": part.value, **OF_PATIENTS})
    return Query(
        expression=promql.by("max", BY_PATIENT, selected),
        legend=Words(**news2.TITLES[part]),
        instant=True,
        thresholds=PART_STEPS,
    )


def _patients(en: str, fr: str, expression: str, colour: str) -> Query:
    return Query(expression=promql.total(expression), legend=Words(en=en, fr=fr), colour=colour)


_SCORES = promql.by("max", BY_PATIENT, promql.matching(recordings.NEWS2_SCORE, OF_PATIENTS))
TABLE = Panel(
    title=Words(en="Scores and their parts", fr="Scores et leurs paramètres"),
    description=Words(
        en="For nurses and doctors. Each patient's NEWS2 with the points of its parts; an empty cell is a missing "
        "part, and the score is then the least that it can be. A 3 in one part asks for hourly watching.",
        fr="Pour les infirmiers et les médecins. Le NEWS2 de chaque patient et les points par paramètre ; une case "
        "vide est un paramètre manquant, le score est alors un minimum. Un 3 demande une surveillance horaire.",
    ),
    shape=Shape.TABLE,
    queries=(
        _column(recordings.NEWS2_SCORE, _SCORE, STEPS),
        _column(recordings.NEWS2_PARTS, Words(en="parts of 7", fr="paramètres sur 7")),
        _column(recordings.NEWS2_AGE, Words(en="oldest part", fr="paramètre le plus ancien"), unit=units.DURATION),
        *(_part(part) for part in Part),
    ),
    width=24,
    height=12,
    key=PATIENT,
    sort=_SCORE,
    links_to="patient",
)
BANDS = Panel(
    title=Words(en="Patients by response asked for", fr="Patients par réponse demandée"),
    description=Words(
        en="For the nurse in charge. How many patients stand in each row of Chart 4: a growing upper band means that "
        "the ward needs more hands.",
        fr="Pour le cadre infirmier. Combien de patients dans chaque ligne du Chart 4 : si la bande du haut grandit, "
        "le service a besoin de renfort.",
    ),
    shape=Shape.LINES,
    queries=(
        _patients("0", "0", promql.whether(_SCORES, "<=", 0), colours.CALM),
        _patients(
            "1 to 4",
            "1 à 4",
            promql.product(promql.whether(_SCORES, ">=", 1), promql.whether(_SCORES, "<=", 4)),
            colours.OF_SEVERITY[Severity.LOW],
        ),
        _patients(
            "5 or 6, urgent",
            "5 ou 6, urgent",
            promql.product(promql.whether(_SCORES, ">=", 5), promql.whether(_SCORES, "<=", 6)),
            colours.OF_SEVERITY[Severity.MEDIUM],
        ),
        _patients(
            "7 or more, emergency",
            "7 ou plus, urgence vitale",
            promql.whether(_SCORES, ">=", 7),
            colours.OF_SEVERITY[Severity.HIGH],
        ),
    ),
    low=0,
    decimals=0,
    stacked=True,
    every=60,
)
KNOWN = Panel(
    title=Words(en="Patients of whom a part is known", fr="Patients dont un paramètre est connu"),
    description=Words(
        en="For the nurse in charge. For how many patients each part is known and within its shelf-life: the shortest "
        "bar is what to measure or record next.",
        fr="Pour le cadre infirmier. Pour combien de patients chaque paramètre est connu et encore valable : la barre "
        "la plus courte est ce qu'il faut mesurer ou noter.",
    ),
    shape=Shape.BARS,
    queries=(
        Query(
            expression=promql.by("count", ("part",), promql.matching(recordings.NEWS2_POINTS, OF_PATIENTS)),
            legend=same("{{part}}"),
            instant=True,
        ),
    ),
    low=0,
    decimals=0,
    thresholds=(Threshold(value=None, colour=colours.BLUE),),
)
BOARD = Dashboard(
    name="early_warning",
    title=Words(en="Early warning (NEWS2)", fr="Alerte précoce (NEWS2)"),
    description=Words(
        en="For nurses and doctors: NEWS2 of all patients whom you may see, with its parts.",
        fr="Pour les infirmiers et les médecins : NEWS2 des patients que vous pouvez voir, avec ses paramètres.",
    ),
    variables=(PATIENTS_CHOICE,),
    sections=(Section(title=Words(en="NEWS2", fr="NEWS2"), panels=(TABLE, BANDS, KNOWN)),),
)
