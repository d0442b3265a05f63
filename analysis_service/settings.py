"""What an operator sets by CHEVET_* variables; refused at start with a sentence that names the variable."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from chevet.errors import ChevetError

PREFIX = "CHEVET_"
SQLITE = "sqlite+aiosqlite:///chevet.sqlite"
DATABASES = ("sqlite+aiosqlite", "postgresql+asyncpg")
Loaded = TypeVar("Loaded", bound=BaseSettings)


class BadSettings(ChevetError):
    """A setting is missing or cannot be."""


def _scheme_of(*allowed: str) -> AfterValidator:
    def require(url: str) -> str:
        scheme = urlsplit(url).scheme
        if scheme not in allowed or "://" not in url:
            wanted = " or ".join(f"{one}://" for one in allowed)
            raise ValueError(f"expected {wanted}, got {f'{scheme}://' if '://' in url else repr(url)}")
        return url.rstrip("/")

    return AfterValidator(require)


def _require_listen(address: str) -> str:
    host, colon, port = address.rpartition(":")
    if not (host and colon and port.isdigit() and int(port) < 65536):
        raise ValueError(f"expected host:port, got {address!r}")
    return address


def _require_readable(path: Path) -> Path:
    if not path.is_file():
        raise ValueError(f"expected a file that exists, got {str(path)!r}")
    return path


def _require_database(url: str) -> str:
    """Says nothing of what came but its scheme: what stands behind may be a password."""
    scheme, there, _ = url.partition("://")
    if not there or scheme not in DATABASES:
        wanted = " or ".join(f"{one}://" for one in DATABASES)
        raise ValueError(f"expected {wanted}, got {f'{scheme}://' if there else 'something else'}")
    try:
        make_url(url)
    except (ArgumentError, ValueError):
        raise ValueError(
            f"expected {scheme}://user:password@host:port/database, with %40 for an @ in the password, got another"
        ) from None
    return url


WebUrl = Annotated[str, _scheme_of("http", "https")]


class DatabaseSettings(BaseSettings):
    """What a command wants that runs where the rest of the service is not, such as one that restores it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    database_url: Annotated[str, AfterValidator(_require_database)] = Field(SQLITE, repr=False)
    """On PostgreSQL it may hold a password, and so it is never shown."""
    database_password_file: Annotated[Path, AfterValidator(_require_readable)] | None = None
    """In place of a password in the URL."""
    backup_key_file: Annotated[Path, AfterValidator(_require_readable)] | None = None
    """What backups are made and read with. Kept where no backup is."""

    @property
    def database(self) -> URL:
        """Where the database is, with its password from the file if there is one."""
        url = make_url(self.database_url)
        if self.database_password_file is None:
            return url
        return url.set(password=self.database_password_file.read_text(encoding="utf-8").strip())


class Settings(DatabaseSettings):
    """Settings of the service. The bounds of the guard are here so that a large ward can be let through."""

    workers: int = Field(default=1, ge=1, le=64)
    """Processes on the one address."""
    remote_write_url: WebUrl = "http://127.0.0.1:9090/api/v1/write"
    query_url: WebUrl = "http://127.0.0.1:9090"
    jwks_url: Annotated[str, _scheme_of("http", "https", "file")]
    token_issuer: str = Field(min_length=1)
    token_audience: str = Field(default="chevet", min_length=1)
    sheet_signing_key_file: Annotated[Path, AfterValidator(_require_readable)]
    audit_key_file: Annotated[Path, AfterValidator(_require_readable)]
    """Kept where whoever holds the database cannot read it."""
    audit_anchor_file: Path
    """Kept where whoever can write to the database cannot: the end of the audit stands there."""
    traces_url: WebUrl | None = None
    """A collector of OTLP over HTTP; without it and OTEL_EXPORTER_OTLP_ENDPOINT nothing is traced."""
    listen: Annotated[str, AfterValidator(_require_listen)] = "127.0.0.1:8000"
    public_url: WebUrl | None = None
    """Where people reach the service, if that is another address than the one it listens on."""

    oidc_issuer: WebUrl | None = None
    """With the three that follow, people can sign in in a browser; without, tokens alone let in."""
    oidc_client_id: Annotated[str, Field(min_length=1)] | None = None
    oidc_client_secret_file: Annotated[Path, AfterValidator(_require_readable)] | None = None
    session_key_file: Annotated[Path, AfterValidator(_require_readable)] | None = None
    trusted_proxies: str = ""
    """Addresses of proxies, or networks, parted by commas, that are believed about who stands before them."""
    requests_per_second: float = Field(default=50.0, gt=0)
    """Of one person, in each worker; for a moment twenty times as many."""
    machine_requests_per_second: float = Field(default=200.0, gt=0)
    """Of one program; what gateways write is not counted."""
    stranger_requests_per_second: float = Field(default=20.0, gt=0)
    """From one address, of whoever says not who they are."""
    bad_credentials_per_second: float = Field(default=1.0, gt=0)
    """From one address; the good ones that come from there are not refused for it."""
    session_idle_seconds: float = Field(default=1800.0, gt=0)
    session_seconds: float = Field(default=12 * 3600.0, gt=0)
    """Signed in for that long at most, however busy."""

    keycloak_url: WebUrl | None = None
    """With the secret, gateways are enrolled by their claim codes; without, their credentials come by another way."""
    keycloak_realm: str = Field(default="chevet", min_length=1)
    keycloak_client_id: str = Field(default="provisioner", min_length=1)
    keycloak_secret_file: Annotated[Path, AfterValidator(_require_readable)] | None = None

    assignment_lead_seconds: float = 30.0
    """Below zero only where simulated patients need a past: a demo, a test."""
    devices_per_gateway: int = Field(default=64, ge=1)
    series_per_request: int = Field(default=20_000, ge=1)
    fields_per_request: int = Field(default=500_000, ge=1)
    """Of protobuf: sixteen for a series with one sample. What bounds the time that one request can take."""
    requests_per_gateway: int = Field(default=8, ge=1)
    """Under way at once. A gateway itself sends two or three."""
    quarantine_bytes_per_gateway: int = Field(default=2**30, ge=1)
    """What one gateway may have set aside: it must not fill the disk that keeps everybody's alerts."""
    compressed_bytes: int = Field(default=4 * 2**20, ge=1024)
    uncompressed_bytes: int = Field(default=8 * 2**20, ge=1024)
    store_timeout_seconds: float = Field(default=10.0, gt=0)

    @property
    def host_and_port(self) -> tuple[str, int]:
        """Where to listen."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)


def load(**given: Any) -> Settings:
    """The environment's settings, `given` ones before them. Raises BadSettings, a sentence for each wrong variable."""
    return _loaded(Settings, given)


def load_database(**given: Any) -> DatabaseSettings:
    """The same of those that name the database and the key of backups alone."""
    return _loaded(DatabaseSettings, given)


def _loaded(kind: type[Loaded], given: dict[str, Any]) -> Loaded:
    try:
        return kind(**given)
    except ValidationError as error:
        raise BadSettings("\n".join(_sentence(one) for one in error.errors())) from None


def _sentence(error: object) -> str:
    """«CHEVET_REMOTE_WRITE_URL: expected http:// or https://, got amqp://». What may hold a password shows none."""
    assert isinstance(error, dict)  # noqa: S101 - pydantic's errors are typed dicts
    variable = PREFIX + str(error["loc"][0]).upper()
    if error["type"] == "missing":
        return f"{variable}: expected a value, got none"
    message = str(error["msg"]).removeprefix("Value error, ")
    if message.startswith("expected "):
        return f"{variable}: {message}"
    return f"{variable}: {message[0].lower()}{message[1:]}, got {error['input']!r}"
