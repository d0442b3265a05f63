"""Weight of one patient, with the line from which on it has risen too fast."""

from __future__ import annotations

from chevet import promql, recordings
from chevet.metrics import DEVICE
from chevet.severities import Severity
from chevet.weight import RISE, SCALE
from dashboards import colours, units, vitals
from dashboards.rows import Panel, Query, Shape, Words
from dashboards.vitals import OF_PATIENT

_KILOGRAMS = f"{RISE.grams / 1000:g} kg"
_BEFORE = promql.by("max", (DEVICE,), promql.selector(recordings.WEIGHT_BEFORE, OF_PATIENT))
_LINE = Query(
    expression=promql.summed(_BEFORE, f"{RISE.grams}"),
    legend=Words(
        en=f"{_KILOGRAMS} above {RISE.days} days before", fr=f"{_KILOGRAMS} au-dessus de {RISE.days} jours avant"
    ),
    colour=colours.OF_SEVERITY[Severity.MEDIUM],
    dashed=True,
)
WEIGHT = Panel(
    title=vitals.title(SCALE),
    description=Words(
        en=f"For nurses and doctors. What each scale showed; a weighing on the dashed line or above it is {_KILOGRAMS} "
        f"more than {RISE.days} days before, which in heart failure is water.",
        fr="Pour les infirmiers et les médecins. Ce que chaque balance a montré ; dès la ligne en tirets, "
        f"c'est {_KILOGRAMS} de plus que {RISE.days} jours avant : de l'eau, si le cœur est défaillant.",
    ),
    shape=Shape.LINES,
    queries=(*vitals.measured(SCALE), _LINE),
    unit=units.OF_UCUM[SCALE.unit],
    every=vitals.step(SCALE),
    since=vitals.SPARSE,
    points=True,
)
