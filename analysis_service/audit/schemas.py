"""What a verification says, as JSON."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class FaultView(BaseModel):
    """The first thing that is not as it was written."""

    model_config = ConfigDict(from_attributes=True)
    sentence: str
    entry: int | None
    seal: int | None
    at: int | None = Field(description="milliseconds since 1970")


class VerificationView(BaseModel):
    """What was looked at. `unsealed` entries are those of the last second."""

    model_config = ConfigDict(from_attributes=True)
    entries: int
    seals: int
    unsealed: int
    sealed_at: int | None = Field(description="milliseconds since 1970")
    fault: FaultView | None = Field(description="null where all is as it was written")
