"""The names of lines under a graph, each behind a piece of its line, in as many rows as they need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dashboards.preview import svg

ROW = 14.0
PIECE, GAP = 16.0, 14.0
Entry = tuple[str, str, bool]
"""Name, colour, and whether the line is dashed."""


def rows(entries: Sequence[Entry], width: float) -> list[list[Entry]]:
    """The entries as they fit into `width`; what is named and drawn alike stands once."""
    found: list[list[Entry]] = [[]]
    room = width
    for entry in dict.fromkeys(entries):
        length = _length(entry)
        if length > room and found[-1]:
            found.append([])
            room = width
        found[-1].append(entry)
        room -= length
    return found


def legend(lines: Sequence[Sequence[Entry]], left: float, bottom: float) -> Iterator[str]:
    """`lines` of entries, the last of them just above `bottom`."""
    for number, line in enumerate(lines):
        x, y = left, bottom - ROW * (len(lines) - 1 - number)
        for name, colour, dashed in line:
            yield svg.line([(x, y - 3), (x + PIECE, y - 3)], colour, dashed=dashed, width=2.5)
            yield svg.text(x + PIECE + 4, y, name, size=10, fill=svg.QUIET)
            x += _length((name, colour, dashed))


def _length(entry: Entry) -> float:
    return PIECE + 4 + svg.length(entry[0], 10) + GAP
