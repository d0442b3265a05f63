"""Each number of the catalogue a second time, by hand, with its source; then what must hold for every row."""

from __future__ import annotations

import dataclasses
import itertools

import pytest

from chevet.errors import BadRow
from chevet.severities import Severity, Side
from chevet.units import BY_UCUM
from chevet.vitals import BY_KEY, DEVICE_VITALS, GRACE, VITALS, Bypass, Clears, Limit, Vital

# Key, UCUM, LOINC, plausible, expected every, stale after, window (seconds): the catalogue's own columns.
# LOINC codes from loinc.org: 8867-4 heart rate; 2708-6 oxygen saturation in arterial blood, required by the FHIR R4
# profile of vital signs, 59408-5 by pulse oximetry; 9279-1 respiratory rate; 8310-5 body temperature; 8480-6 systolic,
# 8462-4 diastolic; 99504-3 glucose in interstitial fluid; 41653-7 glucose in capillary blood by glucometer;
# 29463-7 body weight; 3151-8 inhaled oxygen flow; 67775-7 level of responsiveness (ACVPU).
ROWS = {
    "heart_rate": ("/min", ("8867-4",), (10, 300), 10, 300, 60),
    "oxygen_saturation": ("%", ("2708-6", "59408-5"), (1, 100), 10, 300, 60),
    "respiratory_rate": ("/min", ("9279-1",), (3, 80), 30, 600, 60),
    "body_temperature": ("Cel", ("8310-5",), (25, 45), 300, 1800, None),
    "systolic_pressure": ("mm[Hg]", ("8480-6",), (40, 300), 86400, 93600, None),
    "diastolic_pressure": ("mm[Hg]", ("8462-4",), (20, 200), 86400, 93600, None),
    "glucose_sensor": ("mg/dL", ("99504-3",), (20, 600), 300, 1200, None),
    "glucose_finger": ("mg/dL", ("41653-7",), (10, 1000), 86400, 93600, None),
    "weight": ("g", ("29463-7",), (2_000, 350_000), 86400, 180_000, None),  # 2 to 350 kg
    "activity": ("m[g]", (), (0, 16_000), 60, 900, 60),
    "fall": ("[g]", (), (0, 16), None, None, None),
    "supplemental_oxygen": ("{code}", ("3151-8",), None, 43_200, 43_200, None),
    "consciousness": ("{code}", ("67775-7",), None, 43_200, 43_200, None),
}

METRICS = {
    "heart_rate": "chevet_vital_heart_rate_per_minute",
    "oxygen_saturation": "chevet_vital_oxygen_saturation_percent",
    "respiratory_rate": "chevet_vital_respiratory_rate_per_minute",
    "body_temperature": "chevet_vital_body_temperature_celsius",
    "systolic_pressure": "chevet_vital_systolic_pressure_mmhg",
    "diastolic_pressure": "chevet_vital_diastolic_pressure_mmhg",
    "glucose_sensor": "chevet_vital_glucose_sensor_mg_per_dl",
    "glucose_finger": "chevet_vital_glucose_finger_mg_per_dl",
    "weight": "chevet_vital_weight_grams",
    "activity": "chevet_vital_activity_milli_g",
    "fall": "chevet_vital_fall_g",
}

# Vital: (operator, value, severity, lasting, at least n).
LIMITS = {
    "heart_rate": {
        ("<=", 40, "high", 60, 3),  # NEWS2 pulse, 3 points: ≤40
        (">=", 131, "high", 60, 3),  # NEWS2 pulse, 3 points: ≥131
        ("<=", 50, "medium", 60, 3),  # NEWS2 pulse, 1 point: 41–50
        (">=", 111, "medium", 60, 3),  # NEWS2 pulse, 2 points: 111–130
    },
    "oxygen_saturation": {
        ("<=", 88, "high", 60, 3),  # a default of ours, to be signed
        ("<=", 91, "medium", 60, 3),  # NEWS2 SpO2 scale 1, 3 points: ≤91
    },
    "respiratory_rate": {
        ("<=", 8, "high", 180, 3),  # NEWS2 respiration, 3 points: ≤8
        (">=", 25, "high", 180, 3),  # NEWS2 respiration, 3 points: ≥25
        (">=", 21, "medium", 180, 3),  # NEWS2 respiration, 2 points: 21–24
    },
    "body_temperature": {
        ("<=", 35.0, "high", 600, 2),  # NEWS2 temperature, 3 points: ≤35.0
        (">=", 40.0, "high", 600, 2),  # a default of ours, to be signed
        (">=", 39.1, "medium", 600, 2),  # NEWS2 temperature, 2 points: ≥39.1
    },
    "systolic_pressure": {
        ("<=", 90, "high", 0, 1),  # NEWS2 systolic, 3 points: ≤90
        (">=", 220, "high", 0, 1),  # NEWS2 systolic, 3 points: ≥220
        (">=", 180, "medium", 0, 1),  # ESH 2023 grade 3: ≥180; a default of ours, to be signed
    },
    "diastolic_pressure": {
        (">=", 120, "high", 0, 1),  # a default of ours, to be signed
        (">=", 110, "medium", 0, 1),  # ESH 2023 grade 3: ≥110; a default of ours, to be signed
    },
    "glucose_sensor": {
        ("<", 54, "high", 0, 1),  # Diabetes Care 2019;42:1593: level 2 low, <54 mg/dL; 54 itself is level 1
        ("<", 70, "medium", 600, 2),  # the same: level 1 low, 54–69; 70 is in range
        (">", 250, "medium", 3600, 2),  # the same: level 2 high, >250; 250 itself is level 1
    },
    "glucose_finger": {
        ("<", 54, "high", 0, 1),  # as for the sensor
        ("<", 70, "medium", 0, 1),
        (">", 250, "medium", 0, 1),
    },
    "fall": {(">=", 2.5, "high", 0, 1)},  # impact ≥2.5 g; a default of ours, to be signed
}

# Good readings beyond the value, at least 3 over so many seconds, call at once: defaults of ours.
BYPASSES = {
    "oxygen_saturation": {("low", 78, 20, 3)},
    "heart_rate": {("low", 30, 20, 3), ("high", 160, 20, 3)},
    "respiratory_rate": {("low", 4, 60, 3), ("high", 35, 60, 3)},
}

MARGINS = {  # in the vital's unit: defaults of ours
    "oxygen_saturation": 2,
    "heart_rate": 5,
    "respiratory_rate": 2,
    "body_temperature": 0.3,
    "glucose_sensor": 5,
}
CLEARED_BY_NEXT_READING = {"systolic_pressure", "diastolic_pressure", "glucose_finger", "weight"}
CLEARED_BY_A_PERSON = {"fall"}
ENTERED_BY_PEOPLE = {"supplemental_oxygen", "consciousness"}

every_vital = pytest.mark.parametrize("vital", VITALS, ids=lambda vital: vital.key)


def test_the_catalogue_has_the_rows_that_are_written_here_and_no_other() -> None:
    assert [vital.key for vital in VITALS] == list(ROWS)


@every_vital
def test_each_row_says_what_is_written_here(vital: Vital) -> None:
    said = (vital.unit, vital.loinc, vital.plausible, vital.interval, vital.stale_after, vital.window)
    assert said == ROWS[vital.key]


@every_vital
def test_each_metric_is_named_for_its_key_and_unit(vital: Vital) -> None:
    assert METRICS.get(vital.key, vital.metric) == vital.metric
    assert (vital.key in METRICS) is vital.by_device


@every_vital
def test_each_limit_stands_as_written_here(vital: Vital) -> None:
    said = {(one.operator, one.value, one.severity.value, one.lasting, one.at_least) for one in vital.limits}
    assert said == LIMITS.get(vital.key, set())
    assert len(said) == len(vital.limits)


@every_vital
def test_each_bypass_stands_as_written_here(vital: Vital) -> None:
    said = {(one.side.value, one.value, one.lasting, one.at_least) for one in vital.bypasses}
    assert said == BYPASSES.get(vital.key, set())


@every_vital
def test_each_alarm_ends_as_written_here(vital: Vital) -> None:
    assert vital.clears == Clears(
        margin=MARGINS.get(vital.key, 0),
        at_least=60,
        next_reading=vital.key in CLEARED_BY_NEXT_READING,
        by_person=vital.key in CLEARED_BY_A_PERSON,
    )


def test_a_window_waits_thirty_seconds_for_its_stragglers() -> None:
    assert GRACE == 30


def test_people_enter_oxygen_and_consciousness_and_devices_the_rest() -> None:
    assert {vital.key for vital in VITALS if not vital.by_device} == ENTERED_BY_PEOPLE
    assert {vital.key for vital in DEVICE_VITALS} == set(ROWS) - ENTERED_BY_PEOPLE


@pytest.mark.parametrize("code", [code for vital in VITALS for code in vital.loinc])
def test_the_check_digit_of_each_loinc_code_is_right(code: str) -> None:
    digits, check = code.split("-")
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))]
    total = sum(number - 9 if number > 9 else number for number in doubled)
    assert int(check) == -total % 10


def test_keys_metrics_and_loinc_codes_are_unique() -> None:
    for names in (
        [vital.key for vital in VITALS],
        [vital.metric for vital in VITALS],
        [code for vital in VITALS for code in vital.loinc],
    ):
        assert len(names) == len(set(names))
    assert dict(BY_KEY) == {vital.key: vital for vital in VITALS}


@every_vital
def test_a_title_is_there_in_both_languages(vital: Vital) -> None:
    assert set(vital.title) == {"en", "fr"}
    assert all(text.strip() == text != "" for text in vital.title.values())


@every_vital
def test_limits_bypasses_and_the_way_back_lie_within_plausible(vital: Vital) -> None:
    for limit in vital.limits:
        inwards = 1 if limit.side is Side.LOW else -1
        assert vital.is_plausible(limit.value)
        assert vital.is_plausible(limit.value + inwards * vital.clears.margin)
    assert all(vital.is_plausible(bypass.value) for bypass in vital.bypasses)


@every_vital
def test_what_breaks_a_severe_limit_breaks_the_milder_ones_of_its_side(vital: Vital) -> None:
    for severe, mild in _pairs(vital):
        assert mild.broken_by(severe.value)
        assert not severe.broken_by(mild.value)
        assert severe.lasting <= mild.lasting
        assert severe.at_least <= mild.at_least


@every_vital
def test_the_alarms_of_two_sides_never_meet(vital: Vital) -> None:
    """A value that clears one side may not break the other, and nothing breaks both."""
    lows = [limit for limit in vital.limits if limit.side is Side.LOW]
    highs = [limit for limit in vital.limits if limit.side is Side.HIGH]
    for low, high in itertools.product(lows, highs):
        assert low.value + vital.clears.margin < high.value - vital.clears.margin


@every_vital
def test_one_side_has_each_severity_at_most_once(vital: Vital) -> None:
    steps = [(limit.side, limit.severity) for limit in vital.limits]
    assert len(steps) == len(set(steps))


@every_vital
def test_a_bypass_lies_beyond_the_most_severe_limit_and_waits_no_longer(vital: Vital) -> None:
    for bypass in vital.bypasses:
        severe = min((one for one in vital.limits if one.side is bypass.side), key=lambda one: one.severity.rank)
        assert severe.severity is Severity.HIGH
        assert severe.broken_by(bypass.value)
        assert abs(bypass.value - severe.value) > 0
        assert bypass.lasting < severe.lasting


@every_vital
def test_a_device_in_time_can_give_the_readings_that_a_limit_asks_for(vital: Vital) -> None:
    for limit in vital.limits:
        if vital.interval is not None:
            assert (limit.at_least - 1) * vital.interval <= limit.lasting


@every_vital
def test_a_value_goes_stale_only_after_it_was_expected_and_outlasts_its_window(vital: Vital) -> None:
    if vital.interval is None:
        assert vital.stale_after is None
        return
    assert vital.stale_after is not None
    assert vital.stale_after >= vital.interval
    assert vital.window is None or vital.interval <= vital.window < vital.stale_after


@every_vital
def test_only_what_a_device_measures_has_limits_and_windows(vital: Vital) -> None:
    assert vital.by_device or not (vital.limits or vital.window or vital.bypasses or vital.plausible)


@every_vital
def test_every_limit_names_its_source(vital: Vital) -> None:
    assert all(limit.source for limit in vital.limits)


def test_units_are_unique_in_code_and_in_the_ending_of_a_metric() -> None:
    endings = [unit.metric for unit in BY_UCUM.values()]
    assert len(endings) == len(set(endings))


@pytest.mark.parametrize(
    ("operator", "below", "at", "above"),
    [
        ("<", True, False, False),
        ("<=", True, True, False),
        (">", False, False, True),
        (">=", False, True, True),
    ],
)
def test_limits_compare_as_they_are_written(operator: str, below: bool, at: bool, above: bool) -> None:
    limit = Limit(
        side=Side.LOW if "<" in operator else Side.HIGH,
        severity=Severity.HIGH,
        value=90,
        inclusive="=" in operator,
        lasting=0,
        at_least=1,
    )
    assert limit.operator == operator
    assert [limit.broken_by(value) for value in (89.9, 90, 90.1)] == [below, at, above]


@every_vital
def test_plausible_includes_its_ends_and_nothing_beyond_and_never_nan(vital: Vital) -> None:
    assert not vital.is_plausible(float("nan"))
    if vital.plausible is None:
        assert not vital.is_plausible(0)
        return
    low, high = vital.plausible
    assert vital.is_plausible(low)
    assert vital.is_plausible(high)
    assert not vital.is_plausible(low - 0.001)
    assert not vital.is_plausible(high + 0.001)


def test_a_row_with_an_unknown_unit_is_refused_by_name() -> None:
    with pytest.raises(BadRow, match=r"heart_rate\.unit: expected one of .*, got 'bpm'"):
        dataclasses.replace(BY_KEY["heart_rate"], unit="bpm")


def test_a_row_with_a_limit_out_of_plausible_is_refused_by_name() -> None:
    limit = dataclasses.replace(BY_KEY["heart_rate"].limits[0], value=301)
    with pytest.raises(BadRow, match=r"heart_rate\.limits: expected within \(10, 300\), got 301"):
        dataclasses.replace(BY_KEY["heart_rate"], limits=(limit,))


def test_a_bypass_asks_for_three_readings_unless_it_says_otherwise() -> None:
    assert Bypass(side=Side.LOW, value=1, lasting=1).at_least == 3


def _pairs(vital: Vital) -> list[tuple[Limit, Limit]]:
    """(more severe, milder) limits of one side."""
    return [
        (one, other)
        for one, other in itertools.permutations(vital.limits, 2)
        if one.side is other.side and one.severity.exceeds(other.severity)
    ]
