"""Which gateways there are: how many are alive, and of each how it stands now."""

from __future__ import annotations

from chevet import metrics, promql
from chevet.metrics import GATEWAY, Metric
from chevet.severities import Severity
from dashboards import colours, units
from dashboards.rows import Panel, Query, Shape, Threshold, Variable, Words

BY_GATEWAY = (GATEWAY,)
OF_GATEWAYS = {GATEWAY: "$gateway"}
ONLINE_WITHIN = 180
"""Seconds: three heartbeats."""
_MEDIUM, _HIGH = colours.OF_SEVERITY[Severity.MEDIUM], colours.OF_SEVERITY[Severity.HIGH]
CHOICE = Variable(
    name=GATEWAY, title=Words(en="Gateways", fr="Passerelles"), series=metrics.GATEWAY_HEARTBEAT.name, several=True
)


def of(metric: Metric) -> str:
    """The chosen gateways' own."""
    return promql.matching(metric.name, OF_GATEWAYS)


def rising(medium: float, high: float) -> tuple[Threshold, ...]:
    """Calm below `medium`."""
    return (
        Threshold(value=None, colour=colours.CALM),
        Threshold(value=medium, colour=_MEDIUM),
        Threshold(value=high, colour=_HIGH),
    )


def falling(high: float, medium: float) -> tuple[Threshold, ...]:
    """Calm from `medium` up."""
    return (
        Threshold(value=None, colour=_HIGH),
        Threshold(value=high, colour=_MEDIUM),
        Threshold(value=medium, colour=colours.CALM),
    )


_SEEN = Words(en="last seen", fr="vue il y a")
_AGE = f"time() - {promql.by('max', BY_GATEWAY, of(metrics.GATEWAY_HEARTBEAT))}"
BATTERY = promql.by("min", BY_GATEWAY, of(metrics.BATTERY))
FREE = promql.ratio(
    promql.by("min", BY_GATEWAY, of(metrics.DISK_FREE)), promql.by("min", BY_GATEWAY, of(metrics.DISK_SIZE))
)
LEFT = f"{promql.by('min', BY_GATEWAY, of(metrics.DISK_LEFT))} / 86400"
_OFFSET = promql.by("max", BY_GATEWAY, f"abs({of(metrics.SEGMENT_OFFSET)})")
_DOWN = promql.by("sum", BY_GATEWAY, promql.whether(of(metrics.PROCESS_UP), "==", 0))


def _column(
    en: str, fr: str, expression: str, unit: str, thresholds: tuple[Threshold, ...], decimals: int = 0
) -> Query:
    return Query(
        expression=expression,
        legend=Words(en=en, fr=fr),
        instant=True,
        unit=unit,
        decimals=decimals,
        thresholds=thresholds,
    )


COUNTS = Panel(
    title=Words(en="Fleet", fr="Parc"),
    description=Words(
        en="For operations. How many gateways were seen within three minutes, how many not, and how many are on their "
        "battery: three at once is a power cut or a provider.",
        fr="Pour l'exploitation. Passerelles vues depuis moins de trois minutes, absentes, et sur batterie : trois "
        "d'un coup, c'est une panne de courant ou d'opérateur.",
    ),
    shape=Shape.NUMBER,
    queries=(
        _column(
            "online",
            "en ligne",
            promql.total(promql.whether(f"({_AGE})", "<=", ONLINE_WITHIN)),
            "none",
            (Threshold(value=None, colour=colours.BLUE),),
        ),
        _column(
            "offline",
            "hors ligne",
            promql.total(promql.whether(f"({_AGE})", ">", ONLINE_WITHIN)),
            "none",
            rising(1, 3),
        ),
        _column(
            "on battery", "sur batterie", promql.total(promql.whether(of(metrics.MAINS), "==", 0)), "none", rising(1, 3)
        ),
        _column("processes down", "processus arrêtés", promql.total(_DOWN), "none", rising(1, 3)),
        _column(
            "no SMS can leave",
            "aucun SMS possible",
            promql.total(promql.whether(of(metrics.SMS_NOBODY), ">=", 1)),
            "none",
            rising(1, 1),
        ),
    ),
    width=24,
    height=4,
)
TABLE = Panel(
    title=Words(en="Gateways, longest silent first", fr="Passerelles, les plus silencieuses d'abord"),
    description=Words(
        en="For operations and nurses. Each box: when it was last seen, its battery, free disk and days until it is "
        "full (empty while it does not fill), the error of its clock, processes down, readings that wait, strength "
        "of its modem.",
        fr="Pour l'exploitation et les infirmiers. Chaque boîtier : dernière nouvelle, batterie, disque libre et "
        "jours avant qu'il soit plein (vide s'il ne se remplit pas), erreur d'horloge, processus arrêtés, mesures "
        "en attente, modem.",
    ),
    shape=Shape.TABLE,
    queries=(
        Query(
            expression=_AGE,
            legend=_SEEN,
            instant=True,
            unit=units.DURATION,
            decimals=0,
            thresholds=rising(ONLINE_WITHIN, 3600),
        ),
        _column("battery", "batterie", BATTERY, units.PERCENT, falling(20, 50)),
        _column("disk free", "disque libre", FREE, units.SHARE, falling(0.05, 0.15)),
        _column("days until full", "jours avant plein", LEFT, "none", falling(2, 7), 1),
        _column("clock error", "erreur d'horloge", _OFFSET, units.SECONDS, rising(2, 60), 1),
        _column("processes down", "processus arrêtés", _DOWN, "none", rising(1, 2)),
        _column(
            "readings waiting",
            "mesures en attente",
            promql.by(
                "sum", BY_GATEWAY, promql.matching(metrics.JOURNAL_ROWS.name, {**OF_GATEWAYS, "state": "unsent"})
            ),
            units.COUNT,
            rising(1000, 20_000),
        ),
        _column(
            "modem",
            "modem",
            promql.by("max", BY_GATEWAY, of(metrics.MODEM_SIGNAL)),
            units.PERCENT,
            falling(0, 20),
        ),
    ),
    width=24,
    height=12,
    key=GATEWAY,
    key_title=Words(en="gateway", fr="passerelle"),
    sort=_SEEN,
    links_to="pipeline",
)
