"""Activity and sleep of one patient: movement by day and by hour, rest at night, and whether anything moves at all."""

from __future__ import annotations

from chevet import baseline, promql, recordings
from chevet.baseline import BRISK, STILL
from chevet.metrics import HIGH, PATIENT
from chevet.severities import Severity
from chevet.vitals import BY_KEY, MINUTE, Vital
from dashboards import colours, units, vitals
from dashboards.glucose import AHEAD, AHEAD_CHOICE
from dashboards.rows import Dashboard, Panel, Query, Section, Shape, Threshold, Words
from dashboards.vitals import OF_PATIENT

ROW, HEART = BY_KEY["activity"], BY_KEY["heart_rate"]
DAY, FORTNIGHT, STEP = 86_400, 14 * 86_400, 5 * MINUTE


def _a_day(function: str, vital: Vital, *parameters: float) -> str:
    selected = promql.selector(vital.metric, OF_PATIENT)
    return promql.by("max", (PATIENT,), promql.stretch(function, selected, DAY, *parameters))


MOVEMENT = promql.by("max", (PATIENT,), promql.over("avg_over_time", promql.selector(ROW.metric, OF_PATIENT), 3 * STEP))


def _hours(found: str) -> str:
    """Of the 24 hours before each moment, how many `found` was 1."""
    return promql.product(promql.sampled("avg_over_time", found, DAY, STEP), "24")


COURSE = vitals.lines(
    ROW,
    Words(
        en="For nurses and doctors. How much the patient moves: some 5 mg is rest, 40 mg and more a walk. A day "
        "without movement in waking hours deserves a call.",
        fr="Pour les infirmiers et les médecins. Combien le patient bouge : environ 5 mg au repos, 40 mg et plus en "
        "marchant. Un jour sans mouvement aux heures d'éveil mérite un appel.",
    ),
    width=24,
)
HOURS = Panel(
    title=Words(en="Hours still and hours active, each 24 hours", fr="Heures immobiles et actives, par 24 heures"),
    description=Words(
        en="For nurses and doctors. Hours of the last 24 without movement (sleep and sitting) and with brisk "
        "movement: fewer active hours over days is a sign of decline.",
        fr="Pour les infirmiers et les médecins. Heures des dernières 24 sans mouvement (sommeil, assise) et en "
        "mouvement soutenu : moins d'heures actives au fil des jours est un signe de déclin.",
    ),
    shape=Shape.LINES,
    queries=(
        Query(
            expression=_hours(promql.whether(MOVEMENT, "<", STILL)),
            legend=Words(en="still", fr="immobile"),
            colour=colours.BLUE,
        ),
        Query(
            expression=_hours(promql.whether(MOVEMENT, ">", BRISK)),
            legend=Words(en="active", fr="actif"),
            colour=colours.ORANGE,
        ),
    ),
    unit="h",
    decimals=1,
    low=0,
    high=24,
    every=3600,
)


def _profile(share: float, en: str, fr: str, colour: str, fills_to: Words | None = None) -> Query:
    by_hour = promql.by_hour(MOVEMENT, f"${AHEAD}")
    sampled = promql.sampled("quantile_over_time", by_hour, FORTNIGHT, STEP, share)
    return Query(
        expression=promql.by("max", ("hour",), sampled),
        legend=Words(en=en, fr=fr),
        instant=True,
        colour=colour,
        fills_to=fills_to,
    )


PROFILE = Panel(
    title=Words(en="A day's rhythm, over 14 days", fr="Rythme d'une journée, sur 14 jours"),
    description=Words(
        en="For nurses and doctors. The usual movement at each hour and the band that holds half of the days: where "
        "it rises the patient gets up, where it falls they go to bed.",
        fr="Pour les infirmiers et les médecins. Le mouvement habituel à chaque heure et la bande qui contient la "
        "moitié des jours : lever où la courbe monte, coucher où elle descend.",
    ),
    shape=Shape.PROFILE,
    queries=(
        _profile(0.25, "25 %", "25 %", colours.SKY),
        _profile(0.5, "median", "médiane", colours.BLUE),
        _profile(0.75, "75 %", "75 %", colours.SKY, Words(en="25 %", fr="25 %")),
    ),
    unit=units.OF_UCUM[ROW.unit],
    decimals=0,
    key="hour",
    key_title=Words(en="hour", fr="heure"),
)
RESTING = Panel(
    title=Words(
        en="Resting heart rate and movement, each 24 hours", fr="Fréquence de repos et mouvement, par 24 heures"
    ),
    description=Words(
        en="For doctors. What a twentieth of the heart rate's minutes do not exceed in 24 hours, and the mean "
        "movement: one that rises while the other falls over three days is an early sign of illness, and an alert.",
        fr="Pour les médecins. Ce que la fréquence cardiaque ne dépasse pas pendant un vingtième des minutes de 24 "
        "heures, et le mouvement moyen : l'une monte, l'autre baisse pendant trois jours, signe précoce de maladie, "
        "et alarme.",
    ),
    shape=Shape.LINES,
    queries=(
        Query(
            expression=_a_day("quantile_over_time", HEART, baseline.RESTING),
            legend=Words(en="resting heart rate, /min", fr="fréquence de repos, /min"),
            colour=colours.VERMILLION,
        ),
        Query(
            expression=_a_day("avg_over_time", ROW),
            legend=Words(en="movement, mg", fr="mouvement, mg"),
            colour=colours.BLUE,
        ),
    ),
    low=0,
    decimals=0,
    every=3600,
)


def _recorded(name: str) -> str:
    return promql.by("max", (PATIENT,), promql.selector(name, OF_PATIENT))


NIGHTS = Panel(
    title=Words(en="Minutes of desaturation at night", fr="Minutes de désaturation nocturne"),
    description=Words(
        en="For doctors. Minutes of the night hours of the last 24 at or below this patient's limit of SpO2, and in "
        "how many it was measured. By day it is the night before; many short dips add up to an alert.",
        fr="Pour les médecins. Minutes des heures de nuit des dernières 24 à la limite de SpO2 du patient ou en "
        "dessous, et minutes mesurées. Le jour, c'est la nuit passée ; de courtes chutes s'ajoutent en une alarme.",
    ),
    shape=Shape.LINES,
    queries=(
        Query(
            expression=_recorded(recordings.NIGHT_DESATURATED),
            legend=Words(en="at or below the limit", fr="à la limite ou en dessous"),
            colour=colours.VERMILLION,
        ),
        Query(
            expression=_recorded(recordings.NIGHT_MEASURED),
            legend=Words(en="measured", fr="mesurées"),
            colour=colours.GREY,
            dashed=True,
        ),
    ),
    unit="m",
    decimals=0,
    low=0,
    every=900,
)
LIVELY = Panel(
    title=Words(en="Strongest movement, last 3 hours", fr="Mouvement le plus fort, 3 dernières heures"),
    description=Words(
        en="For nurses. The liveliest minute of the last three hours; orange means that nothing but rest was seen, "
        "which is right at night.",
        fr="Pour les infirmiers. La minute la plus active des trois dernières heures ; orange : seulement du repos, "
        "ce qui est normal la nuit.",
    ),
    shape=Shape.NUMBER,
    queries=(
        Query(
            expression=promql.by(
                "max", (PATIENT,), promql.over("max_over_time", promql.selector(ROW.metric + HIGH, OF_PATIENT), 10_800)
            ),
            legend=vitals.title(ROW),
            instant=True,
            thresholds=(
                Threshold(value=None, colour=colours.OF_SEVERITY[Severity.MEDIUM]),
                Threshold(value=STILL, colour=colours.CALM),
            ),
        ),
    ),
    unit=units.OF_UCUM[ROW.unit],
    decimals=0,
)
FALLS = Panel(
    title=Words(en="Falls", fr="Chutes"),
    description=Words(
        en="For nurses and doctors. Each point is a fall that was declared, by the force of its impact; none is the "
        "usual answer.",
        fr="Pour les infirmiers et les médecins. Chaque point est une chute déclarée, selon la force de l'impact ; "
        "aucune est la réponse habituelle.",
    ),
    shape=Shape.LINES,
    queries=vitals.measured(BY_KEY["fall"]),
    unit=units.OF_UCUM["[g]"],
    decimals=1,
    low=0,
    points=True,
    every=STEP,
    empty=Words(en="no fall declared", fr="aucune chute déclarée"),
)
BOARD = Dashboard(
    name="activity",
    title=Words(en="Activity and sleep", fr="Activité et sommeil"),
    description=Words(
        en="For nurses and doctors: how one patient moves and rests, from day to day.",
        fr="Pour les infirmiers et les médecins : comment un patient bouge et se repose, jour après jour.",
    ),
    variables=(vitals.PATIENT_CHOICE, AHEAD_CHOICE),
    sections=(
        Section(title=Words(en="Movement", fr="Mouvement"), panels=(COURSE, HOURS, PROFILE)),
        Section(
            title=Words(en="Rest and signs of decline", fr="Repos et signes de déclin"),
            panels=(RESTING, NIGHTS, LIVELY, FALLS),
        ),
    ),
    since="7d",
    refresh="5m",
)
