"""The on-call people's mailbox on the page: a line for each mail, and the mail itself, which can do nothing."""

from __future__ import annotations

import html
from collections.abc import Iterable
from email.utils import parseaddr
from typing import Any

from provisioning.mailbox.mails import Mail
from provisioning.page.settings import OnCall

SHOWN = 20
LANGUAGES = {"en": "reads English", "fr": "reads French"}

POLICY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
"""For the mail itself: a stranger's text. It runs nothing and fetches nothing; its links open beside the page."""


def rows(mails: Iterable[Mail], readers: Iterable[OnCall]) -> list[dict[str, Any]]:
    """The newest mails: when, for whom, from whom, about what."""
    known = {reader.address: LANGUAGES[reader.language] for reader in readers}
    return [
        {
            "id": mail.id,
            "at": mail.at,
            "to": ", ".join(mail.to),
            "reads": ", ".join(dict.fromkeys(known[one] for one in mail.to if one in known)),
            "sender": parseaddr(mail.sender)[0] or mail.sender,
            "subject": mail.subject,
        }
        for mail in list(mails)[:SHOWN]
    ]


def document(mail: Mail) -> str:
    """The mail as a phone shows it: its HTML where it has some, else its text as it stands."""
    return mail.html or f"<!doctype html><meta charset=utf-8><pre>{html.escape(mail.text)}</pre>"
