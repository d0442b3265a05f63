"""Entries and seals as rows and back. A row that was tampered with reads back too: as what it is not."""

from __future__ import annotations

from analysis_service.audit.tables import AuditEntryRow, AuditSealRow
from chevet.audit import Entry, Look, Seal

NO_NUMBER = -1
"""SQLite keeps a text in a column of numbers; no number of ours is below zero."""

MOST_CHARACTERS = 128
"""Of what comes from outside: an address may name a patient of any length who does not exist."""


def written(text: str) -> str:
    """What comes from outside, without what a database cannot keep or a list is parted by."""
    return text.encode("unicode_escape").decode("ascii").replace(",", "\\x2c")[:MOST_CHARACTERS]


def columns_of(entry: Entry) -> dict[str, object]:
    """The row of an entry."""
    look = entry.look
    return {
        "id": entry.id,
        "at_ms": look.at,
        "subject": look.subject,
        "roles": ",".join(look.roles),
        "right": look.right,
        "method": look.method,
        "route": look.route,
        "patients": ",".join(look.patients),
        "outcome": look.outcome,
        "request": look.request,
        "reason": look.reason,
        "code": entry.code,
    }


def entry_of(row: AuditEntryRow) -> Entry:
    """What a row says."""
    look = Look(
        at=_number(row.at_ms),
        subject=_text(row.subject),
        roles=_parts(row.roles),
        right=_text(row.right),
        method=_text(row.method),
        route=_text(row.route),
        patients=_parts(row.patients),
        outcome=_text(row.outcome),
        request=_text(row.request),
        reason=None if row.reason is None else _text(row.reason),
    )
    return Entry(id=_number(row.id), look=look, code=_text(row.code))


def row_of(seal: Seal) -> AuditSealRow:
    """The row of a seal."""
    return AuditSealRow(
        number=seal.number,
        first=seal.first,
        last=seal.last,
        count=seal.count,
        digest=seal.digest,
        at_ms=seal.at,
        previous=seal.previous,
        code=seal.code,
    )


def seal_of(row: AuditSealRow) -> Seal:
    """What a row says."""
    return Seal(
        number=_number(row.number),
        first=_number(row.first),
        last=_number(row.last),
        count=_number(row.count),
        digest=_text(row.digest),
        at=_number(row.at_ms),
        previous=_text(row.previous),
        code=_text(row.code),
    )


def _number(value: object) -> int:
    return value if isinstance(value, int) else NO_NUMBER


def _text(value: object) -> str:
    return value if isinstance(value, str) else repr(value)


def _parts(value: object) -> tuple[str, ...]:
    text = _text(value)
    return tuple(text.split(",")) if text else ()
