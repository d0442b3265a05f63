"""What the routes of corrections take and give."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from analysis_service.wire import Milliseconds, Name


class State(StrEnum):
    """Where a correction stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Step(StrEnum):
    """What is done next: the assignments, the alerts, then series are copied and taken away until none is found."""

    HISTORY = "history"
    ALERTS = "alerts"
    SERIES = "series"
    TOMBSTONES = "tombstones"


class NewCorrection(BaseModel):
    """The gateway stood with `patient` in [from_ms, until_ms), whatever was recorded."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "patient": "p3f9c1d204be7a65f",
                "from_ms": 1_900_000_000_000,
                "until_ms": 1_900_003_600_000,
                "reason": "the boxes of two rooms were exchanged",
            }
        },
    )
    patient: Name
    from_ms: Milliseconds
    until_ms: Milliseconds
    reason: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class CorrectionView(BaseModel):
    """A correction and how far it is. `taken_from` names those of the caller's own patients."""

    model_config = ConfigDict(from_attributes=True)
    id: str
    gateway: str
    patient: str
    from_ms: int
    until_ms: int
    reason: str
    asked_by_name: str
    asked_ms: int
    state: State
    step: Step
    progress: float = Field(ge=0, le=1, description="of the step's own way")
    taken_from: list[str]
    moved: int = Field(description="samples")
    set_aside: int = Field(description="samples measured while the gateway changed hands: in quarantine")
    failure: str | None
    ended_ms: int | None
