"""What makes two alerts the same one, and what an alert refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chevet.alerts import Alert, Attempt, Outcome, alert_id
from chevet.errors import BadAlert
from chevet.severities import Kind, Severity
from chevet.vitals import VITALS

NOON = 1_700_000_000_000
ID = str(alert_id("g01", "oximeter-1", "oxygen_saturation.low", NOON))
FIELDS: dict[str, Any] = {
    "id": ID,
    "gateway": "g01",
    "device": "oximeter-1",
    "rule": "oxygen_saturation.low",
    "vital": "oxygen_saturation",
    "kind": Kind.CLINICAL,
    "severity": Severity.HIGH,
    "onset": NOON,
    "declared_at": NOON + 60_000,
    "value": 85.0,
    "limit": 88,
}
ATTEMPT = Attempt(number=1, reference="ABC123", at=NOON, contact=1, channel="sms", outcome=Outcome.HANDED)

names = st.text(min_size=1, max_size=8)
times = st.integers(0, 2**53)


def test_the_id_of_an_alert_never_changes_between_releases() -> None:
    """By hand from RFC 4122 version 5: another value would make every alert that is known a new one."""
    name = "g01\x1foximeter-1\x1foxygen_saturation.low\x1f1700000000000"
    assert (
        ID == str(uuid5(UUID("6f3c1d0e-2b7a-5c44-9a53-0c1b5e7f8d21"), name)) == "e2a84cb3-8b41-5712-8960-b5fb45ce6b44"
    )
    assert UUID(ID).version == 5


@given(st.lists(st.tuples(names, names, names, times), unique=True, min_size=2, max_size=10))
def test_different_alerts_have_different_ids(many: list[tuple[str, str, str, int]]) -> None:
    plain = [one for one in many if "\x1f" not in "".join(one[:3])]
    assert len({alert_id(*one) for one in plain}) == len(plain)


attempts = st.builds(
    Attempt,
    number=st.integers(1, 12),
    reference=names,
    at=times,
    contact=st.integers(0, 9),
    channel=names,
    outcome=st.sampled_from(Outcome),
    detail=names,
    repeated=st.booleans(),
)
alerts = st.builds(
    Alert,
    id=st.uuids().map(str),
    gateway=names,
    device=names,
    rule=names,
    vital=st.sampled_from([vital.key for vital in VITALS]),
    kind=st.sampled_from(Kind),
    severity=st.sampled_from(Severity),
    onset=times,
    declared_at=times,
    value=st.none() | st.floats(allow_nan=False),
    limit=st.none() | st.floats(allow_nan=False),
    cleared_at=st.none() | st.integers(2**53, 2**54),
    late=st.booleans(),
    attempts=st.lists(attempts, max_size=3).map(tuple),
)


@given(alerts)
def test_an_alert_survives_its_body(alert: Alert) -> None:
    assert Alert.from_dict(json.loads(json.dumps(alert.to_dict()))) == alert


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("id", "alert-1"),
        ("id", None),
        ("id", 7),
        ("vital", "pulse"),
        ("cleared_at", NOON - 1),
        ("onset", "noon"),
        ("onset", True),
        ("onset", 1.5),
        ("declared_at", None),
    ],
)
def test_a_wrong_field_is_refused_by_name(name: str, wrong: object) -> None:
    body = Alert(**FIELDS).to_dict() | {name: wrong}
    with pytest.raises(BadAlert, match=f"^{name}: expected ") as refused:
        Alert.from_dict(body)
    assert refused.value.field == name


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_a_missing_field_is_named_in_the_sentence(name: str) -> None:
    body = Alert(**FIELDS).to_dict()
    del body[name]
    with pytest.raises(BadAlert, match=name):
        Alert.from_dict(body)


@pytest.mark.parametrize(
    "body",
    [
        {"patient": "p1"},
        {"kind": "both"},
        {"severity": "HIGH"},
        {"attempts": [{"number": 1}]},
        {"attempts": 7},
        {"attempts": [None]},
    ],
)
def test_what_is_no_alert_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(BadAlert, match=r"^alert: expected the fields of an alert, got "):
        Alert.from_dict(Alert(**FIELDS).to_dict() | body)


@pytest.mark.parametrize("body", [[], None, "alert", 1])
def test_what_is_no_object_is_refused(body: Any) -> None:
    with pytest.raises(BadAlert):
        Alert.from_dict(body)


def test_an_alert_may_clear_at_its_onset() -> None:
    assert Alert(**FIELDS, cleared_at=NOON).cleared_at == NOON


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize("late", [False, True])
def test_only_a_high_clinical_alert_that_is_not_late_calls_relatives(
    kind: Kind, severity: Severity, late: bool
) -> None:
    alert = replace(Alert(**FIELDS), kind=kind, severity=severity, late=late)
    assert alert.calls_relatives is ((kind, severity, late) == (Kind.CLINICAL, Severity.HIGH, False))


def test_the_reference_is_six_characters_that_can_be_read_out() -> None:
    assert Alert(**FIELDS).reference == ID[:6].upper()
    assert Alert(**FIELDS).reference.isalnum()


def test_severities_stand_in_the_order_of_urgency() -> None:
    assert list(Severity) == ["high", "medium", "low", "info"]  # IEC 60601-1-8
    assert [severity.rank for severity in Severity] == [0, 1, 2, 3]
    assert Severity.HIGH.exceeds(Severity.MEDIUM)
    assert not Severity.MEDIUM.exceeds(Severity.MEDIUM)
    assert not Severity.LOW.exceeds(Severity.MEDIUM)
    assert Severity.INFO.exceeds(None)


def test_only_a_technical_alert_may_be_about_no_vital_but_the_gateway_itself() -> None:
    about = {"vital": "", "device": "gateway", "rule": "modem.missing", "value": None, "limit": None}
    alert = Alert(**FIELDS | about | {"kind": Kind.TECHNICAL, "severity": Severity.MEDIUM})
    assert Alert.from_dict(json.loads(json.dumps(alert.to_dict()))) == alert
    assert not alert.calls_relatives
    with pytest.raises(BadAlert, match=r"^vital: expected a key of the catalogue, or nothing where kind is technical"):
        Alert(**FIELDS | about)
