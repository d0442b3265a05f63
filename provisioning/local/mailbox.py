"""The row of the on-call people's mailbox: the people are those of the site, one reads English and one French."""

from __future__ import annotations

from pathlib import Path

from provisioning.local import probes
from provisioning.local.chevet import python
from provisioning.local.rows import Launch, Place, Row
from provisioning.render.site import Site

READERS = Site().on_call
NAME = "mailbox"


def mails(stack: Path) -> Path:
    """Where the mails of a stack in that directory lie."""
    return stack / NAME / "mails"


def launch(place: Place) -> Launch:
    readers = (word for reader in READERS for word in ("--for", reader.address))
    where = ("--listen", place.address("smtp"), "--directory", str(mails(place.directory.parent)))
    return python("provisioning", "mailbox", *where, *readers)


MAILBOX = Row(name=NAME, ports={"smtp": 1025}, launch=launch, ready=probes.speaks("smtp", b"", b"220 "))
