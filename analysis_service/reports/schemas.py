"""Reports as JSON: what an author writes, what was signed, and what a patient may read."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from analysis_service.reports.typefaces import composed, not_shown
from analysis_service.wire import Milliseconds, Prose
from chevet.vitals import DEVICE_VITALS

DAY_MS = 24 * 3600 * 1000
MOST_CHARTED_MS = 92 * DAY_MS
LEAST_CHARTED_MS = 60_000
MOST_CHARTS, MOST_SECTIONS, MOST_TITLE, MOST_REASON, MOST_TEXT = 12, 40, 200, 1_000, 20_000
MOST_IN_ALL = 100_000
"""Characters of all sections: some fifty pages."""
CHARTED: tuple[str, ...] = tuple(vital.key for vital in DEVICE_VITALS if vital.interval is not None)
"""What comes at its intervals; a fall is no line."""
EXAMPLE: dict[str, Any] = {
    "title": "Suivi à domicile",
    "language": "fr",
    "sections": [{"heading": "Motif", "text": "Essoufflement à l'effort depuis trois jours."}],
    "charts": [{"vital": "heart_rate", "from_ms": 1_790_000_000_000, "until_ms": 1_790_086_400_000}],
}
RECALL: dict[str, Any] = {"reason": "le dosage est faux"}


def _require_letters(text: str) -> str:
    found = not_shown(text)
    if found is not None:
        raise ValueError(f"expected characters that the document can show, got U+{ord(found):04X}")
    if not text.strip():
        raise ValueError("expected text, got blanks alone")
    return composed(text)


_Shown = AfterValidator(_require_letters)
_ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+$"
Title = Annotated[str, Field(min_length=1, max_length=MOST_TITLE, pattern=_ONE_LINE), _Shown]
Reason = Annotated[str, Field(min_length=1, max_length=MOST_REASON, pattern=_ONE_LINE), _Shown]
Written = Annotated[Prose, Field(max_length=MOST_TEXT), _Shown]


class Section(BaseModel):
    """A part of the text. Whatever looks like markup is text."""

    model_config = ConfigDict(extra="forbid")
    heading: Title | None = None
    text: Written


class Chart(BaseModel):
    """A vital from one time until another: what of it is stored is read when the report is signed."""

    model_config = ConfigDict(extra="forbid")
    vital: str = Field(description=", ".join(CHARTED), examples=["heart_rate"])
    from_ms: Milliseconds
    until_ms: Milliseconds

    @field_validator("vital")
    @classmethod
    def _require_vital(cls, vital: str) -> str:
        if vital not in CHARTED:
            raise ValueError(f"expected {', '.join(CHARTED)}, got another")
        return vital

    @field_validator("until_ms")
    @classmethod
    def _require_stretch(cls, until: int, info: ValidationInfo) -> int:
        since = info.data.get("from_ms")
        if since is not None and not LEAST_CHARTED_MS <= until - since <= MOST_CHARTED_MS:
            raise ValueError("expected from a minute to 92 days after from_ms, got another time")
        return until


class DraftBody(BaseModel):
    """A draft; a PUT replaces all of it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})
    title: Title
    language: Literal["en", "fr"]
    sections: Annotated[tuple[Section, ...], Field(max_length=MOST_SECTIONS)] = ()
    charts: Annotated[tuple[Chart, ...], Field(max_length=MOST_CHARTS)] = ()

    @field_validator("sections")
    @classmethod
    def _require_bounded(cls, sections: tuple[Section, ...]) -> tuple[Section, ...]:
        characters = sum(len(section.text) + len(section.heading or "") for section in sections)
        if characters > MOST_IN_ALL:
            raise ValueError(f"expected at most {MOST_IN_ALL} characters in all, got {characters}")
        return sections


class Amendment(BaseModel):
    """Why a version is amended. The draft begins with what that version says."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "dose corrigée"}})
    reason: Reason


class Recall(BaseModel):
    """Why the patient is to read it no more; it is shown to them."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": RECALL})
    reason: Reason


class DraftView(BaseModel):
    """A draft, as its author alone sees it. An amendment names its report, the version it amends, and why."""

    id: str = Field(examples=["0f3a9c1d204be7a6"])
    patient: str
    title: str
    language: Literal["en", "fr"]
    sections: tuple[Section, ...]
    charts: tuple[Chart, ...]
    report: str | None
    amends: int | None
    reason: str | None
    version: int = Field(description="what If-Match names")
    created_ms: Milliseconds
    changed_ms: Milliseconds


class ReleaseView(BaseModel):
    """That the patient may read it, or might until it was recalled."""

    released_ms: Milliseconds
    released_by: str
    recalled_ms: Milliseconds | None
    recalled_by: str | None
    recall_reason: str | None


class VersionView(BaseModel):
    """A signed version, without its text. `newer` amend it; a patient is told of those that they may read."""

    report: str = Field(examples=["5d1c0a9be7a60f3a"])
    number: int = Field(examples=[1])
    patient: str
    title: str
    language: Literal["en", "fr"]
    author: str = Field(description="the name of who signed")
    signed_ms: Milliseconds
    amends: int | None
    reason: str | None = Field(description="why it amends that version")
    newer: tuple[int, ...]
    state: Literal["signed", "released", "recalled"]
    releases: tuple[ReleaseView, ...] = Field(description="the newest first")
    inputs_sha256: str
    pdf_sha256: str
    renderer: str = Field(description="what made the document of the inputs")


class VersionDetail(VersionView):
    """A version with all that was signed: what the document says, and what its charts were drawn of."""

    inputs: dict[str, Any]
