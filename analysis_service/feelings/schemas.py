"""Feelings as JSON: what a patient says, and what is answered."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from analysis_service.feelings.words import WORDS
from analysis_service.wire import Milliseconds, Prose

EXAMPLE: dict[str, Any] = {"word": "worse", "text": "Essoufflée dans l'escalier.", "felt_ms": 1_900_000_000_000}
MOST_TEXT = 2_000
Felt = Literal["much_worse", "worse", "same", "better", "much_better"]


class FeelingBody(BaseModel):
    """How one feels. Without `felt_ms` it is just now; of the same `id` only the first is kept."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})
    id: UUID | None = Field(None, description="the sender's own, so that a repeat is known as one")
    word: Felt = Field(description="; ".join(f"{word.key}: {' / '.join(word.said.values())}" for word in WORDS))
    text: Annotated[Prose, Field(max_length=MOST_TEXT)] | None = None
    felt_ms: Milliseconds | None = None


class ReadBy(BaseModel):
    """Who has read it, and when they first said so."""

    model_config = ConfigDict(from_attributes=True)
    name: str
    read_ms: Milliseconds


class FeelingView(BaseModel):
    """A feeling as kept. Of one that was withdrawn, those who care see that alone: no word and no text."""

    id: UUID
    patient: str
    word: Felt | None
    rank: int | None = Field(description="from 1, the worst, to 5, the best")
    said: dict[str, str] | None = Field(description="the word in each language", examples=[{"en": "worse"}])
    text: str | None
    felt_ms: Milliseconds
    saved_ms: Milliseconds
    withdrawn_ms: Milliseconds | None
    read: tuple[ReadBy, ...] = Field(description="by whom, who read it first before the others")
