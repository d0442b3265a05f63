"""A body cut up at its series, without unpacking any label or sample, where each of them is familiar. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis_service.ingest.canonical import LABEL, LONG, SERIES, lengthened
from analysis_service.ingest.familiar import Familiar, Pair
from analysis_service.ingest.refusals import Circumstances

LONGEST = 0x3FFF
"""Of a series in bytes: more takes a third byte to say, and is read field by field."""


@dataclass(slots=True, eq=False)
class Cut:
    """A body of a gateway: each series, and the bytes of its samples, a multiple of 18; `pairs` are all of theirs."""

    known: Circumstances
    rows: list[Familiar]
    parts: list[bytes]
    pairs: list[Pair]


def cut(body: bytes, familiar: Mapping[bytes, Familiar], known: Circumstances, most_series: int) -> Cut | None:
    """The series of a body; None where one is not familiar, comes twice, or is of a device that is not registered."""
    found = Cut(known, [], [], [])
    try:
        whole = _series(body, familiar, found)
    except IndexError:
        return None
    if not whole or known.pulled or not 0 < len(found.rows) <= most_series or len(set(found.rows)) < len(found.rows):
        return None
    if not known.devices.issuperset([device for device, _ in found.pairs]):
        return None
    return written_out(found) if [part for part in found.parts if not part or len(part) % LONG] else found


def _series(body: bytes, familiar: Mapping[bytes, Familiar], found: Cut) -> bool:
    """Put each series into `found`, with the bytes behind its labels, which may be anything.

    False, or IndexError, where one is not familiar or the body is not in the one form.
    """
    position, end = 0, len(body)
    row: Familiar | None = None
    next_row: Familiar | None = None
    pair: Pair | None = None
    while position < end:
        length = body[position + 1]
        if body[position] != SERIES:
            return False
        position += 2
        if length > 0x7F:
            length, position = length & 0x7F | body[position] << 7, position + 1
        stop = position + length
        if length > LONGEST or stop > end:
            return False
        if next_row is None or not body.startswith(next_row.encoded, position):
            next_row = familiar.get(body[position : _end_of_labels(body, position, stop)])
            if next_row is None:
                return False
            if row is not None:
                row.after = next_row
        row = next_row
        found.rows.append(row)
        found.parts.append(body[position + len(row.encoded) : stop])
        if row.seen is not pair:  # those of a pair stand side by side, as a rule
            pair = row.seen
            found.pairs.append(pair)
        position, next_row = stop, row.after
    return True


def _end_of_labels(body: bytes, at: int, stop: int) -> int:
    while at < stop and body[at] == LABEL and body[at + 1] < 0x80:
        at += 2 + body[at + 1]
    return at


def written_out(found: Cut) -> Cut | None:
    """The same with each zero that was left out; None where a sample is not in the form, or a series has none."""
    parts = list(map(lengthened, found.parts))
    return Cut(found.known, found.rows, parts, found.pairs) if all(parts) else None
