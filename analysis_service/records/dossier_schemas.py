"""A dossier as the routes take and give it: what home monitoring needs to know of somebody, and no more."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from analysis_service.records.tables import TIME_ZONE

Line = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Prose = Annotated[str, Field(max_length=4_000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")]
"""Several lines, with tabs."""
FIRST_YEAR = 1900
ZONES = available_timezones()


def _require_day(text: str) -> str:
    try:
        day = date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) else None
    except ValueError:
        day = None
    if day is None:
        raise ValueError("expected a day such as 1941-05-23, got another form")
    if day.year < FIRST_YEAR:
        raise ValueError(f"expected {FIRST_YEAR}-01-01 or later, got an earlier day")
    return text


class DossierBody(BaseModel):
    """A dossier; a PUT replaces all of it. The name stays in the database; everywhere else the pseudonym stands."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"name": "Marie Lefèvre", "birth_date": "1941-05-23", "sex": "female", "language": "fr"}
        },
    )
    name: Line
    birth_date: Annotated[str, AfterValidator(_require_day)] | None = Field(None, examples=["1941-05-23"])
    sex: Literal["female", "male", "other", "unknown"] | None = Field(None, description="administrative")
    language: Literal["en", "fr"] | None = None
    time_zone: str = Field(TIME_ZONE, max_length=64, description="of the home, a name of the IANA's")
    record_number: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")] | None = Field(
        None, description="the hospital's own"
    )
    practitioner: Line | None = Field(
        None, description="general practitioner or attending doctor, and how to reach them"
    )
    notes: Prose | None = None

    @field_validator("time_zone")
    @classmethod
    def _require_zone(cls, name: str) -> str:
        if name not in ZONES:
            raise ValueError("expected a time zone such as Europe/Paris, got another name")
        return name


class Dossier(DossierBody):
    """A dossier as saved; `ended_ms` is when the stay at home ended."""

    model_config = ConfigDict(extra="ignore", from_attributes=True)
    patient: str = Field(description="a random pseudonym", examples=["p3f9c1d204be7a65f"])
    version: int
    created_ms: int
    ended_ms: int | None
    ended_by: str | None
    ended_reason: str | None


class StayEnd(BaseModel):
    """Why the stay at home ends."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "moved to a nursing home"}})
    reason: Line
