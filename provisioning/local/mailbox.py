"""The row of the on-call people's mailbox, and who they are: one reads English, the other French."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from provisioning.local import probes
from provisioning.local.chevet import python
from provisioning.local.rows import Launch, Place, Row


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """Somebody on call."""

    name: str
    address: str
    language: Literal["en", "fr"]


READERS = (
    Reader(name="Sam Keller", address="sam.keller@operations.example", language="en"),
    Reader(name="Léa Marchand", address="lea.marchand@operations.example", language="fr"),
)
NAME = "mailbox"


def mails(stack: Path) -> Path:
    """Where the mails of a stack in that directory lie."""
    return stack / NAME / "mails"


def launch(place: Place) -> Launch:
    readers = (word for reader in READERS for word in ("--for", reader.address))
    where = ("--listen", place.address("smtp"), "--directory", str(mails(place.directory.parent)))
    return python("provisioning", "mailbox", *where, *readers)


MAILBOX = Row(name=NAME, ports={"smtp": 2525}, launch=launch, ready=probes.speaks("smtp", b"", b"220 "))
