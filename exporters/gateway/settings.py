"""Settings of the gateway's processes, from the environment (CHEVET_*), refused at the start with one sentence each."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import Field, FilePath, PositiveFloat, PositiveInt, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from chevet.errors import ChevetError
from exporters.gateway import addresses, room
from exporters.gateway.forms import Address, Amqp, Http, Name, Names, Number, Processes, Radio, Urls

PREFIX = "CHEVET_"


class BadSettings(ChevetError):
    """One or more settings cannot be; a sentence each, in lines."""


PROCESSES = "intake=127.0.0.1:9801,urgent=127.0.0.1:9802,uplink=127.0.0.1:9803,agent=127.0.0.1:9804"
_PROCESSES_DESCRIPTION = "the processes that run here, as process=host:port of their /metrics between commas"


class GatewaySettings(BaseSettings):
    """What every process of a gateway needs. A field's description is also what its sentence says was expected."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, env_ignore_empty=True)
    ports: ClassVar[tuple[str, ...]] = ("metrics_address",)
    """The fields that hold an address to listen on."""

    gateway: Name = Field(description="the gateway's id, such as g01")
    state_dir: Path = Field(description="a folder of its own for the state of this gateway")


class BusSettings(GatewaySettings):
    """What every process on the bus needs besides. Each of them declares all queues, and so knows their bounds."""

    broker_url: Amqp = Field(description="amqp://user:password@host:port/vhost")
    disk_bytes: PositiveInt = Field(room.GIGABYTE, description="bytes of disk that this gateway may use")
    uplink_max_bytes: PositiveInt = Field(
        default_factory=room.share_of("uplink_max_bytes"),
        description="bytes of readings that the queue uplink may hold",
    )


class IntakeSettings(BusSettings):
    """Of `intake`."""

    metrics_address: Address = Field("127.0.0.1:9801", description="host:port of its own /metrics")
    spool_max_bytes: PositiveInt = Field(
        default_factory=room.share_of("spool_max_bytes"), description="bytes that the spool's file may have"
    )
    spool_fold_bytes: PositiveInt = Field(
        default_factory=room.half_of("spool_max_bytes"),
        description="bytes of the spool, fewer than it may have, beyond which it is folded",
    )

    @field_validator("spool_fold_bytes")
    @classmethod
    def _require_before_full(cls, fold: int, info: ValidationInfo) -> int:
        if fold >= info.data.get("spool_max_bytes", fold + 1):
            raise ValueError(f"expected fewer than {PREFIX}SPOOL_MAX_BYTES, {info.data['spool_max_bytes']}, got {fold}")
        return fold


class RadioSettings(IntakeSettings):
    """Of `radio`."""

    metrics_address: Address = Field("127.0.0.1:9805", description="host:port of its own /metrics")
    radio: Radio = Field(description="ezsp:///dev/ttyUSB0, znp:///dev/ttyUSB0 or simulated://127.0.0.1:port")
    radio_names: Names = Field({}, description="00:12:4b:00:01:02:03:04=name between commas, what readings call them")
    radio_permit_seconds: int = Field(120, ge=1, le=254, description="seconds, 1 to 254, that SIGUSR1 opens the net")


class UrgentSettings(BusSettings):
    """Of `urgent`."""

    metrics_address: Address = Field("127.0.0.1:9802", description="host:port of its own /metrics")
    server_url: Http = Field(description="http:// or https:// of the analysis service")
    credentials_file: FilePath = Field(description="an existing file of JSON {token_url, client_id, client_secret}")
    sheet_key_file: FilePath = Field(description="an existing file with the Ed25519 public key in PEM")
    sms_urls: Urls = Field(
        (),
        description="URLs between commas: gammu:///folder/of/gammu-smsdrc for a modem, or of Apprise, such as "
        "json://127.0.0.1:8080/sms?:to={number}; {number} is replaced",
    )
    local_number: Number = Field(None, description="a telephone number such as +33612345678")
    local_language: Literal["en", "fr"] = Field("en", description="en or fr")
    timezone: ZoneInfo = Field(ZoneInfo("UTC"), description="the house's time zone, such as Europe/Paris")


class UplinkSettings(BusSettings):
    """Of `uplink`."""

    metrics_address: Address = Field("127.0.0.1:9803", description="host:port of its own /metrics")
    server_url: Http = Field(description="http:// or https:// of the analysis service")
    credentials_file: FilePath = Field(description="an existing file of JSON {token_url, client_id, client_secret}")
    mode: Literal["push", "pull"] = Field("push", description="push or pull")
    batch_seconds: PositiveFloat = Field(5.0, description="seconds that a sample may wait for its batch to fill")
    latest_seconds: PositiveFloat = Field(5.0, description="seconds between two posts of the newest readings")
    journal_max_bytes: PositiveInt = Field(
        default_factory=room.share_of("journal_max_bytes"),
        description="bytes that the journal may use before uplink pauses",
    )
    journal_max_samples: PositiveInt = Field(200_000, description="samples that may wait before uplink pauses")
    away_seconds: PositiveFloat = Field(600.0, description="seconds without the service before uplink pauses")


class ExporterSettings(GatewaySettings):
    """Of `exporter`."""

    ports: ClassVar[tuple[str, ...]] = ("exporter_address",)

    exporter_address: Address = Field("127.0.0.1:9800", description="host:port where Prometheus scrapes")
    exporter_token_file: FilePath = Field(description="an existing file with the bearer token")
    mode: Literal["push", "pull"] = Field("pull", description="push or pull")
    processes: Processes = Field(PROCESSES, description=_PROCESSES_DESCRIPTION, validate_default=True)


class AgentSettings(BusSettings):
    """Of `agent`."""

    metrics_address: Address = Field("127.0.0.1:9804", description="host:port of its own /metrics")
    server_url: Http = Field(description="http:// or https:// of the analysis service")
    credentials_file: FilePath = Field(description="an existing file of JSON {token_url, client_id, client_secret}")
    mode: Literal["push", "pull"] = Field("push", description="push or pull; in pull the exporter shows the metrics")
    processes: Processes = Field(PROCESSES, description=_PROCESSES_DESCRIPTION, validate_default=True)
    heartbeat_seconds: PositiveFloat = Field(60.0, description="seconds between two heartbeats")


AnySettings = TypeVar("AnySettings", bound=GatewaySettings)


def read(kind: type[AnySettings]) -> AnySettings:
    """The settings in the environment; makes the state folder, and sees that the ports are free. Raises ChevetError."""
    try:
        settings = kind.model_validate({})
    except ValidationError as error:
        # What could not be derived from a setting that was refused is no mistake of its own.
        refused = [detail for detail in error.errors() if detail["type"] != "default_factory_not_called"]
        lines = [_sentence(kind, detail) for detail in refused]
        raise BadSettings("\n".join(lines), field=lines[0].partition(":")[0]) from None
    _make_state_dir(settings.state_dir)
    for port in kind.ports:
        addresses.require_free(PREFIX + port.upper(), getattr(settings, port))
    return settings


def _make_state_dir(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch(mode=0o600)
        probe.unlink(missing_ok=True)  # another process of this gateway may have been as quick
    except OSError as error:
        setting = f"{PREFIX}STATE_DIR"
        raise BadSettings(f"{setting}: expected a folder to write in, got {folder} ({error.strerror})") from None


def _sentence(kind: type[GatewaySettings], detail: ErrorDetails) -> str:
    name = str(detail["loc"][0])
    raised = detail.get("ctx", {}).get("error")
    if isinstance(raised, ValueError):
        return f"{PREFIX}{name.upper()}: {raised}"
    got = "nothing" if detail["type"] == "missing" else repr(detail["input"])
    return f"{PREFIX}{name.upper()}: expected {kind.model_fields[name].description}, got {got}"
