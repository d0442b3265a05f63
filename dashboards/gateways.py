"""The fleet over time: power, days until the disk is full, clock, processes, and the batteries of sensors."""

from __future__ import annotations

from chevet import metrics, promql
from chevet.metrics import DEVICE, GATEWAY, PROCESS
from dashboards import fleet, units
from dashboards.fleet import BATTERY, BY_GATEWAY, FREE, LEFT, falling, of
from dashboards.rows import Dashboard, Panel, Query, Section, Shape, Words, same


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
    BATTERY,
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
    LEFT,
    "{{gateway}}",
    "none",
    decimals=0,
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
    FREE,
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
    variables=(fleet.CHOICE,),
    sections=(
        Section(title=Words(en="Fleet", fr="Parc"), panels=(fleet.COUNTS, fleet.TABLE)),
        Section(title=Words(en="Power", fr="Énergie"), panels=(CHARGE, SENSORS)),
        Section(title=Words(en="Box", fr="Boîtier"), panels=(AUTONOMY, DISK, CLOCK, PROCESSES)),
    ),
)
