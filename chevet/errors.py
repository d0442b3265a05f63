"""Errors of the domain. Each message is a whole sentence: it names the field, what was expected and what came."""

from __future__ import annotations


class ChevetError(Exception):
    """Whatever Chevet refuses. `field` names what was wrong, or is empty where nothing smaller than the whole was."""

    def __init__(self, sentence: str, *, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class BadRow(ChevetError):
    """A row of the catalogue or of a rule table contradicts itself."""


class BadReading(ChevetError):
    """A reading cannot be built: it has a field that no truthful reading has."""


class BadWrite(ChevetError):
    """The bytes are not a remote write request."""


class LongWrite(BadWrite):
    """A remote write request has more parts than its reader will read."""


class BadBlock(ChevetError):
    """A block of acceleration that no sensor takes: its shape, count or time cannot be."""


class BadApdu(ChevetError):
    """The bytes are no APDU of IEEE 11073-20601. `offset` is where it shows, None for one that was to be written."""

    def __init__(self, sentence: str, *, field: str = "", offset: int | None = None) -> None:
        super().__init__(sentence, field=field)
        self.offset = offset


class BadReport(ChevetError):
    """A sensor's report lacks what names it, or has a part that cannot be read."""


class BadSheet(ChevetError):
    """A gateway's sheet lacks a field or has one that cannot be."""


class BadAlert(ChevetError):
    """An alert lacks a field or has one that cannot be."""


class BadAudit(ChevetError):
    """A key of the audit cannot be one, or entries cannot be sealed as they stand."""


class BadCode(ChevetError):
    """What was typed is no code that anybody was given."""


def expected(field: str, wanted: str, got: object) -> str:
    """The sentence of a refusal: «heart_rate: expected a number, got 'fast'». What came is cut at 80 characters."""
    try:
        shown = repr(got)
    except (ValueError, RecursionError):  # a number of thousands of digits, a list nested a thousand times
        shown = f"an unprintable {type(got).__name__}"
    return f"{field}: expected {wanted}, got {shown if len(shown) <= 80 else shown[:77] + '...'}"
