"""Sensors: a battery that ends, a device that nobody can read, one that says nothing at all."""

from __future__ import annotations

from alert_rules import freshness
from alert_rules.conditions import DAY, HOME, MINUTE, Condition, Unit, alerts, of
from alert_rules.rows import Group, Sentence, Team
from chevet import metrics, promql
from chevet.severities import Severity
from chevet.vitals import DEVICE_VITALS

LOW, EMPTY = 15, 5
SENSOR = (metrics.GATEWAY, metrics.DEVICE)

# For a day the last charge holds: sensors tell it a few times a day, and a gateway that starts knows none.
_NAME = metrics.DEVICE_BATTERY.name
_CHARGE = promql.by("min", SENSOR, promql.either(_NAME, promql.sampled("last_over_time", _NAME, DAY, 15 * MINUTE)))


_WITH_AGE = tuple(vital for vital in DEVICE_VITALS if vital.stale_after)


def silent() -> str:
    """How many vitals are due of each device of which nothing came, good or bad, while any was still current."""
    expected = promql.by("count", (*SENSOR, metrics.PATIENT), promql.either(*map(freshness.due, _WITH_AGE)))
    came = " or ".join(
        promql.over("count_over_time", vital.metric + metrics.READINGS, vital.stale_after or 0) for vital in _WITH_AGE
    )
    return promql.joined(expected, "unless", came, SENSOR)


_CONDITIONS = (
    Condition(
        name="ChevetSensorBatteryLow",
        rule="sensor.battery",
        measured=_CHARGE,
        operator="<=",
        bound=LOW,
        until=EMPTY,
        unit=Unit.PERCENT,
        lasting=30 * MINUTE,  # the charge of a cold battery comes back
        severity=Severity.LOW,
        whose=of("device", "gateway"),
        what=Sentence(en="sensor's battery", fr="pile du capteur"),
        first=Sentence(
            en="Bring a new battery, or charge it, at the next visit: it lasts some days more.",
            fr="Changer la pile, ou charger, à la prochaine visite : elle tient encore quelques jours.",
        ),
    ),
    Condition(
        name="ChevetSensorBatteryEmpty",
        rule="sensor.battery",
        measured=_CHARGE,
        operator="<=",
        bound=EMPTY,
        unit=Unit.PERCENT,
        lasting=10 * MINUTE,  # one odd report is no empty battery
        severity=Severity.MEDIUM,
        whose=of("device", "gateway"),
        what=Sentence(en="sensor's battery", fr="pile du capteur"),
        first=Sentence(
            en="Call the home today: the sensor will soon be silent. Have its battery changed or charged.",
            fr="Appeler le domicile aujourd'hui : le capteur va se taire. Faire changer ou charger la pile.",
        ),
    ),
    Condition(
        name="ChevetUnknownDevices",
        rule="sensor.unknown",
        measured=promql.by("sum", (metrics.GATEWAY,), metrics.INTAKE_UNKNOWN_DEVICES.name),
        bound=1,
        unit=Unit.COUNT,
        lasting=10 * MINUTE,  # while it joins, a device speaks before its model is known
        severity=Severity.LOW,
        whose=HOME,
        what=Sentence(en="devices that nobody can read", fr="appareils que personne ne sait lire"),
        first=Sentence(
            en="See on the gateway's page which they are: remove what is no sensor, ask for a row for what is one.",
            fr="Voir sur la page de la passerelle lesquels : retirer les intrus, demander une ligne pour un capteur.",
        ),
    ),
    Condition(
        name="ChevetSensorSilent",
        rule="sensor.silent",
        measured=silent(),
        bound=2,  # of a sensor of one vital the alert on that vital says it all
        unit=Unit.COUNT,
        severity=Severity.MEDIUM,
        whose=Sentence(
            en="{{ $labels.device }} of {{ $labels.gateway }}, patient {{ $labels.patient }}",
            fr="{{ $labels.device }} de {{ $labels.gateway }}, patient {{ $labels.patient }}",
        ),
        what=Sentence(en="sensor says nothing, signals awaited:", fr="capteur muet, signaux attendus :"),
        first=Sentence(
            en="Call the home: is the sensor worn, charged and near? If nobody answers, send somebody to the patient.",
            fr="Appeler le domicile : capteur porté, chargé, proche ? Sans réponse, envoyer quelqu'un au patient.",
        ),
    ),
)

GROUP = Group(name="chevet-devices", every=60, rules=alerts(Team.WARD, "chevet-gateways", *_CONDITIONS))
