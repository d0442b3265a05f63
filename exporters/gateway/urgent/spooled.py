"""What intake and radio hold because the broker is away or takes nothing: read from their spools, so that detection
goes on.

It only reads. What was seen here comes again by the broker later, and changes nothing then.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import structlog

from chevet.errors import BadReading
from chevet.readings import Reading
from exporters.gateway.bus import topology
from exporters.gateway.intake.spool import NAME, RADIO_NAME

log = structlog.get_logger()

MOST = 500
_QUERY = "SELECT id, body FROM leaving WHERE exchange = ? AND id > ? ORDER BY id LIMIT ?"
_OLDEST = "SELECT min(id), 0 FROM leaving WHERE exchange = ?"


class Spooled:
    """A place in each spool of a gateway, which `next` moves on. A device is of one of them, so their order is free."""

    def __init__(self, folder: Path) -> None:
        self._spools = tuple(_Place(folder / name) for name in (NAME, RADIO_NAME))

    def stands_still(self, seconds: float) -> bool:
        """Whether the oldest reading of one has not left for so long; to be asked again and again."""
        return any([spool.stands_still(seconds) for spool in self._spools])  # each is to be asked

    def next(self) -> list[Reading]:
        """The next readings on their way to urgent, oldest first in each; none where there is no spool to read."""
        return [reading for spool in self._spools for reading in spool.next()]


class _Place:
    """In one spool."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._after = 0
        self._oldest, self._since = 0, time.monotonic()

    def stands_still(self, seconds: float) -> bool:
        """Whether its oldest reading has not left for so long.

        A broker that is short of disk tells only those that publish, and one whose queue is broken tells nobody.
        """
        rows = self._asked(_OLDEST, topology.URGENT)
        oldest = (rows[0][0] or 0) if rows else 0
        if oldest != self._oldest:
            self._oldest, self._since = oldest, time.monotonic()
        return bool(oldest) and time.monotonic() - self._since >= seconds

    def next(self) -> list[Reading]:
        """The next readings on their way to urgent, oldest first."""
        rows = self._asked(_QUERY, topology.URGENT, self._after, MOST)
        if rows:
            self._after = rows[-1][0]
        return [reading for _, body in rows if (reading := _reading(body))]

    def _asked(self, query: str, *values: object) -> list[tuple[int, str]]:
        if not self._file.exists():
            return []
        try:
            with closing(sqlite3.connect(f"file:{quote(str(self._file))}?mode=rw", uri=True, timeout=0.1)) as database:
                return database.execute(query, values).fetchall()
        except sqlite3.Error as error:
            log.warning("a spool cannot be read", spool=self._file.name, reason=str(error))
            return []


def _reading(body: str) -> Reading | None:
    try:
        return Reading.from_json(body)
    except BadReading:
        return None  # its consumer sets it aside when the broker delivers it
