"""Alerts as JSON: what a gateway posts, and what is answered."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from analysis_service.wire import Count, Milliseconds, Name
from chevet.alerts import Alert, Outcome, Source
from chevet.severities import Kind, Severity

EXAMPLE: dict[str, Any] = {
    "id": "5b6c8a4e-0f7d-5c2b-9a61-2f1f6f0f8f11",
    "gateway": "g01",
    "device": "oximeter",
    "rule": "oxygen_saturation.low",
    "vital": "oxygen_saturation",
    "kind": "clinical",
    "severity": "high",
    "onset": 1_900_000_000_000,
    "declared_at": 1_900_000_060_000,
    "value": 84.0,
    "limit": 88.0,
    "cleared_at": None,
    "late": False,
    "attempts": [],
}


class AttemptBody(BaseModel):
    """One try to reach a contact; `contact` is its place in the sheet."""

    model_config = ConfigDict(extra="forbid")
    number: Count
    reference: Name
    at: Milliseconds
    contact: Count
    channel: Name
    outcome: Outcome
    detail: Annotated[str, Field(max_length=500)] = ""
    repeated: bool = False


class AlertBody(BaseModel):
    """What a gateway knows of an alert."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})
    id: UUID
    gateway: Name
    device: Name
    rule: Name
    vital: str = Field(description="a key of the catalogue; empty in a technical alert about the gateway itself")
    kind: Kind
    severity: Severity
    onset: Milliseconds
    declared_at: Milliseconds
    value: Annotated[float, Field(allow_inf_nan=False)] | None
    limit: Annotated[float, Field(allow_inf_nan=False)] | None
    cleared_at: Milliseconds | None = None
    late: bool = False
    attempts: Annotated[tuple[AttemptBody, ...], Field(max_length=200)] = ()

    def alert(self) -> Alert:
        """The alert of the domain. Raises BadAlert."""
        return Alert.from_dict(self.model_dump(mode="json"))


class Sentence(BaseModel):
    """One text in each language."""

    en: str
    fr: str


class Told(BaseModel):
    """What the rule says of the alert, and where to read on."""

    summary: Sentence
    description: Sentence
    runbook_url: str
    dashboard_url: str


class SightingView(BaseModel):
    """What one source saw of it."""

    id: UUID
    source: Source
    severity: Severity
    onset: Milliseconds
    cleared_at: Milliseconds | None


class AlertView(BaseModel):
    """An alert as it stands. What several saw is one, known by the id of a gateway's; the others' ids lead to it."""

    id: UUID
    gateway: str | None = Field(description="null in what is about no gateway")
    device: str | None
    rule: str
    vital: str = Field(description="a key of the catalogue, or empty")
    kind: Kind
    severity: Severity
    onset: Milliseconds
    declared_at: Milliseconds
    value: float | None
    limit: float | None
    cleared_at: Milliseconds | None
    late: bool
    attempts: tuple[AttemptBody, ...]
    patient: str | None = Field(description="the pseudonym; empty in what a gateway is told")
    registered_at: Milliseconds
    taken_by: str | None
    taken_at: Milliseconds | None
    told: Told | None = Field(None, description="what Prometheus's rule says, where one saw it")
    observations: tuple[SightingView, ...] = ()


class AlertEvent(BaseModel):
    """One change."""

    at: Milliseconds
    by: str
    what: Literal[
        "registered", "amended", "attempted", "taken", "joined", "parted", "reopened", "lapsed", "reattributed"
    ]
    change: dict[str, Any]


class AlertDetail(AlertView):
    """An alert with its history."""

    events: tuple[AlertEvent, ...]
