"""Samples to batches: the bytes of each are journaled before the first POST, and every retry sends the same ones.

A store may change a value that is sent twice in two forms; the same bytes twice change nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import uuid4

import cramjam

from chevet import remote_write
from chevet.remote_write import Label, Series
from exporters.gateway.uplink.journal import Journal

MOST_SAMPLES = 500
Point = tuple[tuple[Label, ...], int, float]
"""One sample with its series' labels."""


@dataclass(frozen=True, slots=True)
class Batch:
    """`name` goes out as X-Chevet-Batch; `body` is the compressed WriteRequest."""

    row: int
    position: int
    name: str
    samples: int
    body: bytes = field(repr=False)


class Batches:
    """The batches of a journal, oldest first; within a series in the order in which windows closed."""

    def __init__(self, journal: Journal, most: int = MOST_SAMPLES) -> None:
        self._journal = journal
        self.most = most

    def waiting(self) -> int:
        """Samples that stand in no batch yet, counted up to a full batch."""
        query = "SELECT count(*) FROM (SELECT 1 FROM samples LIMIT ?)"
        return int(self._journal.db.execute(query, (self.most,)).fetchone()[0])

    def cut(self) -> None:
        """One batch of the oldest samples, if any: its bytes come and they go in one transaction."""
        with self._journal.transaction() as db:
            rows = db.execute("SELECT id, labels, at, value FROM samples ORDER BY id LIMIT ?", (self.most,)).fetchall()
            if rows:
                self._insert([_point(labels, at, value) for _, labels, at, value in rows])
                db.execute("DELETE FROM samples WHERE id <= ?", (rows[-1][0],))

    def oldest(self) -> Batch | None:
        """The batch that is to be sent next."""
        row = self._journal.db.execute(
            "SELECT id, position, name, samples, body FROM batches ORDER BY position, id LIMIT 1"
        ).fetchone()
        return Batch(*row) if row else None

    def remove(self, batch: Batch) -> None:
        """The batch is where it ought to be; its bytes are not needed any more."""
        with self._journal.transaction() as db:
            db.execute("DELETE FROM batches WHERE id = ?", (batch.row,))

    def postpone(self, batch: Batch) -> None:
        """The batch goes behind all others, with the same bytes."""
        with self._journal.transaction() as db:
            db.execute(
                "UPDATE batches SET position = (SELECT max(position) + 1 FROM batches) WHERE id = ?", (batch.row,)
            )

    def halve(self, batch: Batch) -> None:
        """Two batches in the place of one, in one transaction."""
        series = remote_write.decode(decompressed(batch.body))
        points = [(one.labels, at, value) for one in series for at, value in one.samples]
        middle = len(points) // 2
        with self._journal.transaction() as db:
            db.execute("DELETE FROM batches WHERE id = ?", (batch.row,))
            self._insert(points[:middle], batch.position)
            self._insert(points[middle:], batch.position)

    def _insert(self, points: list[Point], position: int | None = None) -> None:
        last = "(SELECT coalesce(max(position), 0) + 1 FROM batches)"
        self._journal.db.execute(
            f"INSERT INTO batches (position, name, samples, body) VALUES (coalesce(?, {last}), ?, ?, ?)",  # noqa: S608 - no value in it
            (position, uuid4().hex, len(points), compressed(grouped(points))),
        )


def grouped(points: Iterable[Point]) -> list[Series]:
    """One series for each label set, its samples by time."""
    series: dict[tuple[Label, ...], list[tuple[int, float]]] = {}
    for labels, at, value in points:
        series.setdefault(labels, []).append((at, value))
    return [Series(labels, tuple(sorted(samples))) for labels, samples in series.items()]


def compressed(series: Iterable[Series]) -> bytes:
    """The body of a remote write request."""
    return bytes(cramjam.snappy.compress_raw(remote_write.encode(series)))


def decompressed(body: bytes) -> bytes:
    """The protobuf bytes of a body that `compressed` made."""
    return bytes(cramjam.snappy.decompress_raw(body))


def _point(labels: str, at: int, value: float | None) -> Point:
    return tuple((name, text) for name, text in json.loads(labels)), at, math.nan if value is None else value
