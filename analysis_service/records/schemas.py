"""What the records' routes take and give."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from analysis_service.wire import Milliseconds, Name
from chevet.vitals import BY_KEY, DEVICE_VITALS

EVERY_DEVICE_VITAL = tuple(vital.key for vital in DEVICE_VITALS)
MOST_DEVICES = 1_000
"""Set at once; no house has so many, and a ward has a gateway to each bed."""


class Patient(BaseModel):
    """A patient as those with the right see one."""

    patient: str = Field(description="a random pseudonym", examples=["p3f9c1d204be7a65f"])
    name: str


class Change(BaseModel):
    """A field that is not what it was; null where it was not there."""

    before: Any
    after: Any


class EditionView(BaseModel):
    """Who saved an edition, when, and what they changed."""

    version: int
    at_ms: int
    by: str = Field(description="the subject of who saved it")
    by_name: str
    changed: dict[str, Change]


class NewAssignment(BaseModel):
    """Without `from_ms` it begins as soon as it may."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"patient": "p3f9c1d204be7a65f", "from_ms": 1_900_000_000_000}}
    )
    patient: Name
    from_ms: Milliseconds | None = None
    until_ms: Milliseconds | None = None


class AssignmentEnd(BaseModel):
    """Without `until_ms` it ends as soon as it may."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"until_ms": 1_900_000_000_000}})
    until_ms: Milliseconds | None = None


class AssignmentView(BaseModel):
    """An assignment as saved. Of somebody else's patient it says no more than that the gateway is taken meanwhile."""

    id: str | None
    gateway: str
    patient: str | None
    from_ms: int
    until_ms: int | None
    version: int | None = Field(description="what If-Match names to end it")


class UnassignedGateway(BaseModel):
    """A gateway that stands with nobody; `offline_since` is null for one that is there, or was never heard of."""

    gateway: str
    online: bool
    offline_since: int | None


class ContactView(BaseModel):
    """Whom to call: lower `order` first. `signals` are the vitals whose values this person may read."""

    model_config = ConfigDict(extra="forbid")
    number: Annotated[str, Field(examples=["+33612345678"])]
    language: Literal["en", "fr"]
    order: Annotated[int, Field(ge=1, le=99)]
    signals: tuple[str, ...] = Field(default=(), examples=[["heart_rate", "oxygen_saturation"]])

    @field_validator("number")
    @classmethod
    def _require_e164(cls, number: str) -> str:
        digits = number.removeprefix("+")
        if not (number.startswith("+") and digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 15):
            raise ValueError("expected E.164 such as +33612345678")
        if digits.startswith("0"):
            raise ValueError("expected E.164, which begins with a country code, not with 0")
        return number

    @field_validator("signals")
    @classmethod
    def _require_vitals(cls, signals: tuple[str, ...]) -> tuple[str, ...]:
        return require_vitals(signals)


class Contacts(BaseModel):
    """All contacts of a patient; a PUT replaces them."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "contacts": [{"number": "+33612345678", "language": "fr", "order": 1, "signals": ["heart_rate"]}]
            }
        },
    )
    contacts: Annotated[tuple[ContactView, ...], Field(max_length=20)]

    @field_validator("contacts")
    @classmethod
    def _require_one_order(cls, contacts: tuple[ContactView, ...]) -> tuple[ContactView, ...]:
        if len({contact.order for contact in contacts}) < len(contacts):
            raise ValueError("expected each order once")
        return tuple(sorted(contacts, key=lambda contact: contact.order))


class Devices(BaseModel):
    """Devices of a gateway, and the vitals that each ought to send; a PUT replaces them."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"devices": {"oximeter": ["heart_rate", "oxygen_saturation"]}}}
    )
    devices: dict[Name, tuple[str, ...]]

    @field_validator("devices")
    @classmethod
    def _require_vitals(cls, devices: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for vitals in devices.values():
            require_vitals(vitals)
        return devices


class NewDevices(Devices):
    """Devices as they are set: all of it is written at once, and nobody else writes meanwhile."""

    devices: Annotated[dict[Name, tuple[str, ...]], Field(max_length=MOST_DEVICES)]


class SignedSheet(BaseModel):
    """The sheet as a compact JWS, signed EdDSA."""

    sheet: str = Field(examples=["eyJhbGciOiJFZERTQSJ9.eyJnYXRld2F5IjoiZzAxIn0.c2ln"])


def require_vitals(keys: tuple[str, ...]) -> tuple[str, ...]:
    """`keys`, once each and in the catalogue's order. Raises ValueError with the one that is no vital."""
    for key in keys:
        if key not in BY_KEY:
            raise ValueError(f"expected vitals such as {EVERY_DEVICE_VITAL[0]}, got {key!r}")
    return tuple(key for key in BY_KEY if key in keys)
