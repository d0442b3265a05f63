"""Silence, never reported, and what still comes: minutes and sentences typed by hand from CLINICAL 4."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from alert_rules import freshness
from tests.alert_rules.promtool import Case, failures

_DAY = "1d 0h 0m 0s"
# Vital, metric, expected every, minutes after which it is stale, that interval in words, and its titles.
ROWS = (
    ("HeartRate", "heart_rate", "per_minute", 10, 5, "10s", "heart rate", "fréquence cardiaque"),
    ("OxygenSaturation", "oxygen_saturation", "percent", 10, 5, "10s", "oxygen saturation", "saturation en oxygène"),
    ("RespiratoryRate", "respiratory_rate", "per_minute", 30, 10, "30s", "respiratory rate", "fréquence respiratoire"),
    ("BodyTemperature", "body_temperature", "celsius", 300, 30, "5m 0s", "body temperature", "température"),
    ("GlucoseSensor", "glucose_sensor", "mg_per_dl", 300, 20, "5m 0s", "glucose (sensor)", "glycémie (capteur)"),
    ("Activity", "activity", "milli_g", 60, 15, "1m 0s", "activity", "activité"),
    ("SystolicPressure", "systolic_pressure", "mmhg", 86400, 1560, _DAY, "systolic pressure", "pression systolique"),
    (
        "DiastolicPressure",
        "diastolic_pressure",
        "mmhg",
        86400,
        1560,
        _DAY,
        "diastolic pressure",
        "pression diastolique",
    ),
    ("GlucoseFinger", "glucose_finger", "mg_per_dl", 86400, 1560, _DAY, "glucose (finger)", "glycémie (doigt)"),
    ("Weight", "weight", "grams", 86400, 3000, _DAY, "weight", "poids"),
)
LABELS = 'gateway="g01",device="d1",patient="p1"'


def _cases(name: str, vital: str, unit: str, every: int, stale: int, words: str, en: str, fr: str) -> list[Case]:
    """Silent a minute after it is stale, quiet a minute before, silent too where nothing came since it was set up."""
    expected = f'chevet_expected_interval_seconds{{{LABELS},vital="{vital}"}}'
    series = f"chevet_vital_{vital}_{unit}{{{LABELS}}}"
    long = {1560: "26 h", 3000: "50 h"}.get(stale, f"{stale} min")
    says = (
        f"no {en} for {long} from d1 of g01, patient p1",
        f"{fr} : rien depuis {long} de d1 de g01, patient p1",
        f"One is expected every {words}. Is the sensor worn, charged and near?",
        f"Attendue toutes les {words}. Le capteur est-il porté, chargé et proche ?",
    )
    quiet = Case(
        name=f"{name}: the newest is as old as it may be",
        alert=f"Chevet{name}Silent",
        series={expected: f"{every}x{stale + 3}", series: "1 1"},
        at=f"{stale + 1}m",
        labels={"rule": f"{vital}.silent", "kind": "technical", "severity": "medium", "vital": vital},
    )
    late = replace(quiet, name=f"{name}: the newest is a minute older", at=f"{stale + 2}m", says=says)
    never = replace(late, name=f"{name}: nothing ever came", series={expected: f"{every}x{stale + 3}"})
    new = replace(quiet, name=f"{name}: just set up", series={expected: f"{every}x{stale + 3}"}, at=f"{stale - 1}m")
    told = replace(never, name=f"{name}: not heard since it was set up", at=f"{stale}m")
    others = {expected.replace("p1", "p2"): f"{every}x{stale} stale", expected: f"_x{stale} {every} {every} {every}"}
    moved = replace(quiet, name=f"{name}: another patient's a moment ago", series=others)
    return [quiet, late, never, new, told, moved]


CASES = tuple(case for row in ROWS for case in _cases(*row))


def test_every_alert_of_the_group_has_its_row() -> None:
    assert {f"Chevet{row[0]}Silent" for row in ROWS} == {alert.name for alert in freshness.GROUP.alerts}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_silence_is_told_when_a_vital_is_stale_and_not_before(tmp_path: Path, row: tuple[str, ...]) -> None:
    assert failures(tmp_path, [freshness.GROUP], _cases(*row)) == ""
