"""Conditions of the box itself: its processes, their broker and radio, and its power."""

from __future__ import annotations

from alert_rules.conditions import HOME, MINUTE, Condition, Unit, of
from alert_rules.rows import Sentence
from chevet import metrics, promql
from chevet.severities import Severity

GATEWAY = (metrics.GATEWAY,)
CHARGE_LOW = 30
"""Percent of the gateway's own battery from which on there is little time."""

_UP = promql.by("min", (metrics.GATEWAY, metrics.PROCESS), metrics.PROCESS_UP.name)
_CHARGE = promql.by("min", GATEWAY, metrics.BATTERY.name)
_MAINS = promql.by("min", GATEWAY, metrics.MAINS.name)
_ENDING = promql.bounded(_CHARGE, "<=", CHARGE_LOW)
_DEAD = promql.matching(metrics.BUS_QUEUE_MESSAGES.name, {"queue": "dead[.].+"})

PROCESSES = (
    Condition(
        name="ChevetGatewayProcessDown",
        rule="gateway.process",
        measured=_UP,
        operator="==",
        bound=0,
        unit=Unit.STATE,
        lasting=3 * MINUTE,  # three looks of the agent: a restart is over by then
        severity=Severity.MEDIUM,
        whose=of("process", "gateway"),
        what=Sentence(en="gateway's process does not answer", fr="processus de la passerelle sans réponse"),
        first=Sentence(
            en="Restart the box's services by its maintenance access. Until then, have somebody look at the patient.",
            fr="Relancer les services du boîtier par la télémaintenance. D'ici là, faire voir le patient.",
        ),
    ),
    Condition(
        name="ChevetGatewayPartSilent",
        rule="gateway.collector",
        measured=promql.by("min", (metrics.GATEWAY, "collector"), metrics.COLLECTOR_SUCCESS.name),
        operator="==",
        bound=0,
        unit=Unit.STATE,
        lasting=5 * MINUTE,  # a journal that is busy for a scrape or two
        severity=Severity.LOW,
        whose=of("collector", "gateway"),
        what=Sentence(en="part of the gateway's page cannot speak", fr="partie de la page de la passerelle muette"),
        first=Sentence(
            en="Read the exporter's log on the box for the reason; the other parts still speak.",
            fr="Lire la raison dans le journal de l'exporter du boîtier ; les autres parties parlent encore.",
        ),
    ),
    Condition(
        name="ChevetBrokerAway",
        rule="gateway.broker",
        measured=promql.by("count", GATEWAY, promql.bounded(metrics.BUS_CONNECTED.name, "==", 0)),
        bound=1,
        unit=Unit.COUNT,
        lasting=2 * MINUTE,  # as long as urgent waits before it reads the spool in the broker's place
        severity=Severity.MEDIUM,
        whose=HOME,
        what=Sentence(en="processes without the gateway's broker:", fr="processus sans le broker de la passerelle :"),
        first=Sentence(
            en="Restart RabbitMQ on the box and read its log. Alarms go on from the spool, values do not leave.",
            fr="Relancer RabbitMQ sur le boîtier et lire son journal. L'alarme continue, les valeurs ne partent plus.",
        ),
    ),
    Condition(
        name="ChevetBrokerBlocked",
        rule="gateway.broker",
        measured=promql.by("max", GATEWAY, metrics.BUS_BLOCKED.name),
        operator="==",
        bound=1,
        unit=Unit.STATE,
        lasting=2 * MINUTE,  # as for one that is away
        severity=Severity.MEDIUM,
        whose=HOME,
        what=Sentence(
            en="gateway's broker takes nothing for want of disk", fr="broker de la passerelle bloqué, faute de disque"
        ),
        first=Sentence(
            en="Make room on the box's disk: old logs and images first. Alarms go on from the spool.",
            fr="Libérer le disque du boîtier : anciens journaux et images d'abord. L'alarme continue.",
        ),
    ),
    Condition(
        name="ChevetDeadLetters",
        rule="gateway.dead_letters",
        measured=promql.by("max", (metrics.GATEWAY, "queue"), _DEAD),
        bound=1,
        unit=Unit.COUNT,
        lasting=5 * MINUTE,  # whoever empties the queue by hand needs no call
        severity=Severity.LOW,
        whose=of("queue", "gateway"),
        what=Sentence(en="messages set aside:", fr="messages mis de côté :"),
        first=Sentence(
            en="Read the header «reason» of the first message in the queue; then mend the sender or purge the queue.",
            fr="Lire l'en-tête « reason » du premier message de la file ; corriger l'émetteur ou purger la file.",
        ),
    ),
    Condition(
        name="ChevetRadioGone",
        rule="gateway.radio",
        measured=promql.by("min", GATEWAY, metrics.RADIO_CONNECTED.name),
        operator="==",
        bound=0,
        unit=Unit.STATE,
        lasting=5 * MINUTE,  # a stick that was pulled to dust
        severity=Severity.MEDIUM,
        whose=HOME,
        what=Sentence(en="radio stick gone, no sensor is heard", fr="clé radio absente, aucun capteur entendu"),
        first=Sentence(
            en="Call the home: have the USB stick pushed in again. Nobody watches this patient until then.",
            fr="Appeler le domicile : faire rebrancher la clé USB. D'ici là, personne ne surveille ce patient.",
        ),
    ),
)

POWER = (
    Condition(
        name="ChevetGatewayOnBattery",
        rule="gateway.power",
        measured=promql.joined(_MAINS, "unless", _ENDING, GATEWAY),
        operator="==",
        bound=0,
        unit=Unit.STATE,
        lasting=10 * MINUTE,  # a plug that is moved, a short cut
        severity=Severity.LOW,
        whose=HOME,
        what=Sentence(en="gateway runs on its battery", fr="passerelle sur sa batterie"),
        first=Sentence(
            en="Call the home: is the power out, or only the plug? The box lasts some hours.",
            fr="Appeler le domicile : coupure de courant, ou prise débranchée ? Le boîtier tient quelques heures.",
        ),
    ),
    Condition(
        name="ChevetGatewayBatteryLow",
        rule="gateway.power",
        measured=promql.joined(_CHARGE, "and", promql.bounded(_MAINS, "==", 0), GATEWAY),
        operator="<=",
        bound=CHARGE_LOW,
        unit=Unit.PERCENT,
        lasting=MINUTE,  # there is little time, but one look may be odd
        severity=Severity.MEDIUM,
        whose=HOME,
        what=Sentence(en="gateway's battery runs down:", fr="batterie de la passerelle qui s'épuise :"),
        first=Sentence(
            en="Call the home at once and have the box plugged in. Without it nobody watches this patient.",
            fr="Appeler le domicile aussitôt, faire brancher le boîtier. Sans lui, personne ne surveille ce patient.",
        ),
    ),
)

BOX = (*PROCESSES, *POWER)
