"""Mails as files of their owner's alone: the newest of them, what each says, and no more of them than are kept."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from pathlib import Path

KEPT = 50
FOR = "Delivered-To"
"""As a mail server notes for whom it took a mail: what stands in its To may be another."""
_NAME = re.compile(r"(\d{13})-[0-9a-f]{8}")
_PARSER = BytesParser(_class=EmailMessage, policy=policy.default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """`at` in milliseconds, when it arrived. `html` is its body as HTML or empty, `text` its body as plain text."""

    id: str
    at: int
    to: tuple[str, ...]
    sender: str
    subject: str
    html: str
    text: str


class Mailbox:
    """The mails in a directory, of which `kept` are kept."""

    def __init__(self, directory: Path, kept: int = KEPT) -> None:
        self._directory, self._kept = directory, kept
        self._read: dict[str, Mail] = {}

    def keep(self, content: bytes, to: Sequence[str], at: int) -> str:
        """Its id, once it lies there whole; the oldest beyond what is kept go."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{at:013}-{secrets.token_hex(4)}"
        draft = self._directory / f".{name}.new"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.writelines(f"{FOR}: {address}\r\n".encode() for address in to)
            file.write(content)
        draft.replace(self._directory / f"{name}.eml")
        for old in self._names()[self._kept :]:
            (self._directory / f"{old}.eml").unlink(missing_ok=True)
        return name

    def newest(self) -> list[Mail]:
        """All that are kept, newest first. A mail never changes, so each is read once."""
        names = self._names()
        self._read = {name: self._read.get(name) or self._parsed(name) for name in names}
        return list(self._read.values())

    def mail(self, name: str) -> Mail | None:
        """The mail of that id, which is compared with what lies there and never made into a path."""
        return next((one for one in self.newest() if one.id == name), None)

    def _names(self) -> list[str]:
        if not self._directory.is_dir():
            return []
        found = (path.stem for path in self._directory.glob("*.eml"))
        return sorted((name for name in found if _NAME.fullmatch(name)), reverse=True)

    def _parsed(self, name: str) -> Mail:
        message = _PARSER.parsebytes((self._directory / f"{name}.eml").read_bytes())
        return Mail(
            id=name,
            at=int(name.partition("-")[0]),
            to=tuple(str(one) for one in message.get_all(FOR, ())),
            sender=str(message.get("From", "")),
            subject=str(message.get("Subject", "")),
            html=_body(message, "html"),
            text=_body(message, "plain"),
        )


def _body(message: EmailMessage, kind: str) -> str:
    """The body of one kind, as far as it can be read: a mail is a stranger's text."""
    part: MIMEPart | None = message.get_body((kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, ValueError):
        payload = part.get_payload(decode=True)
        return payload.decode(errors="replace") if isinstance(payload, bytes) else ""
