"""What differs between installations: where the service, mail and operations' webhook are, and who is on call."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from alert_rules.rows import LANGUAGES
from chevet.errors import BadRow, expected

CLIENT = "alertmanager"
"""As whom Alertmanager logs in at the service."""
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
"""As every mail server takes it: whoever has none that is written so would never be told, and nobody would know."""
_SMARTHOST = re.compile(r"(?:[^\s:/@\[\]]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody of operations who is on call, and the language of their mails."""

    address: str
    language: str

    def __post_init__(self) -> None:
        _require_address(self.address, "address")
        if self.language not in LANGUAGES:
            raise BadRow(expected("language", " or ".join(LANGUAGES), self.language), field="language")


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """The server that takes our mails. With a `user` its password is the file `smtp.password` of the secrets."""

    smarthost: str
    sender: str
    require_tls: bool = True
    user: str = ""

    def __post_init__(self) -> None:
        found = _SMARTHOST.fullmatch(self.smarthost)
        if not found or not 0 < int(found[1]) < 65_536:
            raise BadRow(expected("smarthost", "host:port", self.smarthost), field="smarthost")
        _require_address(self.sender, "sender")
        if self.user and not self.require_tls:
            raise BadRow(expected("require_tls", "true where a password is sent", False), field="require_tls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """The ways of one installation. `operations_webhook` is None where there is none; it must hold no secret.

    `operations_token` says that it wants the bearer token in the file `operations.token` of the secrets.
    """

    service: str
    token_url: str
    secrets: PurePosixPath
    smtp: Smtp | None = None
    people: tuple[Person, ...] = ()
    operations_webhook: str | None = None
    operations_token: bool = False

    def __post_init__(self) -> None:
        _require_http(self.service, "service")
        _require_http(self.token_url, "token_url")
        if not self.secrets.is_absolute():
            raise BadRow(expected("secrets", "an absolute directory", str(self.secrets)), field="secrets")
        if self.operations_webhook is not None:
            _require_http(self.operations_webhook, "operations_webhook")
        if self.people and self.smtp is None:
            raise BadRow(expected("smtp", "a mail server where people are on call", None), field="smtp")

    @property
    def client_secret_file(self) -> PurePosixPath:
        return self.secrets / "clients" / f"{CLIENT}.secret"

    @property
    def smtp_password_file(self) -> PurePosixPath:
        return self.secrets / "smtp.password"

    @property
    def operations_token_file(self) -> PurePosixPath:
        return self.secrets / "operations.token"

    @property
    def secret_files(self) -> dict[str, PurePosixPath]:
        """Field by field, every file that Alertmanager will read."""
        files = {"client_secret_file": self.client_secret_file}
        if self.smtp and self.smtp.user:
            files["smtp_password_file"] = self.smtp_password_file
        if self.operations_webhook and self.operations_token:
            files["operations_token_file"] = self.operations_token_file
        return files


def _require_address(address: str, field: str) -> None:
    if not _ADDRESS.fullmatch(address):
        raise BadRow(expected(field, "a mail address", address), field=field)


def _require_http(address: str, field: str) -> None:
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets without their partner, a port that is no number
        good = False
    if not good:
        raise BadRow(expected(field, "http:// or https:// and a host", address), field=field)
    if parts.password or parts.username:
        raise BadRow(f"{field}: expected an address without user or password, for it is written down", field=field)
