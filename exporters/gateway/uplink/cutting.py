"""Readings to windows to samples, each step in the transaction that journals the reading: `chevet.windows` on disk."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from chevet import windows
from chevet.parts import Part
from chevet.readings import Reading
from chevet.remote_write import Series
from chevet.vitals import BY_KEY
from chevet.windows import Cut, Cutter, Late, Straggler, Window
from exporters.gateway.exporter import newest
from exporters.gateway.uplink import folded
from exporters.gateway.uplink.journal import Journal

FUTURE_MS = 5 * 60 * 1000
LONGEST_STEP = 5.0


class ArrivalClock:
    """Seconds for which readings could arrive. It stands still while the broker is away or we do not consume.

    One step is at most `LONGEST_STEP`: a process that was stopped for an hour heard nothing, but missed nothing either.
    """

    def __init__(self, running: Callable[[], bool]) -> None:
        self._running = running
        self._last = time.monotonic()
        self._seconds = 0.0

    def now(self) -> float:
        """The clock; to be asked at least every few seconds."""
        before, self._last = self._last, time.monotonic()
        if self._running():
            self._seconds += min(self._last - before, LONGEST_STEP)
        return self._seconds


class Cutting:
    """A cutter whose state is the journal's. `push` keeps every sample until it is sent, else the newest only."""

    def __init__(self, journal: Journal, *, push: bool, wall: Callable[[], float] = time.time) -> None:
        self._journal = journal
        self._push = push
        self._wall = wall
        self._cutter = self._restored(0.0)

    def take(self, readings: Sequence[Reading | Part], arrived: float) -> Counter[str]:
        """Journal `readings` and what they close, in one transaction. Counts journaled, duplicate, window,
        straggler; of a part each of its readings."""
        counts: Counter[str] = Counter()
        cuts: list[Cut] = []
        taken: list[Reading] = []
        try:
            with self._journal.transaction():
                for reading in readings:
                    if isinstance(reading, Part):
                        cuts += self._take_part(reading, arrived, counts)
                        continue
                    row = self._journal.add(reading)
                    counts["duplicate" if row is None else "journaled"] += 1
                    if row is not None:
                        cuts += self._cut(reading, row, arrived)
                        taken.append(reading)
                self._keep(cuts)
                if not self._push:
                    newest.keep_readings(self._journal, taken)
        except BaseException:
            self._cutter = self._restored(arrived)
            raise
        return counts + _kinds(cuts)

    def listen(self, clock: float) -> Counter[str]:
        """Close what has been silent for two periods, in one transaction."""
        cuts = self._cutter.at(clock)
        if cuts:
            try:
                with self._journal.transaction():
                    self._keep(cuts)
            except BaseException:
                self._cutter = self._restored(clock)
                raise
        return _kinds(cuts)

    def _restored(self, clock: float) -> Cutter:
        # Nothing is cut here: each of these was added before, and what it closed was journaled together with it. An end
        # that was passed without a window is passed again by the reading that passed it, for that one is uncut.
        cutter = Cutter(self._journal.closed())
        for reading in self._journal.uncut():
            cutter.add(reading, clock)
        for part in folded.uncut(self._journal.db):
            cutter.add_part(part, clock)
        return cutter

    def _take_part(self, part: Part, arrived: float, counts: Counter[str]) -> list[Cut]:
        new = self._journal.add_part(part)
        counts["duplicate"] += part.total - (new[2].total if new else 0)
        if new is None:
            return []
        number, newest_row, rest = new
        counts["journaled"] += rest.total
        ahead = rest.begins > self._wall() * 1000 + FUTURE_MS
        cuts: list[Cut] = [windows.late(rest)] if ahead else self._cutter.add_part(rest, arrived)
        for place, cut in enumerate(cuts):
            if isinstance(cut, Late):
                series = self._journal.series_id(rest.key)
                cuts[place] = replace(cut, times=tuple(self._own_time(series, at, newest_row) for at in cut.times))
                folded.mark_cut(self._journal.db, number)
        return cuts

    def _cut(self, reading: Reading, row: int, arrived: float) -> list[Cut]:
        if self._is_ahead(reading):
            cuts: list[Cut] = [Straggler(reading=reading)]
        else:
            cuts = self._cutter.add(reading, arrived)
        settled: list[Cut] = []
        for cut in cuts:
            alone = isinstance(cut, Straggler) or (isinstance(cut, Window) and cut.start == cut.end)
            settled.append(self._at_its_own_time(cut, row) if alone else cut)
        return settled

    def _is_ahead(self, reading: Reading) -> bool:
        # A reading from 2036 would close every window until then and make stragglers of all that is true. It travels
        # alone and the service sets it aside.
        return bool(BY_KEY[reading.vital].window) and reading.measured_at > self._wall() * 1000 + FUTURE_MS

    def _at_its_own_time(self, cut: Cut, row: int) -> Cut:
        """The cut, moved by as few milliseconds as give it a time of its own.

        Two values for one time in one series are one too many for a store: it would refuse the whole request, or keep
        either. A millisecond is less than any device's truth, and with it every reading stands in the ledger. What was
        given is journaled with the reading, so that it never changes.
        """
        assert not isinstance(cut, Late)  # noqa: S101 - a part has times of its own for each of its readings
        of = cut.reading if isinstance(cut, Straggler) else cut
        series = self._journal.series_id((of.gateway, of.device, of.vital))
        at = self._own_time(series, cut.reading.measured_at if isinstance(cut, Straggler) else cut.end, row)
        self._journal.db.execute("UPDATE readings SET cut = 1 WHERE id = ?", (row,))
        if isinstance(cut, Straggler):
            return Straggler(reading=replace(cut.reading, measured_at=at))
        return replace(cut, start=at, end=at)

    def _own_time(self, series: int, at: int, row: int) -> int:
        db = self._journal.db
        while db.execute("INSERT OR IGNORE INTO own_times VALUES (?, ?, ?)", (series, at, row)).rowcount == 0:
            at += 1
        return at

    def _keep(self, cuts: Iterable[Cut]) -> None:
        cuts = list(cuts)
        for cut in cuts:
            if isinstance(cut, Window) and cut.start < cut.end:
                self._close(cut)
        if self._push:
            self._keep_samples(windows.to_series(cuts))
        else:
            newest.keep_windows(self._journal, (cut for cut in cuts if isinstance(cut, Window)))

    def _close(self, window: Window) -> None:
        db, series = self._journal.db, self._journal.series_id((window.gateway, window.device, window.vital))
        db.execute(
            "UPDATE readings SET cut = 1 WHERE cut = 0 AND series = ? AND measured_at >= ? AND measured_at < ?",
            (series, window.start, window.end),
        )
        folded.close(db, series, window.start)
        db.execute(
            "INSERT INTO closed VALUES (?, ?) ON CONFLICT DO UPDATE SET closed = max(closed, excluded.closed)",
            (series, window.end),
        )

    def _keep_samples(self, many: Iterable[Series]) -> None:
        # SQLite has no NaN: it makes NULL of it, and `batches` makes NaN again.
        self._journal.db.executemany(
            "INSERT INTO samples (labels, at, value) VALUES (?, ?, ?)",
            ((json.dumps(one.labels), at, value) for one in many for at, value in one.samples),
        )


def _kinds(cuts: Iterable[Cut]) -> Counter[str]:
    kinds: Counter[str] = Counter()
    for cut in cuts:
        kinds["window" if isinstance(cut, Window) else "straggler"] += cut.part.total if isinstance(cut, Late) else 1
    return kinds
