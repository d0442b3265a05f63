"""What the routes of values give. None of it holds what its reader may not see."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from analysis_service.wire import Milliseconds
from chevet.general_state import Level
from chevet.severities import Kind, Severity


class Text(BaseModel):
    """One text in each language."""

    model_config = ConfigDict(from_attributes=True)
    en: str
    fr: str


class VitalView(BaseModel):
    """A vital, and its newest good value; null where none came lately."""

    vital: str = Field(examples=["heart_rate"])
    title: Text
    unit: str = Field(description="as people write it", examples=["/min"])
    value: float | None
    at_ms: Milliseconds | None = Field(description="when it was measured")
    age_s: int | None
    stale: bool = Field(description="older than it may be, or nothing came at all")
    expected: bool = Field(description="whether a device ought to send it")


class Line(BaseModel):
    """What one device said: at each of the times, over the step before it; null where it said nothing."""

    device: str
    mean: tuple[float | None, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]


class VitalSeries(BaseModel):
    """A stretch of a vital."""

    vital: str
    title: Text
    unit: str
    step_s: int
    at_ms: tuple[Milliseconds, ...]
    lines: tuple[Line, ...]


class StateView(BaseModel):
    """How somebody is, in one word, and why. No value stands in it."""

    level: Level
    reasons: tuple[Text, ...]
    taken: bool = Field(description="whether the care team looks after all that is open")
    at_ms: Milliseconds


class PlainAlert(BaseModel):
    """An alert in plain words."""

    id: str
    words: Text
    kind: Kind
    severity: Severity
    since_ms: Milliseconds
    cleared_ms: Milliseconds | None
    taken: bool = Field(description="whether somebody of the care team looks after it")
    taken_by: str | None = Field(description="who; for the patient alone")
