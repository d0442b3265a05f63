"""A real Alertmanager with Chevet's configuration, those it tells, and alerts put to it as Prometheus would."""

from __future__ import annotations

import datetime
import re
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

import httpx2

from alert_rules.groups import ALERTS
from alert_rules.notifications.alertmanager import alertmanager
from alert_rules.notifications.channels import Channels, Person, Smtp
from alert_rules.notifications.letters import letters
from alert_rules.notifications.routes import OTHERWISE, ROUTES
from alert_rules.notifications.rows import Pace, Route
from alert_rules.notifications.told import labels
from provisioning.local import servers
from provisioning.local.programs import program, written
from provisioning.local.rows import Launch, Place
from tests.alert_rules.notifications.receiving import (
    OPERATIONS_PATH,
    TOKEN_PATH,
    Listener,
    Mailbox,
    listening,
    receiving_mail,
)

SECRET, PASSWORD, OPERATIONS_TOKEN = "secret-of-the-client", "password-of-the-mail-server", "token-of-operations"
SAM, LEA = Person(address="sam@example.org", language="en"), Person(address="lea@example.org", language="fr")
ZONE = "Europe/Paris"
FIXED = {alert.name: labels(alert) for alert in ALERTS}
HURRIED = Pace(wait=1, interval=1, repeat=3600)
"""As in the rows, but no test waits for a minute to see who is told; and each second is then half of one."""


def hurried(route: Route) -> Route:
    return replace(route, pace=HURRIED)


@dataclass(frozen=True, slots=True)
class Alertmanager:
    """It runs; `told` and `mailbox` are whom it tells."""

    url: str
    told: Listener
    mailbox: Mailbox

    def fire(self, *alerts: Mapping[str, Any]) -> None:
        """All at once, as one evaluation of Prometheus does."""
        httpx2.post(f"{self.url}/api/v2/alerts", json=alerts, timeout=30).raise_for_status()

    def active(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx2.get(f"{self.url}/api/v2/alerts", timeout=30).raise_for_status().json()
        return found

    def failures(self, way: str) -> float:
        """How many attempts to tell by this way failed."""
        lines = httpx2.get(f"{self.url}/metrics", timeout=30).raise_for_status().text.splitlines()
        named = f'alertmanager_notification_requests_failed_total{{integration="{way}"}}'
        return sum(float(line.split()[-1]) for line in lines if line.startswith(named))


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def alert(
    name: str,
    *,
    since: datetime.datetime | None = None,
    until: datetime.datetime | None = None,
    says: Mapping[str, str] | None = None,
    **series: str,
) -> dict[str, Any]:
    """One of ours with the labels of its row and of its series; with `until` it is over."""
    started = since or now()
    content = {
        "labels": {**FIXED[name], **series},
        "annotations": dict(says or {"summary": f"{name} says"}),
        "startsAt": started.isoformat(),
    }
    return {**content, "endsAt": until.isoformat()} if until else content


def over(fired: Mapping[str, Any]) -> dict[str, Any]:
    """The same alert, resolved."""
    return {**fired, "endsAt": now().isoformat()}


def secrets(directory: Path) -> PurePosixPath:
    written(directory / "clients" / "alertmanager.secret", SECRET)
    written(directory / "smtp.password", PASSWORD)
    written(directory / "operations.token", OPERATIONS_TOKEN)
    return PurePosixPath(directory)


@contextmanager
def telling(
    directory: Path,
    *,
    routes: Sequence[Route] = tuple(map(hurried, ROUTES)),
    certificate: ssl.SSLContext | None = None,
    trusted: Path | None = None,
    require_tls: bool = False,
) -> Iterator[Alertmanager]:
    """Runs until the block ends, in the zone of Paris."""
    with listening() as told, receiving_mail(certificate) as mailbox:
        channels = Channels(
            service=told.url,
            token_url=told.url + TOKEN_PATH,
            secrets=secrets(directory / "secrets"),
            smtp=Smtp(
                smarthost=mailbox.address,
                sender="chevet@example.org",
                require_tls=require_tls,
                user="chevet" if certificate else "",
            ),
            people=(SAM, LEA),
            operations_webhook=told.url + OPERATIONS_PATH,
            operations_token=True,
        )
        text = alertmanager(channels, routes=tuple(routes), otherwise=hurried(OTHERWISE))
        text = re.sub(r"(group_wait|group_interval): 1s", r"\1: 500ms", text)

        def launch(place: Place) -> Launch:
            for name, letter in letters().items():
                written(place.directory / "templates" / name, letter)
            command = (
                program("prometheus-alertmanager"),
                f"--config.file={written(place.directory / 'alertmanager.yml', text)}",
                f"--storage.path={place.directory / 'data'}",
                f"--web.listen-address={place.address('http')}",
                "--cluster.listen-address=",
            )
            known = {"TZ": ZONE, "NO_PROXY": "*", **({"SSL_CERT_FILE": str(trusted)} if trusted else {})}
            return Launch(command=command, environment=known)

        with servers.running(directory / "run", replace(servers.ALERTMANAGER, launch=launch)) as stack:
            yield Alertmanager(stack.alertmanager.url, told, mailbox)
