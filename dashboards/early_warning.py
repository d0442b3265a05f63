"""Early warning over all patients: who scores what, of which parts, how old, and which parts are missing."""

from __future__ import annotations

from chevet import metrics, news2, promql, recordings
from chevet.metrics import PATIENT, Metric
from chevet.news2 import CONSCIOUSNESS, CONSCIOUSNESS_TITLES, SHELF_LIFE, Part
from chevet.severities import Severity
from dashboards import colours, units
from dashboards.news2 import PART_STEPS, PARTS_STEPS, STEPS
from dashboards.rows import Dashboard, Panel, Query, Section, Shape, Threshold, Told, Words
from dashboards.ward import BY_PATIENT, EVERYONE, OF_PATIENTS, PATIENTS_CHOICE

_SCORE = Words(en="score", fr="score")


def _column(name: str, legend: Words, thresholds: tuple[Threshold, ...] = ()) -> Query:
    return Query(
        expression=promql.by("max", BY_PATIENT, promql.matching(name, OF_PATIENTS)),
        legend=legend,
        instant=True,
        thresholds=thresholds,
        decimals=0,
    )


_OLDEST = Query(
    expression=promql.joined(
        promql.by("max", BY_PATIENT, promql.matching(recordings.NEWS2_AGE, OF_PATIENTS)),
        "and",
        recordings.NEWS2_SCORE,
        BY_PATIENT,
    ),
    legend=Words(en="oldest part", fr="paramètre le plus ancien"),
    instant=True,
    unit=units.DURATION,
    decimals=0,
)
"""Of those who are scored: parts are known of others too."""
_PARTS = Query(
    expression=promql.either(
        promql.by("max", BY_PATIENT, promql.matching(recordings.NEWS2_PARTS, OF_PATIENTS)), EVERYONE
    ),
    legend=Words(en="parts of 7", fr="paramètres sur 7"),
    instant=True,
    decimals=0,
    thresholds=PARTS_STEPS,
)
"""0 for who has no score: nobody is missing because nothing is known."""


def _part(part: Part) -> Query:
    selected = promql.matching(recordings.NEWS2_POINTS, {"part": part.value, **OF_PATIENTS})
    return Query(
        expression=promql.by("max", BY_PATIENT, selected),
        legend=Words(**news2.TITLES[part]),
        instant=True,
        thresholds=PART_STEPS,
    )


def _known(part: Part) -> str:
    selected = promql.matching(recordings.NEWS2_POINTS, {"part": part.value, **OF_PATIENTS})
    return promql.total(promql.either(promql.counted(1, selected, BY_PATIENT), EVERYONE))


def _seen(metric: Metric, part: Part, en: str, fr: str, *words: tuple[str, str]) -> Query:
    """What a nurse saw, while it counts in the score; in words, for it is kept as a number."""
    newest = promql.over("last_over_time", promql.matching(metric.name, OF_PATIENTS), SHELF_LIFE[part])
    return Query(
        expression=promql.by("max", BY_PATIENT, newest),
        legend=Words(en=en, fr=fr),
        instant=True,
        told=tuple(Told(low=place, high=place, words=Words(en=en, fr=fr)) for place, (en, fr) in enumerate(words)),
    )


_SEEN = (
    _seen(
        metrics.NEWS2_OXYGEN,
        Part.OXYGEN,
        "breathing, as seen",
        "respire, selon l'infirmier",
        ("air", "air ambiant"),
        ("oxygen", "oxygène"),
    ),
    _seen(
        metrics.NEWS2_CONSCIOUSNESS,
        Part.CONSCIOUSNESS,
        "awake, as seen",
        "éveil, selon l'infirmier",
        *((titles["en"], titles["fr"]) for titles in map(CONSCIOUSNESS_TITLES.__getitem__, CONSCIOUSNESS)),
    ),
)


def _patients(en: str, fr: str, expression: str, colour: str) -> Query:
    return Query(expression=promql.total(expression), legend=Words(en=en, fr=fr), colour=colour)


_SCORES = promql.by("max", BY_PATIENT, promql.matching(recordings.NEWS2_SCORE, OF_PATIENTS))
TABLE = Panel(
    title=Words(en="Scores and their parts", fr="Scores et leurs paramètres"),
    description=Words(
        en="For nurses and doctors. Each patient's NEWS2 with the points of its parts; an empty cell is a missing "
        "part, and the score is then the least that it can be. A 3 in one part asks for hourly watching. At the end "
        "what a nurse saw and wrote down.",
        fr="Pour les infirmiers et les médecins. Le NEWS2 de chaque patient et les points par paramètre ; une case "
        "vide est un paramètre manquant, le score est alors un minimum. Un 3 demande une surveillance horaire. À la "
        "fin, ce qu'un infirmier a vu et noté.",
    ),
    shape=Shape.TABLE,
    queries=(
        _column(recordings.NEWS2_SCORE, _SCORE, STEPS),
        _PARTS,
        _OLDEST,
        *(_part(part) for part in Part),
        *_SEEN,
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
    queries=tuple(Query(expression=_known(part), legend=Words(**news2.TITLES[part]), instant=True) for part in Part),
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
