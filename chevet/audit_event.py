"""An entry of the audit as an AuditEvent of FHIR R4. The codes' source: https://hl7.org/fhir/R4/auditevent.html."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from chevet.audit import Entry, Outcome

TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
REST = {"system": TERMINOLOGY + "audit-event-type", "code": "rest", "display": "RESTful Operation"}
BREAK_GLASS = {"system": TERMINOLOGY + "v3-ActReason", "code": "BTG", "display": "break the glass"}
PERSON = {"system": TERMINOLOGY + "audit-entity-type", "code": "1", "display": "Person"}
SYSTEM_OBJECT = {"system": TERMINOLOGY + "audit-entity-type", "code": "2", "display": "System Object"}
PATIENT = {"system": TERMINOLOGY + "object-role", "code": "1", "display": "Patient"}
SUBJECTS, PATIENTS = "urn:chevet:subject", "urn:chevet:patient"
"""Pseudonyms are told apart by these."""

ACTIONS: Mapping[str, str] = MappingProxyType(
    {"GET": "R", "HEAD": "R", "POST": "C", "PUT": "U", "PATCH": "U", "DELETE": "D"}
)
EXECUTE = "E"
OUTCOMES: Mapping[str, str] = MappingProxyType(
    {Outcome.DONE: "0", Outcome.REFUSED: "8", Outcome.REJECTED: "4", Outcome.FAILED: "12"}
)
"""Success, serious failure, minor failure, major failure."""
UNKNOWN = "12"


def audit_event(entry: Entry) -> dict[str, Any]:
    """The resource, as a plain dict."""
    look = entry.look
    made: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": str(entry.id),
        "type": REST,
        "action": ACTIONS.get(look.method, EXECUTE),
        "recorded": _instant(look.at),
        "outcome": OUTCOMES.get(look.outcome, UNKNOWN),
        "outcomeDesc": look.outcome,
        "agent": [_agent(entry)],
        "source": {"observer": {"display": "Chevet"}, "type": [_security_source()]},
        "entity": [_asked_for(entry), *map(_patient, look.patients)],
    }
    if look.reason is not None:
        # What an operator did by a command has its reason too, and broke no glass.
        coded = {"coding": [BREAK_GLASS]} if look.method in ACTIONS else {}
        made["purposeOfEvent"] = [{**coded, "text": look.reason}]
    return made


def _agent(entry: Entry) -> dict[str, Any]:
    look = entry.look
    agent: dict[str, Any] = {
        "who": {"identifier": {"system": SUBJECTS, "value": look.subject}},
        "requestor": True,
    }
    if look.roles:
        agent["role"] = [{"text": role} for role in look.roles]
    return agent


def _security_source() -> dict[str, str]:
    return {
        "system": TERMINOLOGY + "security-source-type",
        "code": "4",
        "display": "Application Server",
    }


def _asked_for(entry: Entry) -> dict[str, Any]:
    """The address's template, the right and the request's id: an entity has a name, and details beside it."""
    look = entry.look
    details = {"right": look.right, "request": look.request, "code": entry.code}
    return {
        "type": SYSTEM_OBJECT,
        "name": f"{look.method} {look.route}",
        "detail": [{"type": name, "valueString": value} for name, value in details.items() if value],
    }


def _patient(patient: str) -> dict[str, Any]:
    return {"what": {"identifier": {"system": PATIENTS, "value": patient}}, "type": PERSON, "role": PATIENT}


def _instant(at: int) -> str:
    found = datetime.fromtimestamp(at // 1000, UTC).replace(microsecond=at % 1000 * 1000)
    return found.isoformat(timespec="milliseconds").replace("+00:00", "Z")
