"""Gateways as JSON, what a gateway says of itself each minute, and the targets that Prometheus asks for."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from analysis_service.wire import Milliseconds, Name
from chevet.codes import LONGEST

LONGEST_DAYS = 36_600
MOST_ENTRIES = 64
EXAMPLE: dict[str, Any] = {
    "boot": "0b6b4f1c-6a0e-4c1b-9a7e-6b0f2a7f1d11",
    "uptime_seconds": 86_400.0,
    "versions": {"chevet": "0.1.0", "python": "3.11.2", "rabbitmq": "3.10.8"},
    "processes": {"intake": True, "urgent": True, "uplink": True},
    "queues": {"uplink": 12, "dead.uplink": 0},
    "disk": {"free_bytes": 20_000_000_000, "size_bytes": 32_000_000_000, "days_left": None},
    "battery": {"percent": 97, "mains": True},
    "clock_offset_seconds": 0.3,
    "sensors": {"oximeter": {"heard_seconds": 4.2, "battery_percent": 88}},
}

Bytes = Annotated[int, Field(ge=0, lt=2**63)]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, lt=2**53, allow_inf_nan=False)]


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


class Disk(BaseModel):
    """Where the gateway keeps its state. `days_left` by the trend of the last hours; none while it does not fill."""

    model_config = ConfigDict(extra="forbid")
    free_bytes: Bytes
    size_bytes: Bytes
    days_left: Annotated[float, Field(ge=0, le=LONGEST_DAYS, allow_inf_nan=False)] | None = None


class Battery(BaseModel):
    """The gateway's own, not its sensors'."""

    model_config = ConfigDict(extra="forbid")
    percent: Percent
    mains: bool | None = None


class Sensor(BaseModel):
    """One of the gateway's: the seconds since it was heard, to about a minute, and the charge of its battery."""

    model_config = ConfigDict(extra="forbid")
    heard_seconds: Seconds | None = None
    battery_percent: Percent | None = None


class HeartbeatBody(BaseModel):
    """What a gateway says of itself. What it cannot know at the moment is null, never a guess."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})
    boot: Name = Field(description="the machine's boot: another one says that it was started anew")
    uptime_seconds: Seconds
    versions: Annotated[dict[Name, Name], Field(max_length=MOST_ENTRIES)]
    processes: Annotated[dict[Name, bool], Field(max_length=MOST_ENTRIES)] = Field(
        description="each process, and whether it answers"
    )
    queues: Annotated[dict[Name, Annotated[int, Field(ge=0, lt=2**53)]], Field(max_length=MOST_ENTRIES)] | None = Field(
        None, description="messages ready, dead letters among them; null while the broker is away"
    )
    disk: Disk | None = None
    battery: Battery | None = Field(None, description="null where there is none")
    clock_offset_seconds: Annotated[float, Field(gt=-(2**53), lt=2**53, allow_inf_nan=False)] | None = Field(
        None, description="what the gateway's wall clock lacks to be the service's; null until it is known"
    )
    sensors: Annotated[dict[Name, Sensor], Field(max_length=MOST_ENTRIES)] = Field(default_factory=dict)


class HeartbeatView(HeartbeatBody):
    """The newest one, with the service's own time."""

    received_ms: Milliseconds


class GatewayView(GatewayBody):
    """A gateway, and how it is. One that never sent a heartbeat is not online, and since when is not known."""

    gateway: str
    online: bool = Field(description="a heartbeat came within the last three minutes")
    offline_since: Milliseconds | None = Field(description="when the newest heartbeat came of one that is not online")
    heartbeat: HeartbeatView | None
    revoked_ms: Milliseconds | None = Field(None, description="since when it gets no token any more")


class ClaimCode(BaseModel):
    """A code as it is handed out, and until when it is good."""

    gateway: str
    code: str = Field(examples=["7K3M-9QXR-2HTW"])
    expires_ms: Milliseconds


class ClaimCodeView(BaseModel):
    """A code that was handed out, without the code. `ended_ms` where another one took its place."""

    made_ms: Milliseconds
    made_by: str
    expires_ms: Milliseconds
    used_ms: Milliseconds | None
    ended_ms: Milliseconds | None


class EnrolmentBody(BaseModel):
    """The code as the installer types it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"code": "7K3M-9QXR-2HTW"}})
    code: Annotated[str, Field(min_length=1, max_length=LONGEST)]


class CredentialsView(BaseModel):
    """What a gateway's credentials file holds."""

    client_id: str = Field(examples=["gateway-g01"])
    client_secret: str
    token_url: str = Field(examples=["https://id.example.org/realms/chevet/protocol/openid-connect/token"])


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
