"""Sensors' alerts from both sides of their bounds: 15 % and 5 % of a battery, one unknown device, a silent sensor."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from alert_rules import devices
from tests.alert_rules.conditions import Row, cases
from tests.alert_rules.promtool import Case, failures

OF_SENSOR = {"gateway": "g01", "device": "watch"}
CHARGE = 'chevet_device_battery_percent{gateway="g01",process="intake",device="watch"}'
UNKNOWN = 'chevet_intake_unknown_devices{gateway="g01",process="%s"}'
EXPECTED = 'chevet_expected_interval_seconds{gateway="g01",device="watch",patient="p1",vital="%s"}'
HEART, OXYGEN = EXPECTED % "heart_rate", EXPECTED % "oxygen_saturation"
CAME = 'chevet_vital_heart_rate_per_minute_readings{gateway="g01",device="watch",patient="p1",quality="%s"}'

LOW = Row(
    alert="ChevetSensorBatteryLow",
    rule="sensor.battery",
    severity="low",
    minutes=30,
    at={CHARGE: "15x40"},
    inside=({CHARGE: "16x40"}, {CHARGE: "5x40"}),
    of=OF_SENSOR,
    says=(
        "sensor's battery 15 % (limit ≤ 15 %), watch of g01",
        "pile du capteur 15 % (limite ≤ 15 %), watch de g01",
        "Bring a new battery, or charge it, at the next visit: it lasts some days more.",
        "Changer la pile, ou charger, à la prochaine visite : elle tient encore quelques jours.",
    ),
)
STILL_LOW = replace(
    LOW,
    at={CHARGE: "6x40"},
    says=(
        "sensor's battery 6 % (limit ≤ 15 %), watch of g01",
        "pile du capteur 6 % (limite ≤ 15 %), watch de g01",
        *LOW.says[2:],
    ),
)

ROWS = (
    LOW,
    STILL_LOW,
    Row(
        alert="ChevetSensorBatteryEmpty",
        rule="sensor.battery",
        severity="medium",
        minutes=10,
        at={CHARGE: "5x20"},
        inside=({CHARGE: "6x20"},),
        of=OF_SENSOR,
        says=(
            "sensor's battery 5 % (limit ≤ 5 %), watch of g01",
            "pile du capteur 5 % (limite ≤ 5 %), watch de g01",
            "Call the home today: the sensor will soon be silent. Have its battery changed or charged.",
            "Appeler le domicile aujourd'hui : le capteur va se taire. Faire changer ou charger la pile.",
        ),
    ),
    Row(
        alert="ChevetUnknownDevices",
        rule="sensor.unknown",
        severity="low",
        minutes=10,
        at={UNKNOWN % "intake": "0x20", UNKNOWN % "radio": "1x20"},
        inside=({UNKNOWN % "intake": "0x20", UNKNOWN % "radio": "0x20"},),
        of={"gateway": "g01"},
        says=(
            "devices that nobody can read 1 (limit ≥ 1), g01",
            "appareils que personne ne sait lire 1 (limite ≥ 1), g01",
            "See on the gateway's page which they are: remove what is no sensor, ask for a row for what is one.",
            "Voir sur la page de la passerelle lesquels : retirer les intrus, demander une ligne pour un capteur.",
        ),
    ),
    Row(
        alert="ChevetSensorSilent",
        rule="sensor.silent",
        severity="medium",
        minutes=0,
        since=7,
        at={HEART: "10x20", OXYGEN: "10x20", CAME % "good": "6 6"},
        inside=(
            {HEART: "10x20", CAME % "good": "6 6"},
            {HEART: "10x20", OXYGEN: "10x20", CAME % "missing": "6 6 6"},
        ),
        of={"gateway": "g01", "device": "watch", "patient": "p1"},
        says=(
            "sensor says nothing, signals awaited: 2 (limit ≥ 2), watch of g01, patient p1",
            "capteur muet, signaux attendus : 2 (limite ≥ 2), watch de g01, patient p1",
            "Call the home: is the sensor worn, charged and near? If nobody answers, send somebody to the patient.",
            "Appeler le domicile : capteur porté, chargé, proche ? Sans réponse, envoyer quelqu'un au patient.",
        ),
    ),
)

BATTERY = ROWS[2]
KEPT = Case(
    name="a charge told before the gateway started again holds for a day",
    alert=BATTERY.alert,
    series={CHARGE: "5 stale"},
    at="1439m",
    says=BATTERY.says,
    labels={"rule": "sensor.battery", "kind": "technical", "severity": "medium", **OF_SENSOR},
    of=(),
)
GONE = Case(name="and no longer", alert=BATTERY.alert, series={CHARGE: "5 stale"}, at="1441m")
CASES = (KEPT, GONE)


def test_every_alert_of_the_group_has_its_row() -> None:
    assert {row.alert for row in ROWS} == {alert.name for alert in devices.GROUP.alerts}


def test_every_bound_is_held_from_both_sides(tmp_path: Path) -> None:
    assert failures(tmp_path, [devices.GROUP], cases(ROWS)) == ""


def test_a_charge_is_remembered_for_a_day(tmp_path: Path) -> None:
    assert failures(tmp_path, [devices.GROUP], CASES) == ""
