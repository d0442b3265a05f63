"""Whether an alert is called about now: only what a fresh reading tells, or the newest that there is.

What waited somewhere, in a queue or at a sensor that was out of reach, may have passed already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chevet.vitals import BY_KEY
from exporters.gateway.urgent.cases import Calling, Case
from exporters.gateway.urgent.detectors import Key, Watch
from exporters.gateway.urgent.steady import Clocks

FRESH = 15.0
SETTLE = 1.0
"""Seconds. A reading that comes later than FRESH after it was measured may be one of many that waited somewhere: what
it raises is called about when no other of its signal comes within SETTLE, for that may tell that all is well again."""

UNSETTLED = 10.0
"""Seconds after which it is called about though others still come: a sensor may send more often than each SETTLE, and
its clock may be late for good."""


class Judging:
    """Remembers when each signal was heard, and since when each alert is undecided, on a monotonic clock in seconds."""

    def __init__(self, watches: Mapping[Key, Watch], clocks: Clocks) -> None:
        self._watches, self._clocks = watches, clocks
        self._arrived: dict[Key, float] = {}
        self._undecided: dict[str, float] = {}

    def heard(self, key: Key, clock: float) -> None:
        """A reading of this signal came."""
        self._arrived[key] = clock

    def changed(self, cases: Iterable[Case], now: int, clock: float) -> list[tuple[Case, Calling]]:
        """Those of `cases` about which it is decided otherwise now; `now` in milliseconds of the wall clock."""
        undecided = [one for one in cases if one.calling in (Calling.UNJUDGED, Calling.WAITING)]
        ids = {case.alert.id for case in undecided}
        self._undecided = {alert: since for alert, since in self._undecided.items() if alert in ids}
        judged = [(case, self._judgement(case, now, clock)) for case in undecided]
        return [(case, calling) for case, calling in judged if calling is not case.calling]

    def _judgement(self, case: Case, now: int, clock: float) -> Calling:
        if not case.alert.calls_relatives or case.taken:
            return Calling.NONE
        key = (case.alert.device, case.alert.vital)
        newest = self._watches[key].newest(case.alert.rule)
        age = float("inf") if newest is None else (self._clocks.at(now) - newest) / 1000
        stale_after = BY_KEY[case.alert.vital].stale_after
        if stale_after is not None and age >= stale_after:
            self._undecided.pop(case.alert.id, None)
            return Calling.WAITING
        since = self._undecided.setdefault(case.alert.id, clock)
        settled = clock - self._arrived.get(key, float("-inf")) >= SETTLE
        settled = settled or clock - since >= UNSETTLED
        return Calling.OPEN if age < FRESH or settled else case.calling
