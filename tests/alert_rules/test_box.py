"""Alerts of the box's processes, broker, radio, power and clock, from both sides of their bounds."""

from __future__ import annotations

from pathlib import Path

from alert_rules import gateways
from tests.alert_rules.conditions import Row, cases
from tests.alert_rules.promtool import failures

OF_GATEWAY = {"gateway": "g01"}
UP = 'chevet_process_up{gateway="g01",process="%s"}'
CONNECTED, BLOCKED = (f'chevet_bus_{what}{{gateway="g01",process="%s"}}' for what in ("connected", "blocked"))
QUEUE = 'chevet_bus_queue_messages{gateway="g01",process="%s",queue="%s"}'
PART = 'chevet_exporter_collector_success{gateway="g01",process="exporter",collector="windows"}'
RADIO = 'chevet_radio_connected{gateway="g01",process="radio"}'
MAINS = 'chevet_gateway_mains{gateway="g01",process="agent"}'
CHARGE = 'chevet_gateway_battery_percent{gateway="g01",process="agent"}'
OFFSET = 'chevet_clock_offset_seconds{gateway="g01",process="uplink"}'
STEPS = 'chevet_clock_steps_total{gateway="g01",process="intake"}'

PROCESSES = (
    Row(
        alert="ChevetGatewayProcessDown",
        rule="gateway.process",
        severity="medium",
        minutes=3,
        at={UP % "urgent": "0x9", UP % "intake": "1x9"},
        inside=({UP % "urgent": "1x9"},),
        of={"gateway": "g01", "process": "urgent"},
        says=(
            "gateway's process does not answer, urgent of g01",
            "processus de la passerelle sans réponse, urgent de g01",
            "Restart the box's services by its maintenance access. Until then, have somebody look at the patient.",
            "Relancer les services du boîtier par la télémaintenance. D'ici là, faire voir le patient.",
        ),
    ),
    Row(
        alert="ChevetGatewayPartSilent",
        rule="gateway.collector",
        severity="low",
        minutes=5,
        at={PART: "0x9"},
        inside=({PART: "1x9"},),
        of={"gateway": "g01", "collector": "windows"},
        says=(
            "part of the gateway's page cannot speak, windows of g01",
            "partie de la page de la passerelle muette, windows de g01",
            "Read the exporter's log on the box for the reason; the other parts still speak.",
            "Lire la raison dans le journal de l'exporter du boîtier ; les autres parties parlent encore.",
        ),
    ),
    Row(
        alert="ChevetBrokerAway",
        rule="gateway.broker",
        severity="medium",
        minutes=2,
        at={CONNECTED % "urgent": "0x9", CONNECTED % "intake": "1x9"},
        inside=({CONNECTED % "urgent": "1x9"},),
        of=OF_GATEWAY,
        says=(
            "processes without the gateway's broker: 1 (limit ≥ 1), g01",
            "processus sans le broker de la passerelle : 1 (limite ≥ 1), g01",
            "Restart RabbitMQ on the box and read its log. Alarms go on from the spool, values do not leave.",
            "Relancer RabbitMQ sur le boîtier et lire son journal. L'alarme continue, les valeurs ne partent plus.",
        ),
    ),
    Row(
        alert="ChevetBrokerBlocked",
        rule="gateway.broker",
        severity="medium",
        minutes=2,
        at={BLOCKED % "uplink": "1x9", BLOCKED % "intake": "0x9"},
        inside=({BLOCKED % "uplink": "0x9"},),
        of=OF_GATEWAY,
        says=(
            "gateway's broker takes nothing for want of disk, g01",
            "broker de la passerelle bloqué, faute de disque, g01",
            "Make room on the box's disk: old logs and images first. Alarms go on from the spool.",
            "Libérer le disque du boîtier : anciens journaux et images d'abord. L'alarme continue.",
        ),
    ),
    Row(
        alert="ChevetDeadLetters",
        rule="gateway.dead_letters",
        severity="low",
        minutes=5,
        at={QUEUE % (process, "dead.raw.zigbee2mqtt"): "1x9" for process in ("intake", "agent")},
        inside=({QUEUE % ("agent", "dead.uplink"): "0x9", QUEUE % ("agent", "uplink"): "7x9"},),
        of={"gateway": "g01", "queue": "dead.raw.zigbee2mqtt"},
        says=(
            "messages set aside: 1 (limit ≥ 1), dead.raw.zigbee2mqtt of g01",
            "messages mis de côté : 1 (limite ≥ 1), dead.raw.zigbee2mqtt de g01",
            "Read the header «reason» of the first message in the queue; then mend the sender or purge the queue.",
            "Lire l'en-tête « reason » du premier message de la file ; corriger l'émetteur ou purger la file.",
        ),
    ),
    Row(
        alert="ChevetRadioGone",
        rule="gateway.radio",
        severity="medium",
        minutes=5,
        at={RADIO: "0x9"},
        inside=({RADIO: "1x9"},),
        of=OF_GATEWAY,
        says=(
            "radio stick gone, no sensor is heard, g01",
            "clé radio absente, aucun capteur entendu, g01",
            "Call the home: have the USB stick pushed in again. Nobody watches this patient until then.",
            "Appeler le domicile : faire rebrancher la clé USB. D'ici là, personne ne surveille ce patient.",
        ),
    ),
)

POWER = (
    Row(
        alert="ChevetGatewayOnBattery",
        rule="gateway.power",
        severity="low",
        minutes=10,
        at={MAINS: "0x20", CHARGE: "31x20"},
        inside=({MAINS: "1x20", CHARGE: "31x20"}, {MAINS: "0x20", CHARGE: "30x20"}),
        of=OF_GATEWAY,
        says=(
            "gateway runs on its battery, g01",
            "passerelle sur sa batterie, g01",
            "Call the home: is the power out, or only the plug? The box lasts some hours.",
            "Appeler le domicile : coupure de courant, ou prise débranchée ? Le boîtier tient quelques heures.",
        ),
    ),
    Row(
        alert="ChevetGatewayBatteryLow",
        rule="gateway.power",
        severity="medium",
        minutes=1,
        at={MAINS: "0x9", CHARGE: "30x9"},
        inside=({MAINS: "0x9", CHARGE: "31x9"}, {MAINS: "1x9", CHARGE: "30x9"}),
        of=OF_GATEWAY,
        says=(
            "gateway's battery runs down: 30 % (limit ≤ 30 %), g01",
            "batterie de la passerelle qui s'épuise : 30 % (limite ≤ 30 %), g01",
            "Call the home at once and have the box plugged in. Without it nobody watches this patient.",
            "Appeler le domicile aussitôt, faire brancher le boîtier. Sans lui, personne ne surveille ce patient.",
        ),
    ),
)

CLOCK = (
    Row(
        alert="ChevetGatewayClockWrong",
        rule="gateway.clock",
        severity="low",
        minutes=10,
        at={OFFSET: "-2x20"},
        inside=({OFFSET: "-1x20"}, {OFFSET: "1x20"}),
        of=OF_GATEWAY,
        says=(
            "gateway's clock, to be put right by -2s (limit ≥ 2 s), g01",
            "horloge de la passerelle, à corriger de -2s (limite ≥ 2 s), g01",
            "See that the box reaches a time server. Times of what it measured are put right meanwhile.",
            "Vérifier que le boîtier joint un serveur de temps. D'ici là, les heures des mesures sont corrigées.",
        ),
    ),
    Row(
        alert="ChevetGatewayClockSteps",
        rule="gateway.clock_steps",
        severity="low",
        minutes=0,
        since=7,
        at={STEPS: "_x7 3x9"},
        inside=({STEPS: "_x7 2x9"},),
        of=OF_GATEWAY,
        says=(
            "steps of the gateway's clock in an hour: 3 (limit ≥ 3), g01",
            "sauts d'horloge de la passerelle en une heure : 3 (limite ≥ 3), g01",
            "Look for two programs that set the time on the box, or for a time server that is wrong.",
            "Chercher deux programmes qui règlent l'heure du boîtier, ou un serveur de temps faux.",
        ),
    ),
    Row(
        alert="ChevetGatewayClockUnknown",
        rule="gateway.clock_unknown",
        severity="medium",
        minutes=15,
        at={UP % "uplink": "1x20"},
        inside=({UP % "uplink": "1x20", OFFSET: "0x20"}, {UP % "uplink": "0x20"}, {UP % "agent": "1x20"}),
        of=OF_GATEWAY,
        says=(
            "gateway's clock was never compared, no value leaves, g01",
            "horloge de la passerelle jamais comparée, aucune valeur ne part, g01",
            "See in uplink's log why the service's time is not had. Alarms and SMS go on.",
            "Voir dans le journal d'uplink pourquoi l'heure du service manque. Alarmes et SMS continuent.",
        ),
    ),
)
ROWS = (*PROCESSES, *POWER, *CLOCK)


def test_every_bound_is_held_from_both_sides(tmp_path: Path) -> None:
    assert failures(tmp_path, [gateways.GROUP], cases(ROWS)) == ""
