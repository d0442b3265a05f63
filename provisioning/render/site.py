"""What differs between two installations: one frozen row that refuses what cannot be, by field.

The row as it stands is the local stack's, on its default ports; of it the committed tree is rendered.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from alert_rules.links import LINKS
from alert_rules.notifications.channels import Channels, Person, Smtp
from provisioning.render import checks

SERVERS = ("service", "prometheus", "alertmanager")
"""They are scraped and called by host and port: no path."""
MAILBOX = Smtp(smarthost="127.0.0.1:1025", sender="chevet@localhost", require_tls=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Addresses as they are called from where they are called.

    `directory` is where the rendered tree lies on the servers, `secrets` where `python -m provisioning secrets` put its
    files. People's browsers call `portal`, which is the service, `authorize` and `end_session` of the identity
    provider, and `grafana`; `tokens` and `userinfo` are that provider's, too. `operations_webhook` is called about what
    is operations' own, with Alertmanager's JSON.
    """

    service: str = "http://127.0.0.1:8000"
    portal: str = "http://127.0.0.1:8000"
    authorize: str = "http://127.0.0.1:8180/authorize"
    tokens: str = "http://127.0.0.1:8180/token"
    userinfo: str = "http://127.0.0.1:8180/userinfo"
    end_session: str = "http://127.0.0.1:8180/end"
    prometheus: str = "http://127.0.0.1:9090"
    alertmanager: str = "http://127.0.0.1:9093"
    grafana: str = LINKS.grafana
    runbooks: str = LINKS.runbooks
    directory: str = "/etc/chevet/rendered"
    secrets: str = "/etc/chevet/secrets"
    retention: str = "400d"
    mail: Smtp = MAILBOX
    on_call: tuple[Person, ...] = (
        Person(address="on-call@example.org", language="en"),
        Person(address="astreinte@example.org", language="fr"),
    )
    operations_webhook: str | None = None
    operations_token: bool = False

    def __post_init__(self) -> None:
        for name in SERVERS:
            checks.url(name, getattr(self, name), bare=True)
        for name in ("authorize", "tokens", "userinfo"):
            checks.url(name, getattr(self, name))
        for name in ("portal", "grafana", "runbooks", "end_session"):
            checks.prefix(name, getattr(self, name))
        for name in ("directory", "secrets"):
            checks.folder(name, getattr(self, name))
        checks.duration("retention", self.retention)
        if self.operations_webhook is not None:
            checks.url("operations_webhook", self.operations_webhook)
        checks.flag("operations_token", self.operations_token)

    @property
    def channels(self) -> Channels:
        """What Alertmanager needs of it."""
        return Channels(
            service=self.service,
            token_url=self.tokens,
            secrets=PurePosixPath(self.secrets),
            smtp=self.mail,
            people=self.on_call,
            operations_webhook=self.operations_webhook,
            operations_token=self.operations_token,
        )
