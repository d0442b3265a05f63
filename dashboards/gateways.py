"""The fleet: which boxes are alive, on what power, for how many days, with what clock, disk and sensors."""

from __future__ import annotations

from chevet import metrics, promql
from chevet.metrics import DEVICE, GATEWAY, PROCESS, Metric
from chevet.severities import Severity
from dashboards import colours, units
from dashboards.rows import Dashboard, Panel, Query, Section, Shape, Threshold, Variable, Words, same

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
_BATTERY = promql.by("min", BY_GATEWAY, of(metrics.BATTERY))
_FREE = promql.ratio(
    promql.by("min", BY_GATEWAY, of(metrics.DISK_FREE)), promql.by("min", BY_GATEWAY, of(metrics.DISK_SIZE))
)
_LEFT = f"{promql.by('min', BY_GATEWAY, of(metrics.DISK_LEFT))} / 86400"
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
        _column("battery", "batterie", _BATTERY, units.PERCENT, falling(20, 50)),
        _column("disk free", "disque libre", _FREE, units.SHARE, falling(0.05, 0.15)),
        _column("days until full", "jours avant plein", _LEFT, "none", falling(2, 7), 1),
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


def _lines(title: Words, description: Words, expression: str, legend: str, unit: str, **more: object) -> Panel:
    return Panel(
        title=title,
        description=description,
        shape=Shape.LINES,
        queries=(Query(expression=expression, legend=same(legend)),),
        unit=unit,
        every=60,
        **more,  # type: ignore[arg-type]  # the panel checks them
    )


CHARGE = _lines(
    Words(en="Battery of the gateways", fr="Batterie des passerelles"),
    Words(
        en="For operations. A line that falls is a box off the mains; its slope says how many hours remain.",
        fr="Pour l'exploitation. Une ligne qui descend est un boîtier sans secteur ; la pente dit combien d'heures il "
        "reste.",
    ),
    _BATTERY,
    "{{gateway}}",
    units.PERCENT,
    low=0,
    high=100,
)
SENSORS = Panel(
    title=Words(en="Sensors' batteries, the ten weakest", fr="Piles des capteurs, les dix plus faibles"),
    description=Words(
        en="For nurses. Which sensors need a new battery: bring one on the next visit below 20 %, today below 5 %.",
        fr="Pour les infirmiers. Quels capteurs ont besoin d'une pile : à la prochaine visite sous 20 %, aujourd'hui "
        "sous 5 %.",
    ),
    shape=Shape.BARS,
    queries=(
        Query(
            expression=promql.least(10, promql.by("min", (GATEWAY, DEVICE), of(metrics.DEVICE_BATTERY))),
            legend=same("{{gateway}} {{device}}"),
            instant=True,
        ),
    ),
    unit=units.PERCENT,
    low=0,
    high=100,
    thresholds=falling(5, 20),
)
AUTONOMY = _lines(
    Words(en="Days until the disk is full", fr="Jours avant disque plein"),
    Words(
        en="For operations. How long each box could go on without the server, by the trend of its disk; no line while "
        "the disk does not fill. Seven days are promised.",
        fr="Pour l'exploitation. Combien de temps chaque boîtier peut continuer sans serveur, selon la tendance du "
        "disque ; pas de ligne s'il ne se remplit pas. Sept jours sont promis.",
    ),
    _LEFT,
    "{{gateway}}",
    "suffix: d",
    low=0,
    thresholds=falling(2, 7),
)
CLOCK = _lines(
    Words(en="Error of the clocks", fr="Erreur des horloges"),
    Words(
        en="For operations. What is added to each gateway's times; below 2 s nothing is. A step in the line is a box "
        "that started with a wrong clock.",
        fr="Pour l'exploitation. Ce qui est ajouté aux heures de chaque passerelle ; rien sous 2 s. Une marche est un "
        "boîtier démarré avec une mauvaise horloge.",
    ),
    promql.by("max", BY_GATEWAY, of(metrics.SEGMENT_OFFSET)),
    "{{gateway}}",
    units.SECONDS,
)
PROCESSES = _lines(
    Words(en="Processes that answer", fr="Processus qui répondent"),
    Words(
        en="For operations. How many gateways have each process answering: a dip in one colour is that process's "
        "release or crash.",
        fr="Pour l'exploitation. Sur combien de passerelles chaque processus répond : un creux d'une couleur est une "
        "version ou une panne de ce processus.",
    ),
    promql.by("sum", (PROCESS,), of(metrics.PROCESS_UP)),
    "{{process}}",
    "none",
    low=0,
    decimals=0,
)
DISK = _lines(
    Words(en="Free disk", fr="Disque libre"),
    Words(
        en="For operations. Share of each gateway's disk that is free; below 15 % something fills it that should not.",
        fr="Pour l'exploitation. Part libre du disque de chaque passerelle ; sous 15 %, quelque chose le remplit à "
        "tort.",
    ),
    _FREE,
    "{{gateway}}",
    units.SHARE,
    low=0,
    high=1,
)
BOARD = Dashboard(
    name="gateways",
    title=Words(en="Gateways", fr="Passerelles"),
    description=Words(
        en="For operations: the fleet of boxes in homes and wards.",
        fr="Pour l'exploitation : le parc de boîtiers à domicile et dans les services.",
    ),
    variables=(CHOICE,),
    sections=(
        Section(title=Words(en="Fleet", fr="Parc"), panels=(COUNTS, TABLE)),
        Section(title=Words(en="Power", fr="Énergie"), panels=(CHARGE, SENSORS)),
        Section(title=Words(en="Box", fr="Boîtier"), panels=(AUTONOMY, DISK, CLOCK, PROCESSES)),
    ),
)
