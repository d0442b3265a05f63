"""What intake holds because the broker is away or takes nothing: read from its spool, so that detection goes on.

It only reads. What was seen here comes again by the broker later, and changes nothing then.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import structlog

from chevet.errors import BadReading
from chevet.readings import Reading
from exporters.gateway.bus import topology
from exporters.gateway.intake.spool import NAME

log = structlog.get_logger()

MOST = 500
_QUERY = "SELECT id, body FROM leaving WHERE exchange = ? AND id > ? ORDER BY id LIMIT ?"


class Spooled:
    """A place in intake's spool, which `next` moves on."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / NAME
        self._after = 0

    def next(self) -> list[Reading]:
        """The next readings on their way to urgent, oldest first; none where there is no spool to read."""
        rows = self._rows()
        if rows:
            self._after = rows[-1][0]
        return [reading for _, body in rows if (reading := _reading(body))]

    def _rows(self) -> list[tuple[int, str]]:
        if not self._file.exists():
            return []
        try:
            with closing(sqlite3.connect(f"file:{quote(str(self._file))}?mode=rw", uri=True, timeout=0.1)) as database:
                return database.execute(_QUERY, (topology.URGENT, self._after, MOST)).fetchall()
        except sqlite3.Error as error:
            log.warning("intake's spool cannot be read", reason=str(error))
            return []


def _reading(body: str) -> Reading | None:
    try:
        return Reading.from_json(body)
    except BadReading:
        return None  # its consumer sets it aside when the broker delivers it
