"""The record of who looked at what: entries, the seals over them, and the heads that are kept elsewhere.

An entry has a code (HMAC-SHA256) of its own, so that nobody who holds the database alone can write one. A seal covers
the entries since the seal before, and that seal's own code: so none can be changed, removed or put elsewhere. What a
chain cannot know by itself, that its end was cut off, the anchor knows: each seal's code, kept outside the database.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from chevet.errors import BadAudit

KEY_BYTES = 32
FIRST = 1
"""The number of the first entry, and of the first seal."""
NO_SEAL = ""
"""What the first seal has in place of the code of the one before."""
_OF_ENTRY, _OF_SEAL = b"chevet audit entry 1\n", b"chevet audit seal 1\n"
"""What is signed begins with what it is: a seal can never be shown as an entry."""


class Outcome(StrEnum):
    """What became of a request."""

    DONE = "done"
    REFUSED = "refused"
    """The right was not there."""
    REJECTED = "rejected"
    """The right was there, what was asked for was not, or could not be."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Who asked for what about whom, and what became of it. People and patients are pseudonyms.

    `outcome` is one of Outcome's, as a text, so that one that was tampered with can be looked at as well. `route` is
    the template of the address. `reason` is the person's own, where one was asked for.
    """

    at: int
    subject: str
    roles: tuple[str, ...]
    right: str
    method: str
    route: str
    patients: tuple[str, ...]
    outcome: str
    request: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A look under its number, which grows by one, and its code."""

    id: int
    look: Look
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """Over the entries from `first` to `last`, whose digest is SHA-256. `previous` is the code of the seal before."""

    number: int
    first: int
    last: int
    count: int
    digest: str
    at: int
    previous: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """What is kept of a seal outside the database: `entries` counts all up to it."""

    seal: int
    code: str
    entries: int
    at: int


def require_key(text: str) -> bytes:
    """The key, of the hexadecimal digits of which a file holds it. Raises BadAudit, and shows nothing of what came."""
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise BadAudit(f"expected {2 * KEY_BYTES} hexadecimal digits, as `python -m provisioning secrets` makes them")
    return key


def content(id: int, look: Look) -> bytes:
    """The bytes that stand for an entry, the same on any database and in any version of Python."""
    fields = (
        id,
        look.at,
        look.subject,
        look.roles,
        look.right,
        look.method,
        look.route,
        look.patients,
        look.outcome,
        look.request,
        look.reason,
    )
    return json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def entry(key: bytes, id: int, look: Look) -> Entry:
    """`look` as the entry number `id`."""
    return Entry(id=id, look=look, code=_code(key, _OF_ENTRY, content(id, look)))


def is_ours(key: bytes, one: Entry) -> bool:
    """Whether the entry has the code that whoever holds the key gave it."""
    return one.code == entry(key, one.id, one.look).code


def digest(entries: Iterable[Entry]) -> str:
    """SHA-256 over entries in their order."""
    found = hashlib.sha256()
    for one in entries:
        found.update(content(one.id, one.look) + b"\n")
    return found.hexdigest()


def seal(key: bytes, previous: Seal | None, entries: Sequence[Entry], at: int) -> Seal:
    """The next seal, over `entries`: those behind `previous` by number, at least one. Raises BadAudit otherwise.

    Where some are missing among them the others are sealed all the same: whoever verifies finds the gap.
    """
    first = FIRST if previous is None else previous.last + 1
    numbers = [one.id for one in entries]
    if not numbers or numbers[0] < first or numbers != sorted(set(numbers)):
        raise BadAudit(f"expected entries from {first} on, by number, got others")
    unsigned = Seal(
        number=FIRST if previous is None else previous.number + 1,
        first=first,
        last=numbers[-1],
        count=len(entries),
        digest=digest(entries),
        at=at,
        previous=NO_SEAL if previous is None else previous.code,
        code="",
    )
    return replace(unsigned, code=code_of(key, unsigned))


def code_of(key: bytes, one: Seal) -> str:
    """The code that a seal must have."""
    fields = (one.number, one.first, one.last, one.count, one.digest, one.at, one.previous)
    return _code(key, _OF_SEAL, json.dumps(fields, separators=(",", ":")).encode("ascii"))


def anchor(one: Seal) -> Anchor:
    """What is kept elsewhere of a seal."""
    return Anchor(seal=one.number, code=one.code, entries=one.last, at=one.at)


def _code(key: bytes, what: bytes, content: bytes) -> str:
    return hmac.digest(key, what + content, "sha256").hex()
