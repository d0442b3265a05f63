"""What the routes of care take and give."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from analysis_service.wire import Milliseconds, Name

_NAME: dict[str, Any] = {"max_length": 200, "min_length": 1, "pattern": r"^[^\x00-\x1f\x7f]+$"}
Called = Annotated[str, Field(**_NAME)]


class Strict(BaseModel):
    """A body: nothing in it is passed over."""

    model_config = ConfigDict(extra="forbid")


class WardBody(Strict):
    """A ward as it is called."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Cardiologie 2"}})
    name: Called


class TeamBody(Strict):
    """A team as it is called, and the ward that it is of."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Soins à domicile, nord", "ward": None}})
    name: Called
    ward: Name | None = Field(None, description="all who stay on it are patients of the team too")


class MemberBody(Strict):
    """Somebody who joins; from now on, and until further notice, where nothing else is said."""

    model_config = ConfigDict(json_schema_extra={"example": {"subject": "nurse", "name": "Nadia Benali"}})
    subject: Name = Field(description="of their tokens")
    name: Called
    from_ms: Milliseconds | None = None
    until_ms: Milliseconds | None = None


class CareBody(Strict):
    """A patient whom the team will look after too."""

    model_config = ConfigDict(json_schema_extra={"example": {"patient": "p3f9c1d204be7a65f"}})
    patient: Name
    from_ms: Milliseconds | None = None


class StayBody(Strict):
    """A ward that the patient is on."""

    model_config = ConfigDict(json_schema_extra={"example": {"ward": "5f1d0c3b9a7e2468"}})
    ward: Name
    from_ms: Milliseconds | None = None
    until_ms: Milliseconds | None = None


class End(Strict):
    """Without `until_ms` it ends now."""

    model_config = ConfigDict(json_schema_extra={"example": {"until_ms": 1_900_000_000_000}})
    until_ms: Milliseconds | None = None


class View(BaseModel):
    """Made of a row."""

    model_config = ConfigDict(from_attributes=True)


class WardView(View):
    """A ward as kept."""

    id: str
    name: str
    version: int
    created_ms: Milliseconds
    created_by: str
    ended_ms: Milliseconds | None
    ended_by: str | None


class TeamView(WardView):
    """A team as kept."""

    ward: str | None


class SaidView(View):
    """What was said of a ward or a team, from when on, and by whom."""

    version: int
    saved_ms: Milliseconds
    saved_by: str
    said: dict[str, Any]


class PeriodView(View):
    """From when until when; who said so, and when."""

    id: str
    from_ms: Milliseconds
    until_ms: Milliseconds | None
    saved_ms: Milliseconds
    saved_by: str
    ended_ms: Milliseconds | None
    ended_by: str | None


class MemberView(PeriodView):
    """Somebody in a team."""

    team: str
    subject: str
    name: str


class CareView(PeriodView):
    """A team that looks after a patient."""

    team: str
    patient: str


class CarerView(CareView):
    """The same, with what the team is called."""

    name: str


class StayView(PeriodView):
    """A patient on a ward."""

    ward: str
    patient: str


class Reason(Strict):
    """Why the glass has to be broken; the patient and their team will read it."""

    model_config = ConfigDict(json_schema_extra={"example": {"reason": "fell in the corridor, does not answer"}})
    reason: Annotated[str, Field(min_length=10, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Review(Strict):
    """What a doctor of the patient's says of it."""

    model_config = ConfigDict(json_schema_extra={"example": {"verdict": "justified", "note": "an emergency"}})
    verdict: Literal["justified", "unjustified"]
    note: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00-\x1f\x7f]+$")]


class BrokenGlassView(View):
    """Who looked at a patient not in their care, why, and until when they could."""

    id: str
    patient: str
    subject: str
    name: str
    reason: str
    from_ms: Milliseconds
    until_ms: Milliseconds
    reviewed_ms: Milliseconds | None
    reviewed_by: str | None
    verdict: Literal["justified", "unjustified"] | None
    note: str | None
