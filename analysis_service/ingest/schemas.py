"""Quarantined series as JSON. Values are text, as in Prometheus's own API, for JSON has no NaN."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from chevet.remote_write import Series


class SeriesBody(BaseModel):
    """A series: labels with the name among them, samples as (milliseconds, value)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "labels": [["__name__", "chevet_vital_heart_rate_per_minute"], ["device", "d1"], ["gateway", "g01"]],
                "samples": [[1_900_000_000_000, "71.5"]],
            }
        },
    )
    labels: tuple[tuple[str, str], ...]
    samples: Annotated[tuple[tuple[int, str], ...], Field(min_length=1, max_length=100_000)]

    @field_validator("samples")
    @classmethod
    def _require_numbers(cls, samples: tuple[tuple[int, str], ...]) -> tuple[tuple[int, str], ...]:
        for at, value in samples:
            try:
                float(value)
            except ValueError:
                raise ValueError(f"expected a number as text at {at}, got {value!r}") from None
        return samples

    @classmethod
    def of(cls, series: Series) -> SeriesBody:
        """The body of a series."""
        return cls(labels=series.labels, samples=tuple((at, repr(value)) for at, value in series.samples))

    def series(self) -> Series:
        """The series of the body."""
        return Series(tuple(sorted(self.labels)), tuple((at, float(value)) for at, value in self.samples))


class Quarantined(BaseModel):
    """One series set aside."""

    id: str
    gateway: str
    batch: str | None
    received_ms: int
    reason: str = Field(examples=["timestamp: expected at most 5 minutes ahead, got 2036-01-01T00:00:00.000Z"])
    field: str = Field(examples=["timestamp"])
    series: SeriesBody
    replayed_ms: int | None
    replayed_by: str | None


class Replay(BaseModel):
    """`series` in place of what came, where it needs correcting."""

    model_config = ConfigDict(extra="forbid")
    series: SeriesBody | None = None
