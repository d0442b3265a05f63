"""What the routes of consent take and give."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from analysis_service.wire import Milliseconds, Name
from chevet.codes import LONGEST
from chevet.consent import SIGNALS, ordered

CODE = "7K3M-9QXR-2HTW"
Signals = Annotated[
    tuple[str, ...],
    Field(min_length=1, max_length=2 * len(SIGNALS), examples=[["heart_rate", "state"]]),
    AfterValidator(ordered),
]
PhoneNumber = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$", description="E.164", examples=["+33612345678"])]


class Invitation(BaseModel):
    """A code for the patient, to be handed to nobody else. It is shown once: only its digest is kept."""

    code: str = Field(examples=[CODE])
    expires_ms: Milliseconds


class NewConsent(BaseModel):
    """Whom the patient lets see what. `number` is where they are called, where their SMS may say as much."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"relative": "Zoé", "signals": ["heart_rate", "state"], "number": "+33612345678"}
        },
    )
    relative: Name
    signals: Signals
    number: PhoneNumber | None = None


class NewSignals(BaseModel):
    """What the relative may see from now on, and nothing else."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"signals": ["heart_rate", "alerts"]}})
    signals: Signals


class ConsentEdition(BaseModel):
    """What was granted from when until when."""

    model_config = ConfigDict(from_attributes=True)
    signals: tuple[str, ...]
    from_ms: Milliseconds
    until_ms: Milliseconds | None


class ConsentView(BaseModel):
    """A consent and its history. `signals` are those of now: none once it is revoked."""

    id: str
    patient: str
    relative: str
    number: str | None
    version: int
    signals: tuple[str, ...]
    granted_ms: Milliseconds
    redeemed_ms: Milliseconds | None = Field(description="when the relative redeemed the code")
    revoked_ms: Milliseconds | None
    history: tuple[ConsentEdition, ...]


class GrantedConsent(BaseModel):
    """A new consent, and the code by which the relative takes it up."""

    consent: ConsentView
    invitation: Invitation


class Claim(BaseModel):
    """A code as it was typed: letter case, spaces and dashes do not matter."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"code": CODE}})
    code: Annotated[str, Field(min_length=1, max_length=LONGEST)]


class Claimed(BaseModel):
    """What the caller has now: their own dossier, or what the patient lets them see."""

    what: Literal["dossier", "consent"]
    patient: str
    signals: tuple[str, ...] = Field(description="of a consent; of one's own dossier everything may be seen")
