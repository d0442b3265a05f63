"""Measurements as JSON: what a nurse enters, and what is answered."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from analysis_service.wire import Milliseconds, Prose
from chevet.units import CONVERSIONS, convert
from chevet.vitals import BY_KEY

MEASURED = (
    "heart_rate",
    "oxygen_saturation",
    "respiratory_rate",
    "body_temperature",
    "systolic_pressure",
    "diastolic_pressure",
    "glucose_finger",
    "weight",
)
"""What a person takes with an instrument, or by counting. Not glucose of a sensor, not activity, no fall."""
UNITS = {key: (BY_KEY[key].unit, *(sent for sent, kept in CONVERSIONS if kept == BY_KEY[key].unit)) for key in MEASURED}
"""What each may be said in, the unit of its metric first."""
Method = Annotated[Prose, Field(max_length=100, examples=["cuff, left arm, seated"])]
Note = Annotated[Prose, Field(max_length=1000)]
Reason = Annotated[Prose, Field(max_length=500)]
State = Literal["waiting", "stored", "withheld", "refused"]
EXAMPLE: dict[str, Any] = {
    "values": [{"vital": "systolic_pressure", "value": 128}, {"vital": "diastolic_pressure", "value": 79}],
    "measured_ms": 1_900_000_000_000,
    "method": "cuff, left arm, seated",
}


class ValueBody(BaseModel):
    """One value, in `unit` or else that of the vital's metric."""

    model_config = ConfigDict(extra="forbid")
    vital: str = Field(description=", ".join(MEASURED))
    unit: Annotated[str, Field(max_length=16, description="UCUM, such as kg")] | None = None
    value: Annotated[float, Field(allow_inf_nan=False)]

    @field_validator("vital")
    @classmethod
    def _require_vital(cls, vital: str) -> str:
        if vital not in MEASURED:
            raise ValueError(f"expected {', '.join(MEASURED)}, got another")
        return vital

    @field_validator("unit")
    @classmethod
    def _require_unit(cls, unit: str | None, info: ValidationInfo) -> str | None:
        known = UNITS.get(info.data.get("vital", ""))
        if unit is not None and known is not None and unit not in known:
            raise ValueError(f"expected {' or '.join(known)}, got another")
        return unit

    @model_validator(mode="after")
    def _require_plausible(self) -> ValueBody:
        row = BY_KEY[self.vital]
        if not row.is_plausible(self.kept):
            raise ValueError(f"expected {self.vital} within {row.plausible} {row.unit}, got {self.kept:g}")
        return self

    @property
    def kept(self) -> float:
        """The value in the unit of the vital's metric."""
        row = BY_KEY[self.vital]
        return convert(self.value, sent=self.unit or row.unit, kept=row.unit)


class MeasurementBody(BaseModel):
    """Values taken together. Without `measured_ms` it was just now; `id` is the sender's own, so that it is one.

    A correction names the wrong one in `corrects`, which is struck for the `reason`.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})
    id: UUID | None = None
    values: Annotated[tuple[ValueBody, ...], Field(min_length=1, max_length=len(MEASURED))]
    measured_ms: Milliseconds | None = None
    method: Method | None = None
    note: Note | None = None
    corrects: UUID | None = None
    reason: Reason | None = None

    @field_validator("values")
    @classmethod
    def _require_sense(cls, values: tuple[ValueBody, ...]) -> tuple[ValueBody, ...]:
        known = {one.vital: one.kept for one in values}
        if len(known) < len(values):
            raise ValueError("expected each vital once")
        if known.get("systolic_pressure", 1_000) <= known.get("diastolic_pressure", 0):
            raise ValueError("expected a systolic pressure above the diastolic one")
        return values

    @model_validator(mode="after")
    def _require_reason(self) -> MeasurementBody:
        if (self.corrects is None) is not (self.reason is None):
            raise ValueError("expected corrects and reason together, or neither")
        return self


class Strike(BaseModel):
    """Why a measurement is wrong."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "of the patient next door"}})
    reason: Reason


class ValueView(BaseModel):
    """A value as kept. `series` is how far it is: waiting, stored, withheld for it was struck first, or refused."""

    vital: str
    value: float
    unit: str
    series: State
    series_ms: int = Field(description="its time in the series: a correction's is that of the wrong one and 1 ms")
    refusal: str | None = Field(description="why neither guard nor store would have it")


class MeasurementView(BaseModel):
    """A measurement as kept. `sent` where nothing of it waits for the store."""

    id: str
    patient: str
    values: list[ValueView]
    measured_ms: int
    method: str | None
    note: str | None
    entered_by: str
    saved_ms: int
    sent: bool
    corrects: str | None
    corrected_by: str | None
    struck_ms: int | None
    struck_by: str | None
    struck_reason: str | None
    says: str | None = Field(description="of what was struck: what that means for the series")
