"""Folded parts in uplink's journal: each once, and never beside readings of its own that came by themselves.

A reading may have left intake, and its confirm not have come back, before it was folded. So whichever of the two comes
first counts: what is in the journal is taken out of the part, and what lies within a known part is a duplicate.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict

from chevet.parts import Part
from chevet.readings import Quality

SCHEMA = """
CREATE TABLE IF NOT EXISTS parts (id INTEGER PRIMARY KEY, series INTEGER NOT NULL, run INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, start INTEGER NOT NULL, after INTEGER NOT NULL,
    readings INTEGER NOT NULL, part TEXT NOT NULL, cut INTEGER NOT NULL DEFAULT 0, UNIQUE (series, run, first));
CREATE INDEX IF NOT EXISTS uncut_parts ON parts (series, start) WHERE cut = 0;
"""
"""`part` is what of it counted, and how many `readings` that was; `after` the number of the newest reading then."""

_COVERING = """
SELECT 1 FROM (SELECT last FROM parts WHERE series = ? AND run = ? AND first <= ? ORDER BY first DESC LIMIT 1)
WHERE last >= ?
"""
"""Parts of a run never overlap, so only the one that begins last can reach that far: a week has 60,000 of them."""
_KNOWN = "SELECT quality, value FROM readings WHERE series = ? AND run = ? AND sequence BETWEEN ? AND ?"
_ADD = """
INSERT INTO parts (series, run, first, last, start, after, readings, part, cut)
VALUES (?, ?, ?, ?, ?, (SELECT coalesce(max(id), 0) FROM readings), ?, ?, ?) RETURNING id, after
"""


def covers(db: sqlite3.Connection, series: int, run: int, sequence: int) -> bool:
    """Whether the reading of this sequence counted in a part."""
    return db.execute(_COVERING, (series, run, sequence, sequence)).fetchone() is not None


def add(db: sqlite3.Connection, series: int, run: int, part: Part) -> tuple[int, int, Part] | None:
    """The number of the part's row, that of the newest reading, and what of the part counts; None where nothing does.

    A part that overlaps another is that part: no reading is ever folded twice.
    """
    if db.execute(_COVERING, (series, run, part.last, part.first)).fetchone():
        return None
    known = db.execute(_KNOWN, (series, run, part.first, part.last)).fetchall()
    rest = part.without([(Quality(quality), value) for quality, value in known])
    text, readings = ("", 0) if rest is None else (json.dumps(asdict(rest)), rest.total)
    row = (series, run, part.first, part.last, part.start, readings, text, rest is None)
    number, after = db.execute(_ADD, row).fetchone()
    return None if rest is None else (int(number), int(after), rest)


def uncut(db: sqlite3.Connection) -> list[Part]:
    """What stands in no window yet."""
    return [Part.from_fields(json.loads(text)) for (text,) in db.execute("SELECT part FROM parts WHERE cut = 0")]


def mark_cut(db: sqlite3.Connection, number: int) -> None:
    """This one travels alone; only its identity is kept."""
    db.execute("UPDATE parts SET cut = 1, part = '' WHERE id = ?", (number,))


def close(db: sqlite3.Connection, series: int, start: int) -> None:
    """The window that begins at `start` is cut."""
    db.execute("UPDATE parts SET cut = 1, part = '' WHERE cut = 0 AND series = ? AND start = ?", (series, start))


def forget(db: sqlite3.Connection, before: int) -> int:
    """Identities that came before the reading of this number; returns how many readings they stood for."""
    old = db.execute("DELETE FROM parts WHERE after < ? AND cut = 1 RETURNING readings", (before - 1,))
    return sum(readings for (readings,) in old.fetchall())
