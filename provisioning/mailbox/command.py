"""`python -m provisioning mailbox`: takes mails for the people named, on loopback, and keeps the newest as files."""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from provisioning.loopback import split
from provisioning.mailbox.mails import KEPT, Mailbox

LONGEST = 2**20
"""Bytes of a mail; one that tells of an alert has some ten thousand."""
WHY = "this mailbox takes mail from whoever reaches it, so it never listens where others can"


class Inbox:
    """What happens to a mail at the door. The names of the methods are aiosmtpd's."""

    def __init__(self, mailbox: Mailbox, readers: frozenset[str]) -> None:
        self._mailbox, self._readers = mailbox, readers

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address not in self._readers:
            return "550 5.1.1 nobody of that address reads mail here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        try:
            name = self._mailbox.keep(content, envelope.rcpt_tos, time.time_ns() // 1_000_000)
        except OSError as error:
            return f"451 4.3.0 cannot be kept now ({error.strerror}), try again"
        return f"250 kept as {name}"


async def serve(address: tuple[str, int], inbox: Inbox) -> None:
    """Take mails until cancelled."""
    loop = asyncio.get_running_loop()

    def door() -> SMTP:
        return SMTP(inbox, data_size_limit=LONGEST, enable_SMTPUTF8=True, hostname="localhost", timeout=60, loop=loop)

    server = await loop.create_server(door, *address)
    async with server:
        await server.serve_forever()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--listen", default="127.0.0.1:1025", metavar="ADDRESS", help="loopback only (%(default)s)")
    add("--directory", type=Path, required=True, metavar="DIR", help="where mails are kept")
    add("--for", action="append", required=True, dest="readers", metavar="ADDRESS", help="whose mail it takes; again")
    add("--keep", type=int, default=KEPT, metavar="N", help="mails that are kept (%(default)s)")


def run(given: argparse.Namespace) -> int:
    inbox = Inbox(Mailbox(given.directory, given.keep), frozenset(given.readers))
    asyncio.run(serve(split(given.listen, WHY), inbox))
    return 0
