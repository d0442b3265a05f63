"""A batch of Alertmanager's webhook, version 4: each alert judged alone, so that one that is wrong spoils no other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from analysis_service.alerts.notified import Notice, NotifiedAlert
from analysis_service.wire import Milliseconds

EXAMPLE: dict[str, Any] = {
    "version": "4",
    "receiver": "chevet",
    "status": "firing",
    "alerts": [
        {
            "status": "firing",
            "labels": {
                "alertname": "ChevetOxygenSaturationLowHigh",
                "rule": "oxygen_saturation.low",
                "kind": "clinical",
                "severity": "high",
                "patient": "p3f9c1d204be7a65f",
            },
            "annotations": {"summary": "oxygen saturation 84 % (limit ≤ 88 %)"},
            "startsAt": "2030-03-17T17:46:40Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "fingerprint": "9f86d081884c7d65",
        }
    ],
}
LONGEST_NAME = 100
MOST = 20_000
"""More than there is room for in a body, but for what is no alert."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An alert that cannot be kept: its place in the batch, what it is called, and why."""

    place: int
    name: str
    field: str
    reason: str

    @property
    def path(self) -> str:
        """The field as it stands in the body: `alerts[3].startsAt`."""
        return f"alerts[{self.place}].{self.field}".rstrip(".")


class WebhookBody(BaseModel):
    """A batch. Its alerts are judged one by one, and so are anything here."""

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})
    version: Literal["4"]
    alerts: Annotated[list[Any], Field(max_length=MOST)]
    truncatedAlerts: int = Field(0, ge=0, description="how many more there were than the receiver takes")


class RefusedPlace(BaseModel):
    """An alert of this batch that was set aside."""

    field: str = Field(examples=["alerts[3].startsAt"])
    detail: str


class WebhookAnswer(BaseModel):
    """What became of a batch. Alertmanager asks no more; what was refused is listed for those who make the rules."""

    kept: int
    watchdogs: int
    refused: tuple[RefusedPlace, ...]


class RefusedAlert(BaseModel):
    """What was set aside, and how often: a rule is wrong, or who sends is none of ours."""

    model_config = ConfigDict(from_attributes=True)
    name: str = Field(description="as the label alertname says", examples=["ChevetOxygenSaturationLowHigh"])
    field: str = Field(examples=["startsAt"])
    reason: str
    times: int
    first_ms: Milliseconds
    last_ms: Milliseconds


def judged(body: WebhookBody) -> tuple[list[Notice], list[Refused]]:
    """What can be kept of a batch, and what cannot."""
    notices: list[Notice] = []
    refused: list[Refused] = []
    for place, raw in enumerate(body.alerts):
        try:
            notices.append(NotifiedAlert.model_validate(raw).notice)
        except ValidationError as error:
            refused.append(_refused(place, raw, error))
    return notices, refused


def _refused(place: int, raw: Any, error: ValidationError) -> Refused:
    first = error.errors(include_url=False, include_input=False)[0]
    said = str(first["msg"]).removeprefix("Value error, ")
    reason = "expected a value, got none" if first["type"] == "missing" else said[0].lower() + said[1:]
    return Refused(place=place, name=_name(raw), field=".".join(map(str, first["loc"])), reason=reason)


def _name(raw: Any) -> str:
    """What the alert is called, as far as that can be read."""
    labels = raw.get("labels") if isinstance(raw, dict) else None
    name = labels.get("alertname") if isinstance(labels, dict) else None
    return "".join(letter for letter in str(name or "")[:LONGEST_NAME] if letter.isprintable())
