"""Vitals beyond their limits, on a real Prometheus's evaluation: every number here is typed by hand from CLINICAL 4."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from alert_rules import sustained
from tests.alert_rules.promtool import Case, failures

HEART, SATURATION = "chevet_vital_heart_rate_per_minute", "chevet_vital_oxygen_saturation_percent"
BREATH, TEMPERATURE = "chevet_vital_respiratory_rate_per_minute", "chevet_vital_body_temperature_celsius"
SYSTOLIC, DIASTOLIC = "chevet_vital_systolic_pressure_mmhg", "chevet_vital_diastolic_pressure_mmhg"
SENSOR, FINGER = "chevet_vital_glucose_sensor_mg_per_dl", "chevet_vital_glucose_finger_mg_per_dl"

TITLES = {
    HEART: ("heart rate", "fréquence cardiaque"),
    SATURATION: ("oxygen saturation", "saturation en oxygène"),
    BREATH: ("respiratory rate", "fréquence respiratoire"),
    TEMPERATURE: ("body temperature", "température"),
    SYSTOLIC: ("systolic pressure", "pression systolique"),
    DIASTOLIC: ("diastolic pressure", "pression diastolique"),
    SENSOR: ("glucose (sensor)", "glycémie (capteur)"),
    FINGER: ("glucose (finger)", "glycémie (doigt)"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """By hand: a value at the bound and the next one inside, how often, how many must be seen over how many minutes."""

    alert: str
    rule: str
    severity: str
    metric: str
    at_bound: str
    inside: str
    unit: str
    bound: str
    every: int = 1
    needs: int = 4
    minutes: int = 5


def _row(alert: str, rule: str, severity: str, metric: str, at_bound: str, inside: str, unit: str, bound: str) -> Row:
    return Row(
        alert=alert,
        rule=rule,
        severity=severity,
        metric=metric,
        at_bound=at_bound,
        inside=inside,
        unit=unit,
        bound=bound,
    )


def _paced(row: Row, every: int, needs: int, minutes: int) -> Row:
    return replace(row, every=every, needs=needs, minutes=minutes)


ROWS = (
    _row("ChevetHeartRateLowHigh", "heart_rate.low", "high", HEART, "40", "41", "/min", "≤ 40"),
    _row("ChevetHeartRateLowMedium", "heart_rate.low", "medium", HEART, "50", "51", "/min", "≤ 50"),
    _row("ChevetHeartRateHighHigh", "heart_rate.high", "high", HEART, "131", "130", "/min", "≥ 131"),
    _row("ChevetHeartRateHighMedium", "heart_rate.high", "medium", HEART, "111", "110", "/min", "≥ 111"),
    _row("ChevetOxygenSaturationLowHigh", "oxygen_saturation.low", "high", SATURATION, "88", "89", "%", "≤ 88"),
    _row("ChevetOxygenSaturationLowMedium", "oxygen_saturation.low", "medium", SATURATION, "91", "92", "%", "≤ 91"),
    _row("ChevetRespiratoryRateLowHigh", "respiratory_rate.low", "high", BREATH, "8", "9", "/min", "≤ 8"),
    _row("ChevetRespiratoryRateHighHigh", "respiratory_rate.high", "high", BREATH, "25", "24", "/min", "≥ 25"),
    _row("ChevetRespiratoryRateHighMedium", "respiratory_rate.high", "medium", BREATH, "21", "20", "/min", "≥ 21"),
    *(
        _paced(row, every=5, needs=2, minutes=15)
        for row in (
            _row(
                "ChevetBodyTemperatureLowHigh", "body_temperature.low", "high", TEMPERATURE, "35", "35.1", "°C", "≤ 35"
            ),
            _row(
                "ChevetBodyTemperatureHighHigh",
                "body_temperature.high",
                "high",
                TEMPERATURE,
                "40",
                "39.9",
                "°C",
                "≥ 40",
            ),
            _row(
                "ChevetBodyTemperatureHighMedium",
                "body_temperature.high",
                "medium",
                TEMPERATURE,
                "39.1",
                "39",
                "°C",
                "≥ 39.1",
            ),
            _row("ChevetGlucoseSensorLowMedium", "glucose_sensor.low", "medium", SENSOR, "69", "70", "mg/dL", "< 70"),
        )
    ),
    _paced(
        _row("ChevetGlucoseSensorHighMedium", "glucose_sensor.high", "medium", SENSOR, "251", "250", "mg/dL", "> 250"),
        every=5,
        needs=12,
        minutes=65,
    ),
    _paced(
        _row("ChevetGlucoseSensorLowHigh", "glucose_sensor.low", "high", SENSOR, "53", "54", "mg/dL", "< 54"),
        every=5,
        needs=1,
        minutes=0,
    ),
    *(
        _paced(row, every=60, needs=1, minutes=0)
        for row in (
            _row(
                "ChevetSystolicPressureLowHigh", "systolic_pressure.low", "high", SYSTOLIC, "90", "91", "mmHg", "≤ 90"
            ),
            _row(
                "ChevetSystolicPressureHighHigh",
                "systolic_pressure.high",
                "high",
                SYSTOLIC,
                "220",
                "219",
                "mmHg",
                "≥ 220",
            ),
            _row(
                "ChevetSystolicPressureHighMedium",
                "systolic_pressure.high",
                "medium",
                SYSTOLIC,
                "180",
                "179",
                "mmHg",
                "≥ 180",
            ),
            _row(
                "ChevetDiastolicPressureHighHigh",
                "diastolic_pressure.high",
                "high",
                DIASTOLIC,
                "120",
                "119",
                "mmHg",
                "≥ 120",
            ),
            _row(
                "ChevetDiastolicPressureHighMedium",
                "diastolic_pressure.high",
                "medium",
                DIASTOLIC,
                "110",
                "109",
                "mmHg",
                "≥ 110",
            ),
            _row("ChevetGlucoseFingerLowHigh", "glucose_finger.low", "high", FINGER, "53", "54", "mg/dL", "< 54"),
            _row("ChevetGlucoseFingerLowMedium", "glucose_finger.low", "medium", FINGER, "69", "70", "mg/dL", "< 70"),
            _row(
                "ChevetGlucoseFingerHighMedium", "glucose_finger.high", "medium", FINGER, "251", "250", "mg/dL", "> 250"
            ),
        )
    ),
)


def _of(row: Row) -> list[Case]:
    """From both sides of the bound and of the number of values."""
    enough = " ".join(["_"] + [row.at_bound] * row.needs)
    few = " ".join(["_"] * 2 + [row.at_bound] * (row.needs - 1))
    calm = " ".join(["_"] + [row.at_bound] * (row.needs - 1) + [row.inside])
    at = f"{row.needs * row.every}m"
    cases = [
        _case(row, "at the bound for as long as it takes", enough, at, fires=True),
        _case(row, "the last value inside the bound", calm, at, fires=False),
    ]
    if row.needs > 1:
        cases.append(_case(row, "one value too few", few, at, fires=False))
    return cases


def _case(row: Row, name: str, values: str, at: str, *, fires: bool, value: str = "", bound: str = "") -> Case:
    en, fr = TITLES[row.metric]
    said = value or (f"{float(row.at_bound):.1f}" if row.metric == TEMPERATURE else row.at_bound)
    limit = f"{said} {row.unit} ({{limit}} {bound or row.bound} {row.unit}), patient p1"
    says = (
        f"{en} {limit.format(limit='limit')}",
        f"{fr} {limit.format(limit='limite')}",
        f"{f'Seen over the last {row.minutes} min on' if row.minutes else 'The newest value of'} d1."
        " Look at the patient first, then at the sensor.",
        f"{f'Sur les dernières {row.minutes} min, par' if row.minutes else 'La dernière valeur de'} d1."
        " Voir d'abord le patient, puis le capteur.",
    )
    return Case(
        name=f"{row.alert}: {name}",
        alert=row.alert,
        series={f'{row.metric}{{gateway="g01",device="d1",patient="p1"}}': values},
        every=f"{row.every}m",
        at=at,
        says=says if fires else None,
        labels={"rule": row.rule, "kind": "clinical", "severity": row.severity},
    )


SATURATED = next(row for row in ROWS if row.alert == "ChevetOxygenSaturationLowHigh")
LIMIT = 'chevet_limit{patient="p1",vital="oxygen_saturation",severity="high",side="low"}'
ANOTHERS = LIMIT.replace("p1", "p2")


def _with(case: Case, name: str, **series: str) -> Case:
    return replace(case, name=name, series=case.series | series)


PRESCRIBED = (
    _with(
        _case(SATURATED, "", "_ 84x3", "4m", fires=True, value="84", bound="≤ 84"), "a prescribed 84", **{LIMIT: "84x5"}
    ),
    _with(_case(SATURATED, "", "_ 85x3", "4m", fires=False), "85 with a prescribed 84", **{LIMIT: "84x5"}),
    _with(_case(SATURATED, "", "_ 88x3", "4m", fires=True), "another's limit is none of theirs", **{ANOTHERS: "80x5"}),
    _with(
        _case(SATURATED, "", "_x1450 88x4", "1455m", fires=True),
        "a limit not heard of for a day gives way to the catalogue's",
        **{LIMIT: "80 _x1460"},
    ),
    _case(SATURATED, "a minute's window came out of turn, hence late", "_ 88 _ 88 88 88", "5m", fires=True),
)


CASES = (*(case for row in ROWS for case in _of(row)), *PRESCRIBED)


def test_every_alert_of_the_group_has_its_row() -> None:
    assert {row.alert for row in ROWS} == {alert.name for alert in sustained.GROUP.alerts}


def test_every_bound_is_held_from_both_sides(tmp_path: Path) -> None:
    assert failures(tmp_path, [sustained.GROUP], [case for row in ROWS for case in _of(row)]) == ""


def test_a_prescription_stands_before_the_catalogue(tmp_path: Path) -> None:
    asked = [alert for alert in sustained.GROUP.alerts if alert.name == SATURATED.alert]
    assert failures(tmp_path, [replace(sustained.GROUP, rules=tuple(asked))], PRESCRIBED) == ""
