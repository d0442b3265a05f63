"""A reading is true by construction, or refused with a sentence that names the field."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chevet.errors import BadReading, expected
from chevet.readings import MAX_NAME, Quality, Reading
from chevet.vitals import BY_KEY, DEVICE_VITALS
from chevet.zigbee import BY_MODEL, values_of

FIELDS: dict[str, Any] = {
    "gateway": "g01",
    "device": "oximeter-1",
    "vital": "oxygen_saturation",
    "value": 97.0,
    "measured_at": 1_700_000_000_000,
    "segment": "b1.0",
    "run": "r1",
    "sequence": 0,
    "quality": Quality.GOOD,
    "origin": "zigbee2mqtt",
}
NAMES = ("gateway", "device", "segment", "run", "origin")

printable = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=20)


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    row = draw(st.sampled_from(DEVICE_VITALS))
    quality = draw(st.sampled_from(Quality))
    plausible = st.floats(*row.plausible) if row.plausible else st.nothing()
    whole = st.integers(math.ceil(row.plausible[0]), math.floor(row.plausible[1])) if row.plausible else st.nothing()
    anything = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**60), 2**60)
    value = {Quality.GOOD: plausible | whole, Quality.SUSPECT: anything, Quality.MISSING: st.none()}[quality]
    return Reading(
        **{name: draw(printable) for name in NAMES},
        vital=row.key,
        value=draw(value),
        measured_at=draw(st.integers(0, 2**53 - 1)),
        sequence=draw(st.integers(0, 2**53 - 1)),
        quality=quality,
    )


def _message(**changed: Any) -> str:
    return json.dumps({"v": 1} | FIELDS | changed)


def _refusal(text: str | bytes) -> BadReading:
    with pytest.raises(BadReading) as refused:
        Reading.from_json(text)
    assert str(refused.value).startswith(f"{refused.value.field}: expected ")
    assert len(str(refused.value)) < 500
    return refused.value


@given(readings())
def test_a_reading_survives_its_message(reading: Reading) -> None:
    assert Reading.from_json(reading.to_json()) == reading
    assert Reading.from_json(reading.to_json().encode()) == reading


def test_a_message_says_its_version() -> None:
    assert json.loads(Reading(**FIELDS).to_json())["v"] == 1


def test_identity_is_gateway_device_vital_run_and_sequence_and_never_the_time() -> None:
    reading = Reading(**FIELDS)
    later = Reading(**FIELDS | {"measured_at": 5, "value": 50.0, "quality": Quality.SUSPECT})
    assert reading.identity == later.identity == ("g01", "oximeter-1", "oxygen_saturation", "r1", 0)


def test_a_finger_off_the_probe_is_missing_not_zero() -> None:
    off = {"spo2": 0, "heart_rate": 0, "contact": False}
    assert values_of(BY_MODEL["CV-OX1"], off) == [
        ("oxygen_saturation", None, Quality.MISSING),
        ("heart_rate", None, Quality.MISSING),
    ]
    with pytest.raises(BadReading, match=r"^value: expected none, for the quality is missing, got 0$"):
        Reading(**FIELDS | {"value": 0, "quality": Quality.MISSING})


@pytest.mark.parametrize("quality", [Quality.GOOD, Quality.SUSPECT])
def test_only_what_is_missing_has_no_value(quality: Quality) -> None:
    with pytest.raises(BadReading, match=r"^value: expected a finite number, got None$"):
        Reading(**FIELDS | {"value": None, "quality": quality})


@pytest.mark.parametrize("vital", DEVICE_VITALS, ids=lambda vital: vital.key)
def test_beyond_plausible_a_value_may_be_suspect_but_never_good(vital: Any) -> None:
    low, high = vital.plausible
    for value in (low, high):
        Reading(**FIELDS | {"vital": vital.key, "value": value})
    for value in (low - 0.01, high + 0.01):
        Reading(**FIELDS | {"vital": vital.key, "value": value, "quality": Quality.SUSPECT})
        with pytest.raises(BadReading, match=f"^value: expected {vital.key} within "):
            Reading(**FIELDS | {"vital": vital.key, "value": value})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "wrong", ["", "x" * (MAX_NAME + 1), "a\nb", "a\x00b", "\ud800", None, 1, True, ["g"], {"a": 1}], ids=repr
)
def test_a_name_that_is_none_is_refused_by_its_field(name: str, wrong: object) -> None:
    assert _refusal(_message(**{name: wrong})).field == name


@pytest.mark.parametrize("name", ["measured_at", "sequence"])
@pytest.mark.parametrize("wrong", [-1, 2**53, 10**400, 1.0, 0.5, True, "1", None, [1]], ids=lambda one: repr(one)[:9])
def test_a_number_that_is_no_whole_number_is_refused_by_its_field(name: str, wrong: object) -> None:
    assert _refusal(_message(**{name: wrong})).field == name


@pytest.mark.parametrize("quality", ["good", "suspect"])
@pytest.mark.parametrize(
    "wrong",
    [math.nan, math.inf, -math.inf, 10**400, -(10**400), True, False, "97", "", [97], {"value": 97}],
    ids=lambda one: repr(one)[:9],
)
def test_a_value_that_no_double_holds_is_refused(quality: str, wrong: object) -> None:
    assert _refusal(_message(value=wrong, quality=quality)).field == "value"


def test_a_value_too_large_for_a_double_is_refused() -> None:
    assert _refusal(_message().replace("97.0", "1e999")).field == "value"


@pytest.mark.parametrize("wrong", ["pulse", "", "HEART_RATE", None, 7, ["heart_rate"]], ids=repr)
def test_an_unknown_vital_is_refused(wrong: object) -> None:
    assert _refusal(_message(vital=wrong)).field == "vital"


@pytest.mark.parametrize("wrong", ["GOOD", "", "bad", None, 1, ["good"]], ids=repr)
def test_an_unknown_quality_is_refused(wrong: object) -> None:
    assert _refusal(_message(quality=wrong)).field == "quality"


@pytest.mark.parametrize("wrong", [0, 2, "1", 1.0, True, None], ids=repr)
def test_another_version_is_refused_and_shown(wrong: object) -> None:
    refused = _refusal(json.dumps(FIELDS | {"v": wrong}))
    assert (refused.field, str(refused)) == ("v", f"v: expected 1, got {wrong!r}")


def test_a_message_without_a_version_is_refused() -> None:
    assert _refusal(json.dumps(FIELDS)).field == "v"


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_a_message_without_one_of_its_fields_names_it(name: str) -> None:
    assert _refusal(json.dumps({"v": 1} | {key: value for key, value in FIELDS.items() if key != name})).field == name


def test_a_field_too_many_is_named() -> None:
    assert _refusal(_message(patient="p1")).field == "patient"


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"\xff\xfe\xfd", b"\x80abc", "{'v': 1}", "null", "[]", "1", '"text"', "NaN", b'{"v": 1}\x00'],
    ids=repr,
)
def test_what_is_no_json_object_is_refused_as_a_whole(text: str | bytes) -> None:
    assert _refusal(text).field == "message"


@pytest.mark.parametrize("depth", [10, 300, 500, *range(900, 1000, 10), 100_000])
@pytest.mark.parametrize("where", ["message", "value", "quality", "gateway"])
def test_deep_json_is_refused_whatever_its_depth(depth: int, where: str) -> None:
    deep = "[" * depth + "]" * depth
    text = deep if where == "message" else _message(**{where: "HERE"}).replace('"HERE"', deep)
    assert _refusal(text).field in (where, "message")


@pytest.mark.parametrize("depth", range(1, 2000, 7))
def test_a_refusal_can_show_whatever_came(depth: int) -> None:
    deep: list[Any] = []
    for _ in range(depth):
        deep = [deep]
    assert expected("value", "a number", deep).startswith("value: expected a number, got ")


def test_a_refusal_can_show_a_number_that_cannot_be_written_out() -> None:
    assert expected("value", "a number", 10**5000) == "value: expected a number, got an unprintable int"


def test_a_number_of_five_thousand_digits_is_refused() -> None:
    assert _refusal(_message().replace("97.0", "9" * 5000)).field == "message"


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_no_bytes_at_all_raise_anything_but_a_refusal(text: str | bytes) -> None:
    _refusal(text)


@given(
    st.sampled_from(sorted(FIELDS)),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    ),
)
def test_any_value_in_any_field_is_taken_or_refused_by_that_field(name: str, value: object) -> None:
    refused = ""
    try:
        Reading.from_json(_message(**{name: value}))
    except BadReading as error:
        refused = error.field
    assert refused in ("", name, "value")  # a vital or a quality that is known may not suit the value


def test_a_reading_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Reading(**FIELDS).value = 3.0  # type: ignore[misc]  # the refusal is what is tested


def test_a_reading_knows_its_row() -> None:
    assert Reading(**FIELDS).row is BY_KEY["oxygen_saturation"]
