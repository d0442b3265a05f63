"""Prescribed limits as JSON: what is proposed, and what is answered."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from analysis_service.wire import Milliseconds, Prose
from chevet.severities import Severity, Side
from chevet.vitals import BY_KEY

Hour = Annotated[int, Field(ge=0, le=24)]
Reason = Annotated[Prose, Field(max_length=500)]
State = Literal["proposed", "lapsed", "rejected", "to_come", "in_force", "expired", "ended"]
"""A proposal lapses where its time is over before anybody signed."""
Transition = Literal["proposed", "changed", "signed", "rejected", "ended", "expired"]
EXAMPLE: dict[str, Any] = {
    "vital": "oxygen_saturation",
    "side": "low",
    "severity": "high",
    "value": 84,
    "until_ms": 1_900_000_000_000,
    "reason": "COPD with a target of 88 to 92 %",
}


class LimitBody(BaseModel):
    """A limit in the unit of the vital's metric. Without `from_ms` it begins when it is signed; it ends in any case.

    `hours` are (from, to) o'clock where the patient lives, and may pass midnight.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})
    vital: str = Field(description="a key of the catalogue")
    side: Side
    severity: Severity
    value: Annotated[float, Field(allow_inf_nan=False)]
    hours: tuple[Hour, Hour] | None = None
    from_ms: Milliseconds | None = None
    until_ms: Milliseconds
    reason: Reason

    @field_validator("vital")
    @classmethod
    def _require_vital(cls, vital: str) -> str:
        if vital not in BY_KEY:
            raise ValueError("expected a key of the catalogue such as heart_rate, got another")
        return vital

    @field_validator("hours")
    @classmethod
    def _require_hours(cls, hours: tuple[int, int] | None) -> tuple[int, int] | None:
        if hours is not None and hours[0] % 24 == hours[1] % 24:
            raise ValueError("expected two different hours of the day, or none for all day")
        return hours


class Because(BaseModel):
    """Why something ends."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "oxygen at home since today"}})
    reason: Reason


class LimitView(BaseModel):
    """A prescription as it stands. `default` is the catalogue's limit, which holds wherever none is prescribed."""

    id: str
    patient: str
    vital: str
    side: Side
    severity: Severity
    value: float
    default: float
    hours: tuple[int, int] | None
    from_ms: int
    until_ms: int
    reason: str
    state: State
    says: str | None = Field(description="what follows from its state, in a sentence, where something does")
    version: int
    proposed_by: str
    proposed_ms: int
    signed_by: str | None
    signed_ms: int | None
    ended_ms: int | None = Field(description="when it ended before its time")


class LimitEvent(BaseModel):
    """One transition. `by` is null where time did it."""

    what: Transition
    at_ms: int
    by: str | None
    why: str | None
    content: dict[str, object] = Field(description="what was prescribed then")


class LimitDetail(LimitView):
    """A prescription with its history, the oldest first."""

    events: list[LimitEvent]


class LimitsView(BaseModel):
    """All prescriptions of a patient. `expiring` are those of `in_force` that end within seven days."""

    in_force: list[LimitView]
    expiring: list[str] = Field(description="their ids")
    to_come: list[LimitView] = Field(description="signed, to begin later")
    proposed: list[LimitView]
    history: list[LimitView] = Field(description="ended, expired, rejected or never signed, the newest first")
