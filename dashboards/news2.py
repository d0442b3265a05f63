"""The early warning score of one patient: the sum over time, and the points of each part."""

from __future__ import annotations

from chevet import news2, promql, recordings
from chevet.metrics import PATIENT
from chevet.news2 import Part
from chevet.severities import Severity
from dashboards import colours
from dashboards.rows import Panel, Query, Shape, Threshold, Words
from dashboards.vitals import OF_PATIENT

STEPS = (
    Threshold(value=None, colour=colours.CALM),
    Threshold(value=5, colour=colours.OF_SEVERITY[Severity.MEDIUM]),
    Threshold(value=7, colour=colours.OF_SEVERITY[Severity.HIGH]),
)
"""Chart 4: urgent from 5, emergency from 7."""

PART_STEPS = (
    Threshold(value=None, colour=colours.CALM),
    Threshold(value=1, colour=colours.SKY),
    Threshold(value=2, colour=colours.OF_SEVERITY[Severity.MEDIUM]),
    Threshold(value=3, colour=colours.OF_SEVERITY[Severity.HIGH]),
)

PARTS_STEPS = (Threshold(value=None, colour=colours.GREY), Threshold(value=len(Part), colour=colours.CALM))
"""Grey where a part is missing: a low score of few parts is not a calm one."""

SCORE = Panel(
    title=Words(en="NEWS2", fr="NEWS2"),
    description=Words(
        en="For nurses and doctors. The sum, and how many of its 7 parts are missing: then it is the least that it can "
        "be. From 5 an urgent, from 7 an emergency response (Chart 4).",
        fr="Pour les infirmiers et les médecins. Le total, et combien de ses 7 paramètres manquent : c'est alors un "
        "minimum. Dès 5 réponse urgente, dès 7 urgence vitale (Chart 4).",
    ),
    shape=Shape.LINES,
    queries=(
        Query(
            expression=promql.by("max", (PATIENT,), promql.selector(recordings.NEWS2_SCORE, OF_PATIENT)),
            legend=Words(en="score", fr="score"),
        ),
        Query(
            expression=f"{len(Part)} - "
            + promql.by("max", (PATIENT,), promql.selector(recordings.NEWS2_PARTS, OF_PATIENT)),
            legend=Words(en="parts missing, of 7", fr="paramètres manquants, sur 7"),
            colour=colours.GREY,
            dashed=True,
        ),
    ),
    low=0,
    high=20,
    decimals=0,
    thresholds=STEPS,
    every=60,
)
POINTS = Panel(
    title=Words(en="Points of each part", fr="Points de chaque paramètre"),
    description=Words(
        en="For nurses and doctors. What the score is made of now: 0 to 3 points a part; a part without a bar is not "
        "known or past its shelf-life.",
        fr="Pour les infirmiers et les médecins. De quoi le score est fait : 0 à 3 points par paramètre ; sans barre, "
        "le paramètre est inconnu ou périmé.",
    ),
    shape=Shape.BARS,
    queries=tuple(
        Query(
            expression=promql.by(
                "max", (PATIENT,), promql.selector(recordings.NEWS2_POINTS, {"part": part.value, **OF_PATIENT})
            ),
            legend=Words(**news2.TITLES[part]),
            instant=True,
        )
        for part in Part
    ),
    low=0,
    high=3,
    decimals=0,
    thresholds=PART_STEPS,
)
