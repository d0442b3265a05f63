"""Glucose of one patient: the course, the day's profile over two weeks, and the shares of time in range.

Bounds and targets: International consensus on time in range, Diabetes Care 2019;42:1593. GMI: Bergenstal, Diabetes Care
2018;41:2275.
"""

from __future__ import annotations

from dataclasses import dataclass

from chevet import metrics, promql
from chevet.metrics import PATIENT
from chevet.severities import Severity
from chevet.vitals import BY_KEY, MINUTE
from dashboards import colours, units, vitals
from dashboards.rows import Dashboard, Panel, Query, Section, Shape, Threshold, Variable, Words
from dashboards.vitals import OF_PATIENT

ROW = BY_KEY["glucose_sensor"]
DAY, FORTNIGHT, STEP = 86_400, 14 * 86_400, 5 * MINUTE
AHEAD = "hours_ahead"
AHEAD_CHOICE = Variable(
    name=AHEAD, title=Words(en="Hours ahead of UTC", fr="Heures d'avance sur UTC"), values=("1", "2", "0")
)
ENOUGH, STABLE = 70, 36
"""Per cent: of expected readings below which nothing is judged, and the variation up to which glucose is stable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Values from `low` to `high`, both inside, mg/dL; `target` is the share of time in per cent that adults aim at."""

    title: Words
    low: float | None
    high: float | None
    colour: str
    target: float
    at_least: bool = False

    @property
    def inside(self) -> str:
        """1 while the glucose lies in the band, 0 while not."""
        bounds = ((">=", self.low), ("<=", self.high))
        return promql.product(*(promql.whether(VALUE, sign, bound) for sign, bound in bounds if bound is not None))


VALUE = promql.by("max", (PATIENT,), promql.selector(ROW.metric, OF_PATIENT))
BANDS = (
    Band(
        title=Words(en="very low, below 54", fr="très basse, sous 54"),
        low=None,
        high=53,
        colour=colours.VERMILLION,
        target=1,
    ),
    Band(title=Words(en="low, 54 to 69", fr="basse, 54 à 69"), low=54, high=69, colour=colours.ORANGE, target=3),
    Band(
        title=Words(en="in range, 70 to 180", fr="dans la cible, 70 à 180"),
        low=70,
        high=180,
        colour=colours.GREEN,
        target=70,
        at_least=True,
    ),
    Band(title=Words(en="high, 181 to 250", fr="haute, 181 à 250"), low=181, high=250, colour=colours.SKY, target=20),
    Band(
        title=Words(en="very high, above 250", fr="très haute, au-dessus de 250"),
        low=251,
        high=None,
        colour=colours.BLUE,
        target=5,
    ),
)


def _share(band: Band, seconds: int) -> str:
    return promql.product(promql.sampled("avg_over_time", band.inside, seconds, STEP), "100")


def _steps(band: Band) -> tuple[Threshold, ...]:
    low, high = (colours.ORANGE, colours.CALM) if band.at_least else (colours.CALM, colours.ORANGE)
    return (Threshold(value=None, colour=low), Threshold(value=band.target, colour=high))


def _over_fortnight(function: str) -> str:
    return promql.by("max", (PATIENT,), promql.over(function, promql.selector(ROW.metric, OF_PATIENT), FORTNIGHT))


MEAN, DEVIATION = _over_fortnight("avg_over_time"), _over_fortnight("stddev_over_time")
_GOOD = promql.selector(ROW.metric + metrics.READINGS, {"quality": "good", **OF_PATIENT})
_READINGS = promql.by("max", (PATIENT,), promql.over("sum_over_time", _GOOD, FORTNIGHT))

SHARES_NOW = Panel(
    title=Words(en="Time in range, last 14 days", fr="Temps dans la cible, 14 derniers jours"),
    description=Words(
        en="For doctors. Shares of time in each range; orange where an adult's target is missed: more than 70 % in "
        "range, less than 4 % below 70, 1 % below 54, 25 % above 180, 5 % above 250.",
        fr="Pour les médecins. Part du temps dans chaque plage ; orange si l'objectif de l'adulte n'est pas tenu : "
        "plus de 70 % dans la cible, moins de 4 % sous 70, 1 % sous 54, 25 % au-dessus de 180, 5 % au-dessus de "
        "250.",
    ),
    shape=Shape.BARS,
    queries=tuple(
        Query(expression=_share(band, FORTNIGHT), legend=band.title, instant=True, thresholds=_steps(band))
        for band in BANDS
    ),
    unit=units.PERCENT,
    decimals=1,
    low=0,
    high=100,
)
SUMMARY = Panel(
    title=Words(en="Summary of 14 days", fr="Résumé de 14 jours"),
    description=Words(
        en="For doctors. Below 70 % of expected readings the other numbers are not to be relied on; a variation of up "
        "to 36 % is stable; GMI estimates HbA1c.",
        fr="Pour les médecins. Sous 70 % des mesures attendues, ne pas se fier aux autres chiffres ; une variation "
        "jusqu'à 36 % est stable ; le GMI estime l'HbA1c.",
    ),
    shape=Shape.NUMBER,
    queries=(
        Query(
            expression=promql.product(_READINGS, f"{100 * (ROW.interval or STEP) / FORTNIGHT:g}"),
            legend=Words(en="readings of those expected", fr="mesures reçues sur attendues"),
            instant=True,
            unit=units.PERCENT,
            thresholds=(
                Threshold(value=None, colour=colours.ORANGE),
                Threshold(value=ENOUGH, colour=colours.CALM),
            ),
        ),
        Query(expression=MEAN, legend=Words(en="mean", fr="moyenne"), instant=True, unit=units.OF_UCUM[ROW.unit]),
        Query(
            expression=promql.product(promql.ratio(DEVIATION, MEAN), "100"),
            legend=Words(en="variation (CV)", fr="variation (CV)"),
            instant=True,
            unit=units.PERCENT,
            thresholds=(
                Threshold(value=None, colour=colours.CALM),
                Threshold(value=STABLE + vitals.JUST_ABOVE, colour=colours.ORANGE),
            ),
        ),
        Query(
            expression=promql.summed("3.31", promql.product("0.02392", MEAN)),
            legend=Words(en="GMI", fr="GMI"),
            instant=True,
            unit=units.PERCENT,
        ),
    ),
    decimals=1,
    height=8,
)


def _percentile(share: float, en: str, fr: str, colour: str, fills_to: Words | None = None) -> Query:
    by_hour = promql.by_hour(VALUE, f"${AHEAD}")
    return Query(
        expression=promql.by("max", ("hour",), promql.sampled("quantile_over_time", by_hour, FORTNIGHT, STEP, share)),
        legend=Words(en=en, fr=fr),
        instant=True,
        colour=colour,
        fills_to=fills_to,
    )


PROFILE = Panel(
    title=Words(en="A day's profile, over 14 days", fr="Profil d'une journée, sur 14 jours"),
    description=Words(
        en="For doctors. For each hour of the day the median and the bands that hold half and nine tenths of the "
        "values: a wide band is an hour that differs from day to day. Hours as chosen above, ahead of UTC.",
        fr="Pour les médecins. Pour chaque heure, la médiane et les bandes qui contiennent la moitié et neuf dixièmes "
        "des valeurs : une bande large est une heure qui change d'un jour à l'autre. Heures selon le décalage "
        "choisi.",
    ),
    shape=Shape.PROFILE,
    queries=(
        _percentile(0.05, "5 %", "5 %", colours.SKY),
        _percentile(0.25, "25 %", "25 %", colours.BLUE),
        _percentile(0.5, "median", "médiane", colours.VERMILLION),
        _percentile(0.75, "75 %", "75 %", colours.BLUE, Words(en="25 %", fr="25 %")),
        _percentile(0.95, "95 %", "95 %", colours.SKY, Words(en="5 %", fr="5 %")),
    ),
    unit=units.OF_UCUM[ROW.unit],
    decimals=0,
    thresholds=(
        Threshold(value=None, colour=colours.OF_SEVERITY[Severity.MEDIUM]),
        Threshold(value=70, colour=colours.CALM),
        Threshold(value=181, colour=colours.OF_SEVERITY[Severity.LOW]),
    ),
    width=24,
    height=10,
    key="hour",
    key_title=Words(en="hour", fr="heure"),
)
SHARES = Panel(
    title=Words(en="Time in range, each 24 hours", fr="Temps dans la cible, par 24 heures"),
    description=Words(
        en="For doctors and patients. How the 24 hours before each moment divide into ranges: green should fill more "
        "than two thirds.",
        fr="Pour les médecins et les patients. Comment les 24 heures avant chaque instant se partagent : le vert "
        "devrait remplir plus des deux tiers.",
    ),
    shape=Shape.LINES,
    queries=tuple(Query(expression=_share(band, DAY), legend=band.title, colour=band.colour) for band in BANDS),
    unit=units.PERCENT,
    low=0,
    high=100,
    stacked=True,
    every=3600,
)
COURSE = vitals.lines(
    ROW,
    Words(
        en="For nurses and doctors. What the sensor measured; dashed lines are this patient's limits, the catalogue's "
        "where nobody prescribed one.",
        fr="Pour les infirmiers et les médecins. Ce que le capteur a mesuré ; en tirets les limites du patient, "
        "celles du catalogue si personne n'en a prescrit.",
    ),
)
BOARD = Dashboard(
    name="glucose",
    title=Words(en="Glucose", fr="Glycémie"),
    description=Words(
        en="For doctors and diabetes nurses: time in range, the day's profile, stability.",
        fr="Pour les médecins et les infirmiers en diabétologie : temps dans la cible, profil du jour, stabilité.",
    ),
    variables=(
        vitals.PATIENT_CHOICE,
        AHEAD_CHOICE,
    ),
    sections=(
        Section(title=Words(en="Two weeks", fr="Deux semaines"), panels=(SHARES_NOW, SUMMARY, PROFILE)),
        Section(title=Words(en="Course", fr="Évolution"), panels=(COURSE, SHARES)),
    ),
    since="7d",
    refresh="5m",
)
