"""Time in range of one patient: how it divides into levels, and the shares that the consensus judges.

Bounds and goals are those of `chevet.glucose`; what the alerts judge is drawn from what their rules record.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from chevet import glucose, promql, recordings
from chevet.glucose import ABOVE_180, ABOVE_250, BELOW_54, BELOW_70, Goal, Level, Where
from chevet.metrics import PATIENT
from chevet.severities import Severity
from chevet.time_in_range import DAYS, ENOUGH, SENSOR, SLOT
from dashboards import colours, units
from dashboards.rows import Panel, Query, Shape, Threshold, Words
from dashboards.vitals import OF_PATIENT

DAY, FORTNIGHT = 86_400, DAYS * 86_400
VALUE = promql.by("max", (PATIENT,), promql.selector(SENSOR.metric, OF_PATIENT))
COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "very_low": colours.VERMILLION,
        "low": colours.ORANGE,
        "in_range": colours.GREEN,
        "high": colours.SKY,
        "very_high": colours.BLUE,
    }
)
LEVELS: tuple[tuple[Level | None, Level], ...] = tuple(zip((None, *glucose.LEVELS), glucose.LEVELS, strict=False))
"""Each with the one below it."""


def _inside(below: Level | None, level: Level) -> str:
    """1 while the glucose is of the level, 0 while not."""
    sides = []
    if below is not None and below.upper is not None:
        sides.append((">" if below.inclusive else ">=", below.upper.mg_per_dl))
    if level.upper is not None:
        sides.append(("<=" if level.inclusive else "<", level.upper.mg_per_dl))
    return promql.product(*(promql.whether(VALUE, sign, bound) for sign, bound in sides))


def _named(below: Level | None, level: Level) -> Words:
    """«low, 54 to 69»: from the first whole value to the last."""
    first = below.upper.mg_per_dl + below.inclusive if below is not None and below.upper is not None else None
    last = level.upper.mg_per_dl - (not level.inclusive) if level.upper is not None else None
    if first is None and level.upper is not None:
        ends = (f"below {level.upper.mg_per_dl}", f"sous {level.upper.mg_per_dl}")
    elif last is None and first is not None:
        ends = (f"above {first - 1}", f"au-dessus de {first - 1}")
    else:
        ends = (f"{first} to {last}", f"{first} à {last}")
    return Words(en=f"{level.title['en']}, {ends[0]}", fr=f"{level.title['fr']}, {ends[1]}")


def _share(below: Level | None, level: Level, seconds: int) -> str:
    return promql.product(promql.sampled("avg_over_time", _inside(below, level), seconds, SLOT), "100")


SHARES_NOW = Panel(
    title=Words(en="Time in range, last 14 days", fr="Temps dans la cible, 14 derniers jours"),
    description=Words(
        en="For doctors and patients. How the last 14 days divide into ranges: green should be more than two thirds, "
        "the two below it as little as can be.",
        fr="Pour les médecins et les patients. Comment les 14 derniers jours se partagent : le vert devrait dépasser "
        "les deux tiers, les deux plages au-dessous rester au plus bas.",
    ),
    shape=Shape.BARS,
    queries=tuple(
        Query(
            expression=_share(below, level, FORTNIGHT),
            legend=_named(below, level),
            instant=True,
            thresholds=(Threshold(value=None, colour=COLOURS[level.key]),),
        )
        for below, level in LEVELS
    ),
    unit=units.PERCENT,
    decimals=1,
    low=0,
    high=100,
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
    queries=tuple(
        Query(expression=_share(below, level, DAY), legend=_named(below, level), colour=COLOURS[level.key])
        for below, level in LEVELS
    ),
    unit=units.PERCENT,
    low=0,
    high=100,
    stacked=True,
    every=3600,
)

_WHERE = MappingProxyType({Where.BELOW: "sous", Where.ABOVE: "au-dessus de"})
_MEDIUM, _LOW = colours.OF_SEVERITY[Severity.MEDIUM], colours.OF_SEVERITY[Severity.LOW]


def _judged(goal: Goal, days: int, colour: str) -> Query:
    """What a rule judges, coloured from its limit on."""
    labels = {"over": f"{days}d", "region": goal.key, **OF_PATIENT}
    bound = goal.bounds[0].mg_per_dl
    return Query(
        expression=promql.by("max", (PATIENT,), promql.selector(recordings.GLUCOSE_SHARE, labels)),
        legend=Words(
            en=f"{goal.where} {bound} (limit {goal.share} %)",
            fr=f"{_WHERE[goal.where]} {bound} (limite {goal.share} %)",
        ),
        instant=True,
        thresholds=(Threshold(value=None, colour=colours.CALM), Threshold(value=goal.share, colour=colour)),
    )


def _completeness(days: int) -> Query:
    recorded = promql.selector(recordings.GLUCOSE_COMPLETENESS, {"over": f"{days}d", **OF_PATIENT})
    return Query(
        expression=promql.by("max", (PATIENT,), recorded),
        legend=Words(en="readings of those expected", fr="mesures reçues sur attendues"),
        instant=True,
        thresholds=(Threshold(value=None, colour=colours.GREY), Threshold(value=ENOUGH, colour=colours.CALM)),
    )


JUDGED_FORTNIGHT = Panel(
    title=Words(en="Against the goals for adults, 14 days", fr="Face aux objectifs de l'adulte, 14 jours"),
    description=Words(
        en="For doctors. Shares of the last 14 days as the alerts judge them, coloured from their limit on. With fewer "
        f"than {ENOUGH} % of the expected readings (grey) nothing is judged.",
        fr="Pour les médecins. Parts des 14 derniers jours telles que les alertes les jugent, colorées dès leur "
        f"limite. Sous {ENOUGH} % des mesures attendues (gris), rien n'est jugé.",
    ),
    shape=Shape.NUMBER,
    queries=(
        *(_judged(goal, DAYS, _LOW) for goal in (BELOW_54, BELOW_70, ABOVE_180, ABOVE_250)),
        _completeness(DAYS),
    ),
    unit=units.PERCENT,
    decimals=1,
    height=5,
)
JUDGED_DAY = Panel(
    title=Words(en="Against the goals for adults, 24 hours", fr="Face aux objectifs de l'adulte, 24 heures"),
    description=Words(
        en="For doctors and nurses. Shares of the last 24 hours as the alerts judge them, coloured from their limit "
        f"on. With fewer than {ENOUGH} % of the expected readings (grey) nothing is judged.",
        fr="Pour les médecins et les infirmiers. Parts des dernières 24 heures telles que les alertes les jugent, "
        f"colorées dès leur limite. Sous {ENOUGH} % des mesures attendues (gris), rien n'est jugé.",
    ),
    shape=Shape.NUMBER,
    queries=(
        _judged(BELOW_54, 1, _MEDIUM),
        *(_judged(goal, 1, _LOW) for goal in (BELOW_70, ABOVE_250)),
        _completeness(1),
    ),
    unit=units.PERCENT,
    decimals=1,
    height=5,
)
