"""Gateways as JSON, and the targets that Prometheus asks for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class GatewayBody(BaseModel):
    """How a gateway's series come: it pushes them, or Prometheus scrapes `address` (host:port)."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"mode": "pull", "address": "10.1.0.7:9800"}}
    )
    mode: Literal["push", "pull"]
    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9.\-\[\]:]+:[0-9]{1,5}$", max_length=255)] | None = None

    @model_validator(mode="after")
    def _require_address_for_pull(self) -> GatewayBody:
        if (self.mode == "pull") != (self.address is not None):
            raise ValueError("address: expected one for pull, and none for push")
        return self


class GatewayView(GatewayBody):
    """A registered gateway."""

    gateway: str


class TargetGroup(BaseModel):
    """One entry of Prometheus's http_sd."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "targets": ["10.1.0.7:9800"],
                "labels": {"gateway": "g02", "patient": "p3f9c1d204be7a65f", "__param_from": "1900000000000"},
            }
        }
    )
    targets: list[str]
    labels: dict[str, str]
