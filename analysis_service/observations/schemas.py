"""Observations as JSON: what a nurse enters, and what is answered."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from analysis_service.observations.kinds import BY_KEY
from analysis_service.wire import Milliseconds

EXAMPLE: dict[str, Any] = {"kind": "oxygen", "value": "oxygen", "flow": 2.0, "observed_ms": 1_900_000_000_000}
MOST_FLOW = 70
"""Litres a minute: no cannula gives more."""


class ObservationBody(BaseModel):
    """One thing that somebody saw or decided.

    Of whom NEWS2 is not for, `eligible` says why: under_16 or pregnant. Without `observed_ms` it was just now.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})
    id: UUID | None = Field(None, description="the sender's own, so that a repeat is known as one")
    kind: str = Field(description=", ".join(BY_KEY))
    value: str = Field(description="; ".join(f"{one.key}: {', '.join(one.values)}" for one in BY_KEY.values()))
    flow: Annotated[float, Field(gt=0, le=MOST_FLOW, allow_inf_nan=False)] | None = Field(
        None, description="of oxygen, litres a minute"
    )
    observed_ms: Milliseconds | None = None

    @field_validator("kind")
    @classmethod
    def _require_kind(cls, kind: str) -> str:
        if kind not in BY_KEY:
            raise ValueError(f"expected {', '.join(BY_KEY)}, got another")
        return kind

    @field_validator("value")
    @classmethod
    def _require_word(cls, value: str, info: ValidationInfo) -> str:
        kind = BY_KEY.get(info.data.get("kind", ""))
        if kind is not None and value not in kind.values:
            raise ValueError(f"expected {', '.join(kind.values)} for {kind.key}, got another")
        return value

    @field_validator("flow")
    @classmethod
    def _require_oxygen(cls, flow: float | None, info: ValidationInfo) -> float | None:
        if flow is not None and (info.data.get("kind"), info.data.get("value")) != ("oxygen", "oxygen"):
            raise ValueError("expected one with oxygen alone")
        return flow


class ObservationView(BaseModel):
    """An observation as kept."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    patient: str
    kind: str
    value: str
    flow: float | None
    observed_ms: Milliseconds
    entered_by: str
    saved_ms: Milliseconds
    lapsed_ms: Milliseconds | None = Field(
        None, description="of scale 2: when the prescribed limits that it rests on ended; scale 1 counts from then"
    )
