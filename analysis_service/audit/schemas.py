"""What a verification says, and who looked at somebody, as JSON."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from analysis_service.wire import Milliseconds


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


class Sentence(BaseModel):
    """One text in each language."""

    model_config = ConfigDict(from_attributes=True)
    en: str
    fr: str


class LookView(BaseModel):
    """One look of somebody else, as the person who was looked at may know it."""

    entry: int = Field(description="its number in the record")
    at_ms: Milliseconds
    name: str | None = Field(description="who looked; null where no name is known")
    roles: tuple[str, ...] = Field(description="what they were then", examples=[("nurse",)])
    what: Sentence
    seen: bool = Field(description="false where it was tried and refused")
    reason: str | None = Field(description="what they gave as their reason, in an emergency")


class LooksView(BaseModel):
    """A page, the newest first. `before` leads to the next page; null where there is none."""

    looks: tuple[LookView, ...]
    before: int | None
