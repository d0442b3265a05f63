"""Attribute reports to values: what says "I have none" is missing, what cannot be is suspect, the rest is good."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chevet.readings import Quality, Reading
from chevet.vitals import BY_KEY, DEVICE_VITALS
from chevet.zigbee import BY_MODEL, DEVICE_MODELS, HOUSEKEEPING, Attribute, DeviceModel, unknown_attributes, values_of

ATTRIBUTES = [(model, attribute) for model in DEVICE_MODELS for attribute in model.attributes]
every_attribute = pytest.mark.parametrize(
    ("model", "attribute"), ATTRIBUTES, ids=[f"{model.model}-{one.name}" for model, one in ATTRIBUTES]
)
OXIMETER = BY_MODEL["CV-OX1"]
PLAIN = {  # what a device sends of somebody well, in its own unit
    "spo2": (97, "oxygen_saturation", 97),
    "heart_rate": (72, "heart_rate", 72),
    "respiratory_rate": (15, "respiratory_rate", 15),
    "temperature": (36.8, "body_temperature", 36.8),
    "glucose": (105, None, 105),
    "systolic": (124, "systolic_pressure", 124),
    "diastolic": (78, "diastolic_pressure", 78),
    "weight": (71.4, "weight", 71_400),  # sent in kg, kept in g
    "activity": (35, "activity", 35),
    "fall": (0, "fall", 0),
}


@every_attribute
def test_a_plain_value_is_good_and_in_the_unit_of_the_catalogue(model: DeviceModel, attribute: Attribute) -> None:
    sent, vital, kept = PLAIN[attribute.name]
    assert values_of(model, {attribute.name: sent}) == [(vital or attribute.vital, pytest.approx(kept), Quality.GOOD)]


@every_attribute
@pytest.mark.parametrize("sent", [None, math.nan, math.inf, -math.inf, 0x8000, "", "97", "NaN", True, [], {}, 10**400])
def test_what_is_no_value_is_missing(model: DeviceModel, attribute: Attribute, sent: object) -> None:
    assert values_of(model, {attribute.name: sent}) == [(attribute.vital, None, Quality.MISSING)]


@every_attribute
def test_what_a_probe_sends_while_it_is_off_is_missing(model: DeviceModel, attribute: Attribute) -> None:
    for sent in attribute.missing:
        assert values_of(model, {attribute.name: sent}) == [(attribute.vital, None, Quality.MISSING)]


@pytest.mark.parametrize("sent", [0, "leads off", "searching", 0x8000, math.nan])
@pytest.mark.parametrize("name", ["spo2", "heart_rate"])
def test_a_finger_off_the_probe_is_missing_not_zero(name: str, sent: object) -> None:
    ((_, value, quality),) = values_of(OXIMETER, {name: sent})
    assert (value, quality) == (None, Quality.MISSING)


@pytest.mark.parametrize("model", [model for model in DEVICE_MODELS if model.contact], ids=lambda model: model.model)
def test_without_contact_everything_is_missing_whatever_is_sent(model: DeviceModel) -> None:
    payload = {attribute.name: PLAIN[attribute.name][0] for attribute in model.attributes}
    off = values_of(model, payload | {model.contact: False})
    assert {quality for _, _, quality in off} == {Quality.MISSING}
    on = values_of(model, payload | {model.contact: True})
    assert {quality for _, _, quality in on} == {Quality.GOOD}


def test_a_breathing_sensor_in_contact_that_counts_none_is_suspect_with_its_value() -> None:
    payload = {"respiratory_rate": 0, "contact": True}
    assert values_of(BY_MODEL["CV-HR1"], payload) == [("respiratory_rate", 0.0, Quality.SUSPECT)]


def test_what_was_taken_in_motion_is_suspect_and_keeps_its_value() -> None:
    assert values_of(OXIMETER, {"spo2": 84, "motion": True}) == [("oxygen_saturation", 84.0, Quality.SUSPECT)]
    assert values_of(OXIMETER, {"spo2": 84, "motion": False}) == [("oxygen_saturation", 84.0, Quality.GOOD)]


@every_attribute
def test_out_of_plausible_is_suspect_and_its_ends_are_good(model: DeviceModel, attribute: Attribute) -> None:
    row = BY_KEY[attribute.vital]
    assert row.plausible is not None
    scale = 1000 if attribute.unit == "kg" else 1
    low, high = (bound / scale for bound in row.plausible)
    assert values_of(model, {attribute.name: high})[0][2] is Quality.GOOD
    assert values_of(model, {attribute.name: high + 1})[0][2] is Quality.SUSPECT
    if low:
        assert values_of(model, {attribute.name: low})[0][2] is Quality.GOOD
        assert values_of(model, {attribute.name: low - 0.1})[0][2] is Quality.SUSPECT


@pytest.mark.parametrize("model", ["CV-GL1", "CV-GF1"])
def test_glucose_in_millimoles_is_kept_in_whole_milligrams(model: str) -> None:
    ((_, value, quality),) = values_of(BY_MODEL[model], {"glucose": 3.9, "glucose_unit": "mmol/L"})
    assert (value, quality) == (70, Quality.GOOD)  # 3.9 × 18.016 = 70.26
    ((_, value, quality),) = values_of(BY_MODEL[model], {"glucose": 70, "glucose_unit": "mg/dL"})
    assert (value, quality) == (70, Quality.GOOD)


@pytest.mark.parametrize("unit", ["mg/l", "", None, 7, [], {}])
def test_a_value_in_a_unit_that_we_do_not_know_is_suspect(unit: object) -> None:
    ((_, value, quality),) = values_of(BY_MODEL["CV-GL1"], {"glucose": 70, "glucose_unit": unit})
    assert (value, quality) == (70, Quality.SUSPECT)


def test_an_attribute_that_did_not_come_gives_no_value() -> None:
    assert values_of(OXIMETER, {}) == []
    assert [vital for vital, _, _ in values_of(OXIMETER, {"spo2": 97, "battery": 80})] == ["oxygen_saturation"]


def test_attributes_that_we_do_not_know_are_listed_and_housekeeping_is_not() -> None:
    payload = dict.fromkeys(HOUSEKEEPING, 1) | {"spo2": 97, "contact": True, "motion": False, "pleth": 3, "alarm": 1}
    assert unknown_attributes(OXIMETER, payload) == ["alarm", "pleth"]
    assert unknown_attributes(BY_MODEL["CV-GL1"], {"glucose": 1, "glucose_unit": "mg/dL"}) == []


def test_models_are_unique_and_every_vital_of_a_device_has_one() -> None:
    assert len(BY_MODEL) == len(DEVICE_MODELS)
    assert {attribute.vital for _, attribute in ATTRIBUTES} == {vital.key for vital in DEVICE_VITALS}
    for model in DEVICE_MODELS:
        vitals = [attribute.vital for attribute in model.attributes]
        assert len(vitals) == len(set(vitals))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
)
payloads = st.dictionaries(
    st.sampled_from([*PLAIN, "contact", "motion", "glucose_unit", "battery"]) | st.text(max_size=5), anything
)


@given(st.sampled_from(DEVICE_MODELS), payloads)
def test_whatever_is_sent_becomes_readings_that_can_be_built(model: DeviceModel, payload: dict[str, Any]) -> None:
    for vital, value, quality in values_of(model, payload):
        Reading(
            gateway="g01",
            device="d1",
            vital=vital,
            value=value,
            measured_at=0,
            segment="s",
            run="r",
            sequence=0,
            quality=quality,
            origin="zigbee2mqtt",
        )
    unknown_attributes(model, payload)
