"""An entry as FHIR R4 says it, by hand; the codes as https://hl7.org/fhir/R4/auditevent.html lists them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chevet.audit import Look, Outcome, entry
from chevet.audit_event import audit_event

LOOK = Look(
    at=1_772_352_000_007,  # 2026-03-01T08:00:00.007Z
    subject="s1",
    roles=("doctor", "sre"),
    right="read dossiers",
    method="GET",
    route="/api/v1/patients/{patient}/contacts",
    patients=("p1",),
    outcome="done",
    request="r1",
)


def test_a_look_is_an_audit_event() -> None:
    made = entry(bytes(32), 7, LOOK)
    assert audit_event(made) == {
        "resourceType": "AuditEvent",
        "id": "7",
        "type": {
            "system": "http://terminology.hl7.org/CodeSystem/audit-event-type",
            "code": "rest",
            "display": "RESTful Operation",
        },
        "action": "R",
        "recorded": "2026-03-01T08:00:00.007Z",
        "outcome": "0",
        "outcomeDesc": "done",
        "agent": [
            {
                "who": {"identifier": {"system": "urn:chevet:subject", "value": "s1"}},
                "requestor": True,
                "role": [{"text": "doctor"}, {"text": "sre"}],
            }
        ],
        "source": {
            "observer": {"display": "Chevet"},
            "type": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/security-source-type",
                    "code": "4",
                    "display": "Application Server",
                }
            ],
        },
        "entity": [
            {
                "type": {
                    "system": "http://terminology.hl7.org/CodeSystem/audit-entity-type",
                    "code": "2",
                    "display": "System Object",
                },
                "name": "GET /api/v1/patients/{patient}/contacts",
                "detail": [
                    {"type": "right", "valueString": "read dossiers"},
                    {"type": "request", "valueString": "r1"},
                    {"type": "code", "valueString": made.code},
                ],
            },
            {
                "what": {"identifier": {"system": "urn:chevet:patient", "value": "p1"}},
                "type": {
                    "system": "http://terminology.hl7.org/CodeSystem/audit-entity-type",
                    "code": "1",
                    "display": "Person",
                },
                "role": {
                    "system": "http://terminology.hl7.org/CodeSystem/object-role",
                    "code": "1",
                    "display": "Patient",
                },
            },
        ],
    }


def test_a_reason_is_the_purpose() -> None:
    made = audit_event(entry(bytes(32), 7, replace(LOOK, reason="found unconscious")))
    (purpose,) = made["purposeOfEvent"]
    assert (purpose["coding"][0]["code"], purpose["text"]) == ("BTG", "found unconscious")


@pytest.mark.parametrize(("outcome", "code"), [("done", "0"), ("rejected", "4"), ("refused", "8"), ("failed", "12")])
def test_an_outcome_has_its_code(outcome: str, code: str) -> None:
    assert audit_event(entry(bytes(32), 7, replace(LOOK, outcome=outcome)))["outcome"] == code
    assert {one.value for one in Outcome} == {"done", "rejected", "refused", "failed"}


@pytest.mark.parametrize(("method", "action"), [("GET", "R"), ("POST", "C"), ("PUT", "U"), ("DELETE", "D")])
def test_a_method_has_its_action(method: str, action: str) -> None:
    assert audit_event(entry(bytes(32), 7, replace(LOOK, method=method)))["action"] == action
