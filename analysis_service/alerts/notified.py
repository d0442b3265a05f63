"""One alert as Alertmanager's webhook tells it: its labels, its sentences, its times, and what is kept of them.

Fields that newer versions add are let pass. What came is never told back: a label may say whose the alert is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationInfo, field_validator

from analysis_service.wire import Milliseconds, Name
from chevet.alerts import NO_VITAL, WATCHDOG_RULE, told_id
from chevet.severities import Kind, Severity
from chevet.vitals import BY_KEY, VITALS


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """An alert as Alertmanager tells it; open while `cleared_at` is None. What it is not about is empty."""

    fingerprint: str
    rule: str
    kind: Kind
    severity: Severity
    patient: str
    gateway: str
    device: str
    vital: str
    onset: int
    cleared_at: int | None
    told: dict[str, Any]

    @property
    def id(self) -> str:
        """Of the labels and of when it began to fire: a repeat has the same one."""
        return str(told_id(self.fingerprint, self.onset))

    @property
    def is_watchdog(self) -> bool:
        """What always fires is no alert."""
        return self.rule == WATCHDOG_RULE


def _milliseconds(said: object) -> int:
    try:
        at = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ValueError("expected a time such as 2030-03-17T17:46:40Z")
    return round((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)


def _require_link(link: str) -> str:
    """What urlsplit would say of it says it again, and it may say whose it is."""
    try:
        scheme = urlsplit(link).scheme
    except ValueError:
        scheme = "none"
    if scheme not in ("", "http", "https"):
        raise ValueError("expected http:// or https://")
    return link


def _require_vital(key: str | None) -> str | None:
    if key is not None and key not in BY_KEY:
        raise ValueError(f"expected a key of the catalogue such as {VITALS[0].key}")
    return key


Time = Annotated[Milliseconds, BeforeValidator(_milliseconds)]
Text = Annotated[str, Field(max_length=4000, pattern=r"^[^\x00]*$")]
Link = Annotated[Text, AfterValidator(_require_link)]


class Labels(BaseModel):
    """The labels of our rules. What is clinical says whose it is, or which gateway stands with them."""

    alertname: Name
    rule: Name
    kind: Kind
    severity: Severity
    gateway: Name | None = None
    device: Name | None = None
    vital: Annotated[str | None, AfterValidator(_require_vital)] = None
    patient: Annotated[Name | None, Field(validate_default=True)] = None

    @field_validator("patient")
    @classmethod
    def _require_whose(cls, patient: str | None, info: ValidationInfo) -> str | None:
        if not patient and not info.data.get("gateway") and info.data.get("kind") is Kind.CLINICAL:
            raise ValueError("expected whose it is, for it is clinical and about no gateway")
        return patient

    @property
    def about(self) -> str:
        """The vital: the label's, or the one that the rule's name begins with."""
        named = self.rule.partition(".")[0]
        return self.vital or (named if named in BY_KEY else NO_VITAL)


class Annotations(BaseModel):
    """The sentences; French ones are English where there are none."""

    summary: Text
    summary_fr: Text = ""
    description: Text = ""
    description_fr: Text = ""
    runbook_url: Link = ""
    dashboard_url: Link = ""

    @property
    def told(self) -> dict[str, Any]:
        """As they are kept."""
        return {
            "summary": {"en": self.summary, "fr": self.summary_fr or self.summary},
            "description": {"en": self.description, "fr": self.description_fr or self.description},
            "runbook_url": self.runbook_url,
            "dashboard_url": self.dashboard_url,
        }


class NotifiedAlert(BaseModel):
    """One alert of a batch. The end of one that fires is not known yet, whatever stands there."""

    status: Literal["firing", "resolved"]
    labels: Labels
    annotations: Annotations
    startsAt: Time
    endsAt: Any = Field(None, validate_default=True)
    fingerprint: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]

    @field_validator("endsAt")
    @classmethod
    def _require_end(cls, said: object, info: ValidationInfo) -> int | None:
        if info.data.get("status") != "resolved":
            return None
        ends = _milliseconds(said)
        if ends < info.data.get("startsAt", ends):
            raise ValueError("expected a time not before startsAt")
        return ends

    @property
    def notice(self) -> Notice:
        """What is kept of it."""
        labels = self.labels
        return Notice(
            fingerprint=self.fingerprint,
            rule=labels.rule,
            kind=labels.kind,
            severity=labels.severity,
            patient=labels.patient or "",
            gateway=labels.gateway or "",
            device=labels.device or "",
            vital=labels.about,
            onset=self.startsAt,
            cleared_at=self.endsAt,
            told=self.annotations.told,
        )


def retold(said: Any, patient: str | None, instead: str) -> Any:
    """Every text in `said`, however deep, with `instead` wherever it names the patient."""
    if isinstance(said, dict):
        return {name: retold(part, patient, instead) for name, part in said.items()}
    return said.replace(patient, instead) if patient and said else said
