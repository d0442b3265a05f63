"""The sheet: whom to call and by which limits, from when until when; refused where it cannot be."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from chevet.errors import BadSheet
from chevet.severities import Severity, Side
from chevet.sheet import LEASE, Contact, PatientLimit, Sheet

NOON = 1_700_000_000_000
DAY = 86_400_000
SON = Contact(number="+33612345678", language="fr", order=1, signals=("heart_rate", "glucose_sensor"))
DAUGHTER = Contact(number="+447911123456", language="en", order=2)
LIMIT = PatientLimit(
    vital="oxygen_saturation", side=Side.LOW, severity=Severity.HIGH, value=80, from_ms=NOON, until_ms=NOON + DAY
)
SHEET = Sheet(
    gateway="g01",
    assignment="a1",
    from_ms=NOON,
    until_ms=NOON + 10 * DAY,
    contacts=(SON, DAUGHTER),
    limits=(LIMIT, replace(LIMIT, severity=Severity.MEDIUM, value=84, hours=(22, 7))),
)


NEEDED = ("gateway", "assignment", "from_ms", "until_ms", "lease_seconds", "contacts", "limits")


def _payload(**changed: object) -> dict[str, Any]:
    return json.loads(json.dumps(SHEET.to_dict())) | changed


def test_a_sheet_survives_its_payload() -> None:
    assert Sheet.from_dict(_payload()) == SHEET
    assert Sheet.from_dict(_payload(until_ms=None)) == replace(SHEET, until_ms=None)


def test_a_sheet_names_no_patient() -> None:
    assert set(_payload()) == {*NEEDED, "time_zone"}


def test_contacts_are_called_in_their_order_however_they_were_sent() -> None:
    sheet = Sheet.from_dict(_payload(contacts=list(reversed(_payload()["contacts"]))))
    assert sheet.contacts == (SON, DAUGHTER)


def test_the_lease_is_three_minutes_unless_the_sheet_says_otherwise() -> None:
    assert LEASE == SHEET.lease_seconds == 180


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        (NOON - 1, False),
        (NOON, True),
        (NOON + 10 * DAY - 1, True),
        (NOON + 10 * DAY, False),
    ],
)
def test_an_assignment_holds_from_its_start_until_just_before_its_end(at: int, holds: bool) -> None:
    assert SHEET.holds(at) is holds


def test_an_assignment_without_an_end_goes_on() -> None:
    assert replace(SHEET, until_ms=None).holds(NOON + 10_000 * DAY)


@pytest.mark.parametrize(
    ("at", "holds"), [(NOON - 1, False), (NOON, True), (NOON + DAY - 1, True), (NOON + DAY, False)]
)
def test_a_prescription_expires_and_the_default_returns(at: int, holds: bool) -> None:
    assert LIMIT.in_force(at, hour=12) is holds


@pytest.mark.parametrize(
    ("hours", "inside", "outside"),
    [
        ((22, 7), (22, 23, 0, 6), (7, 12, 21)),  # a night passes midnight
        ((7, 22), (7, 12, 21), (22, 0, 6)),
        ((0, 24), tuple(range(24)), ()),
    ],
)
def test_a_limit_of_day_or_night_holds_in_its_hours_only(
    hours: tuple[int, int], inside: tuple[int, ...], outside: tuple[int, ...]
) -> None:
    limit = replace(LIMIT, hours=hours)
    assert all(limit.in_force(NOON, hour) for hour in inside)
    assert not any(limit.in_force(NOON, hour) for hour in outside)
    assert not limit.in_force(NOON + DAY, inside[0])


CONTACT = _payload()["contacts"][0]
PRESCRIPTION = _payload()["limits"][0]
WRONG = [
    ({"gateway": ""}, "gateway"),
    ({"gateway": None}, "gateway"),
    ({"assignment": 7}, "assignment"),
    ({"from_ms": "today"}, "from_ms"),
    ({"from_ms": None}, "from_ms"),
    ({"until_ms": NOON}, "until_ms"),
    ({"until_ms": 1.5}, "until_ms"),
    ({"lease_seconds": 0}, "lease_seconds"),
    ({"lease_seconds": "180"}, "lease_seconds"),
    ({"contacts": [CONTACT | {"number": "0612345678"}]}, "number"),
    ({"contacts": [CONTACT | {"number": "+33 6 12 34"}]}, "number"),
    ({"contacts": [CONTACT | {"number": "+33612345678\n"}]}, "number"),
    ({"contacts": [CONTACT | {"number": 33612345678}]}, "number"),
    ({"contacts": [CONTACT | {"language": "de"}]}, "language"),
    ({"contacts": [CONTACT | {"order": None}]}, "order"),
    ({"contacts": [CONTACT | {"order": "first"}]}, "order"),
    ({"contacts": [CONTACT | {"signals": ["pulse"]}]}, "signals"),
    ({"contacts": [CONTACT | {"signals": "heart_rate"}]}, "signals"),
    ({"contacts": [CONTACT | {"signals": None}]}, "sheet"),
    ({"contacts": [CONTACT | {"name": "Paul"}]}, "sheet"),
    ({"contacts": None}, "sheet"),
    ({"contacts": ["Paul"]}, "sheet"),
    ({"limits": [PRESCRIPTION | {"vital": "pulse"}]}, "vital"),
    ({"limits": [PRESCRIPTION | {"side": "left"}]}, "sheet"),
    ({"limits": [PRESCRIPTION | {"severity": "worst"}]}, "sheet"),
    ({"limits": [PRESCRIPTION | {"value": 0}]}, "value"),
    ({"limits": [PRESCRIPTION | {"value": 101}]}, "value"),
    ({"limits": [PRESCRIPTION | {"value": float("nan")}]}, "value"),
    ({"limits": [PRESCRIPTION | {"value": "80"}]}, "value"),
    ({"limits": [PRESCRIPTION | {"value": None}]}, "value"),
    ({"limits": [PRESCRIPTION | {"until_ms": NOON}]}, "until_ms"),
    ({"limits": [PRESCRIPTION | {"until_ms": None}]}, "until_ms"),
    ({"limits": [PRESCRIPTION | {"from_ms": True}]}, "from_ms"),
    ({"limits": [PRESCRIPTION | {"hours": [7]}]}, "sheet"),
    ({"limits": [PRESCRIPTION | {"hours": [7, 25]}]}, "hours"),
    ({"limits": [PRESCRIPTION | {"hours": [-1, 7]}]}, "hours"),
    ({"limits": [{}]}, "sheet"),
    ({"time_zone": ""}, "time_zone"),
    ({"time_zone": "../etc/passwd"}, "time_zone"),
    ({"time_zone": "/etc/localtime"}, "time_zone"),
    ({"time_zone": 1}, "time_zone"),
]


@pytest.mark.parametrize(
    ("changed", "field"), WRONG, ids=[f"{field}-{number}" for number, (_, field) in enumerate(WRONG)]
)
def test_a_wrong_sheet_is_refused_by_its_field(changed: dict[str, object], field: str) -> None:
    with pytest.raises(BadSheet, match=f"^{field}: expected ") as refused:
        Sheet.from_dict(_payload(**changed))
    assert refused.value.field == field


def test_a_sheet_of_an_older_service_names_no_time_zone() -> None:
    payload = _payload(time_zone="Indian/Reunion")
    assert Sheet.from_dict(payload).time_zone == "Indian/Reunion"
    del payload["time_zone"]
    assert Sheet.from_dict(payload).time_zone is None


@pytest.mark.parametrize("name", NEEDED)
def test_a_sheet_without_one_of_its_fields_is_refused_and_names_it(name: str) -> None:
    payload = _payload()
    del payload[name]
    with pytest.raises(BadSheet, match=name):
        Sheet.from_dict(payload)


def test_a_refused_number_is_not_repeated_in_the_sentence() -> None:
    with pytest.raises(BadSheet) as refused:
        replace(SON, number="0612345678")
    assert "0612345678" not in str(refused.value)


@pytest.mark.parametrize("payload", [None, [], "sheet", 7])
def test_what_is_no_sheet_is_refused(payload: Any) -> None:
    with pytest.raises(BadSheet):
        Sheet.from_dict(payload)
