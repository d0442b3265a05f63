"""Those whom Alertmanager tells, on loopback: servers of HTTP and SMTP that keep what comes."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qs

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from provisioning.local.ports import free_port
from provisioning.local.rows import LOOPBACK

SERVICE_PATH, OPERATIONS_PATH, TOKEN_PATH = "/api/v1/alertmanager", "/operations", "/token"
TOKEN = "a-token-of-the-test"
DEADLINE = 45.0
Answer = TypeVar("Answer")


def eventually(asked: Callable[[], Answer], what: str) -> Answer:
    """What `asked` answers once that is true."""
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until:
        if answer := asked():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"{what}: nothing within {DEADLINE:g} s")


@dataclass(frozen=True, slots=True)
class Posted:
    """One notification that came to a webhook."""

    path: str
    authorization: str
    body: dict[str, Any]

    @property
    def alerts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.body["alerts"]
        return found

    def names(self, status: str = "firing") -> list[str]:
        return [one["labels"]["alertname"] for one in self.alerts if one["status"] == status]


@dataclass(slots=True)
class Listener:
    """The service, operations' webhook and the issuer of tokens at one address."""

    url: str = ""
    posted: list[Posted] = field(default_factory=list)
    asked: list[dict[str, list[str]]] = field(default_factory=list)

    def at(self, path: str) -> list[Posted]:
        return [one for one in tuple(self.posted) if one.path == path]

    def telling(self, name: str, path: str = SERVICE_PATH, status: str = "firing", **labels: str) -> list[Posted]:
        """Notifications in which an alert of this name and these labels stands so."""
        return [
            one
            for one in self.at(path)
            if any(
                alert["status"] == status and {"alertname": name, **labels}.items() <= alert["labels"].items()
                for alert in one.alerts
            )
        ]


@contextmanager
def listening() -> Iterator[Listener]:
    kept = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == TOKEN_PATH:
                kept.asked.append({**parse_qs(body.decode()), "Authorization": [self.headers.get("Authorization", "")]})
                self._answer({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300})
                return
            kept.posted.append(Posted(self.path, self.headers.get("Authorization", ""), json.loads(body)))
            self._answer({})

        def _answer(self, content: object) -> None:
            text = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """It has nothing to say to whoever runs the tests."""

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    kept.url = f"http://{LOOPBACK}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(slots=True)
class Mailbox:
    """Every mail that came, as it was sent."""

    address: str = ""
    mails: list[EmailMessage] = field(default_factory=list)
    users: list[tuple[str, str]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.encrypted.append(session.ssl is not None)
        return "250 kept"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, how: str, given: object) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.users.append((given.login.decode(), given.password.decode()))
        return AuthResult(success=True)

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in tuple(self.mails) if mail["To"] == address]


@contextmanager
def receiving_mail(certificate: ssl.SSLContext | None = None) -> Iterator[Mailbox]:
    """With a certificate it takes mail by TLS alone, and from whoever logs in."""
    box = Mailbox()
    secure: dict[str, Any] = {}
    if certificate is not None:
        secure = {
            "tls_context": certificate,
            "require_starttls": True,
            "auth_required": True,
            "auth_exclude_mechanism": ("LOGIN",),  # its prompts are not those that Alertmanager knows
            "authenticator": box.authenticate,
        }
    port = free_port()
    controller = Controller(
        box, hostname=LOOPBACK, port=port, server_hostname="localhost", ready_timeout=DEADLINE, **secure
    )
    controller.start()
    box.address = f"{LOOPBACK}:{port}"
    try:
        yield box
    finally:
        controller.stop()


def part(mail: EmailMessage, kind: str) -> str:
    """The plain text or the HTML of a mail that must have both."""
    assert mail.get_content_type() == "multipart/alternative"
    (found,) = [one for one in mail.iter_parts() if one.get_content_type() == f"text/{kind}"]
    text: str = found.get_content()  # type: ignore[attr-defined]
    return text.replace("\r\n", "\n")
