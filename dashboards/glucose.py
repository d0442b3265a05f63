"""Glucose of one patient: the course, the day's profile over two weeks, mean and variation, and time in range."""

from __future__ import annotations

from chevet import metrics, promql
from chevet.glucose import HIGH, LOW
from chevet.glucose_summary import GMI_AT_ZERO, GMI_PER_MG, PERCENTILES, STABLE
from chevet.metrics import PATIENT
from chevet.severities import Severity
from chevet.time_in_range import ENOUGH, SENSOR, SLOT
from dashboards import colours, units, vitals
from dashboards.glucose_shares import FORTNIGHT, JUDGED_DAY, JUDGED_FORTNIGHT, SHARES, SHARES_NOW, VALUE
from dashboards.rows import Dashboard, Panel, Query, Section, Shape, Threshold, Variable, Words, same
from dashboards.vitals import OF_PATIENT

AHEAD = "hours_ahead"
AHEAD_CHOICE = Variable(
    name=AHEAD, title=Words(en="Hours ahead of UTC", fr="Heures d'avance sur UTC"), values=("1", "2", "0")
)


def _over_fortnight(function: str) -> str:
    return promql.by("max", (PATIENT,), promql.over(function, promql.selector(SENSOR.metric, OF_PATIENT), FORTNIGHT))


MEAN, DEVIATION = _over_fortnight("avg_over_time"), _over_fortnight("stddev_over_time")
_GOOD = promql.selector(SENSOR.metric + metrics.READINGS, {"quality": "good", **OF_PATIENT})
_READINGS = promql.by("max", (PATIENT,), promql.over("sum_over_time", _GOOD, FORTNIGHT))

SUMMARY = Panel(
    title=Words(en="Summary of 14 days", fr="Résumé de 14 jours"),
    description=Words(
        en=f"For doctors. Below {ENOUGH} % of expected readings the other numbers are not to be relied on; a variation "
        f"of up to {STABLE} % is stable; GMI estimates HbA1c.",
        fr=f"Pour les médecins. Sous {ENOUGH} % des mesures attendues, ne pas se fier aux autres chiffres ; une "
        f"variation jusqu'à {STABLE} % est stable ; le GMI estime l'HbA1c.",
    ),
    shape=Shape.NUMBER,
    queries=(
        Query(
            expression=promql.product(_READINGS, f"{100 * SLOT / FORTNIGHT:g}"),
            legend=Words(en="readings of those expected", fr="mesures reçues sur attendues"),
            instant=True,
            unit=units.PERCENT,
            thresholds=(
                Threshold(value=None, colour=colours.ORANGE),
                Threshold(value=ENOUGH, colour=colours.CALM),
            ),
        ),
        Query(expression=MEAN, legend=Words(en="mean", fr="moyenne"), instant=True, unit=units.OF_UCUM[SENSOR.unit]),
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
            expression=promql.summed(f"{GMI_AT_ZERO}", promql.product(f"{GMI_PER_MG}", MEAN)),
            legend=Words(en="GMI", fr="GMI"),
            instant=True,
            unit=units.PERCENT,
        ),
    ),
    decimals=1,
    height=8,
)


_BANDS = (colours.SKY, colours.BLUE, colours.PURPLE, colours.BLUE, colours.SKY)
"""From the lowest percentile to the highest: two of one colour are the edges of a band. None is an alarm's."""


def _percentile(share: int, colour: str) -> Query:
    by_hour = promql.by_hour(VALUE, f"${AHEAD}")
    quantile = promql.sampled("quantile_over_time", by_hour, FORTNIGHT, SLOT, share / 100)
    return Query(
        expression=promql.by("max", ("hour",), quantile),
        legend=Words(en="median", fr="médiane") if share == 50 else same(f"{share} %"),
        instant=True,
        colour=colour,
        fills_to=same(f"{100 - share} %") if share > 50 else None,
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
    queries=tuple(_percentile(share, colour) for share, colour in zip(PERCENTILES, _BANDS, strict=True)),
    unit=units.OF_UCUM[SENSOR.unit],
    decimals=0,
    low=0,
    thresholds=(
        Threshold(value=None, colour=colours.OF_SEVERITY[Severity.MEDIUM]),
        Threshold(value=LOW.mg_per_dl, colour=colours.CALM),
        Threshold(value=HIGH.mg_per_dl + vitals.JUST_ABOVE, colour=colours.OF_SEVERITY[Severity.LOW]),
    ),
    width=24,
    height=10,
    key="hour",
    key_title=Words(en="hour", fr="heure"),
)
COURSE = vitals.lines(
    SENSOR,
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
        Section(
            title=Words(en="Two weeks", fr="Deux semaines"),
            panels=(JUDGED_DAY, JUDGED_FORTNIGHT, SHARES_NOW, SUMMARY, PROFILE),
        ),
        Section(title=Words(en="Course", fr="Évolution"), panels=(COURSE, SHARES)),
    ),
    since="7d",
    refresh="5m",
)
