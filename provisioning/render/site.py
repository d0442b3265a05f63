"""What differs between two installations: one frozen row that refuses what cannot be, by field.

The row as it stands is the local stack's, on its default ports; of it the committed tree is rendered.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from alert_rules.rows import LANGUAGES
from provisioning.render import checks

SERVERS = ("service", "prometheus", "alertmanager")
"""They are scraped and called by host and port: no path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """How mail leaves. The password of `user` is a file among the secrets; without a user nobody logs in."""

    server: str = "127.0.0.1:1025"
    sender: str = "chevet@localhost"
    user: str = ""
    tls: bool = False

    def __post_init__(self) -> None:
        checks.host_and_port("mail.server", self.server)
        checks.mailbox("mail.sender", self.sender)
        checks.text("mail.user", self.user)
        checks.require(isinstance(self.tls, bool), "mail.tls", "true or false", self.tls)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCall:
    """Somebody of operations who is told by mail, in their language."""

    address: str = ""
    language: str = "en"

    def __post_init__(self) -> None:
        checks.mailbox("on_call.address", self.address)
        checks.require(self.language in LANGUAGES, "on_call.language", " or ".join(LANGUAGES), self.language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Addresses as they are called from where they are called.

    `directory` is where the rendered tree lies on the servers, `secrets` where `python -m provisioning secrets` put its
    files. `webhook` is called about what is operations' own, with Alertmanager's JSON; empty for none.
    """

    service: str = "http://127.0.0.1:8000"
    tokens: str = "http://127.0.0.1:8180/token"
    prometheus: str = "http://127.0.0.1:9090"
    alertmanager: str = "http://127.0.0.1:9093"
    grafana: str = "http://127.0.0.1:3000"
    runbooks: str = "http://127.0.0.1:8080/runbooks"
    directory: str = "/etc/chevet/rendered"
    secrets: str = "/etc/chevet/secrets"
    retention: str = "400d"
    mail: Mail = field(default_factory=Mail)
    on_call: tuple[OnCall, ...] = (
        OnCall(address="on-call@example.org"),
        OnCall(address="astreinte@example.org", language="fr"),
    )
    webhook: str = ""

    def __post_init__(self) -> None:
        for name in SERVERS:
            checks.url(name, getattr(self, name), bare=True)
        for name in ("tokens", "grafana", "runbooks"):
            checks.url(name, getattr(self, name))
        for name in ("directory", "secrets"):
            checks.folder(name, getattr(self, name))
        checks.duration("retention", self.retention)
        if checks.text("webhook", self.webhook):
            checks.url("webhook", self.webhook)
