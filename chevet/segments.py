"""Segments: the stretches of a gateway's wall clock between two steps of it, and what each is off from the server's.

A small gateway boots in the past and is set right later, or wrong. Its monotonic clock (since boot, asleep or not)
never steps, so a segment is told by its boot and by how far its wall clock is `ahead` of the monotonic one, and its id
says both: whoever meets a reading, on whatever disk, knows when in the boot it was measured, and what one comparison
with the server makes of that. Slewing moves both clocks alike and begins no segment; what wanders beyond `STEP` from a
segment's own beginning does, however slowly, or one offset would not be true of all of its readings.

Whose time is it? A message that waited in the broker was stamped before, maybe by a segment that is over. Where ranges
overlap, because the clock stepped back or nobody looked while it stepped, the newest that holds the time has it, but
for two pieces of evidence. Whoever keeps up with the queue gets each message at once: it is of the present. And a queue
keeps the order in which messages were stamped: in a backlog, while stamps go on without a break from one message to the
next, they are of one segment; at a step back, or after a pause, the newest counts again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from chevet.errors import ChevetError
from chevet.readings import Quality, Reading

UNKNOWN = "unknown"
"""The segment of a reading whose time lies in none that is known."""

STEP = 1000
"""Milliseconds by which the wall clock may wander within a segment."""

RESTATED = 2000
"""Milliseconds: an offset below it is none, for the server's clock is only known to about a second."""

AHEAD = 5 * 60_000
"""How far ahead of the clock a time may lie and still be of the present segment: stamped by another machine's clock."""

UNBROKEN = 2 * 60_000
"""The longest pause between two stamps that go on from each other; marks on disk are a minute apart."""

FRESH = 2000
"""A message that came sooner than this after it was stamped has not waited."""

TAIL = 2 * 60_000
"""How long a boot went on after the last look that is on disk, at least: one is journaled each minute."""

DAY = 24 * 60 * 60_000
"""How long, at most, the clock is believed to have gone on unseen: after a boot's last look, and before the first."""

KEPT = 200
"""Segments that are remembered. A clock that steps so often within nine days is beyond help."""


class BadClock(ChevetError):
    """The machine's clocks say what none can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One look at a machine's clocks, in milliseconds: since its boot, and since 1970."""

    boot: str
    monotonic: int
    wall: int

    @property
    def ahead(self) -> int:
        """How far the wall clock is ahead of the monotonic one."""
        return self.wall - self.monotonic


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One stretch. `since` and `until` are monotonic: the earliest it may have begun, the latest it was, or may have
    been, seen."""

    boot: str
    ahead: int
    since: int
    until: int

    def __post_init__(self) -> None:
        if self.since > self.until:
            raise BadClock(f"segment: expected an end after {self.since}, got {self.until}", field="until")

    @property
    def id(self) -> str:
        """What a reading carries."""
        return f"{self.boot}.{self.ahead}"

    def holds(self, measured_at: int) -> bool:
        """Whether its clock may have shown this time."""
        return self.since - STEP <= measured_at - self.ahead <= self.until + STEP


def clock_of(segment: str) -> tuple[str, int] | None:
    """The boot of a segment's id, and how far ahead its clock is; None where the id says neither."""
    boot, _, ahead = segment.rpartition(".")
    digits = ahead.removeprefix("-")
    return (boot, int(ahead)) if boot and digits.isascii() and digits.isdigit() else None


class Segments:
    """All that is known of a gateway's clock, oldest first. `known` restores what `all` gave."""

    def __init__(self, known: Iterable[Segment] = ()) -> None:
        self._all = list(known)
        # What waits in the queue goes on from where it was read to.
        last = self._all[-1] if self._all else None
        self._before = _Before(last.ahead + last.until, last, fresh=True) if last else None

    @property
    def all(self) -> tuple[Segment, ...]:
        """What is to be journaled."""
        return tuple(self._all)

    def look(self, now: Moment) -> bool:
        """One more look at the clocks. Whether the wall clock has stepped since the last one of this boot."""
        if self._all and self._all[-1].boot == now.boot:
            return self._go_on(self._all[-1], now)
        if self._all:
            self._all[-1] = _gone_on(self._all[-1], now)
        # Before the very first look nothing is known against the clock.
        since = 0 if self._all else -DAY
        self._begin(Segment(boot=now.boot, ahead=now.ahead, since=since, until=max(since, now.monotonic)))
        return False

    def of(self, measured_at: int) -> Segment | None:
        """The segment whose clock stamped the next message of the queue."""
        if not self._all:
            return None
        present = self._all[-1]
        age = present.until + present.ahead - measured_at
        holding = [one for one in self._all if one.holds(measured_at)]
        if not holding and -AHEAD <= age <= 0:
            holding = [present]
        if not holding:
            return None
        fresh = -STEP <= age <= FRESH
        found = (None if fresh and self._keeps_up else self._continued(holding, measured_at)) or holding[-1]
        self._before = _Before(measured_at, found, fresh=fresh)
        return found

    @property
    def _keeps_up(self) -> bool:
        return self._before is None or self._before.fresh

    def age(self, measured_at: int, segment: Segment) -> int | None:
        """Milliseconds since then, whatever the wall clock did; None where a boot lies between."""
        present = self._all[-1]
        return present.until - (measured_at - segment.ahead) if segment.boot == present.boot else None

    def _go_on(self, last: Segment, now: Moment) -> bool:
        seen = replace(last, until=max(last.until, now.monotonic))
        self._all[-1] = seen
        if abs(now.ahead - last.ahead) <= STEP:
            return False
        # It stepped at some moment since the last look, and either clock may have stamped what lies between.
        self._begin(Segment(boot=now.boot, ahead=now.ahead, since=last.until, until=seen.until))
        return True

    def _begin(self, segment: Segment) -> None:
        self._all = [*self._all, segment][-KEPT:]

    def _continued(self, holding: list[Segment], measured_at: int) -> Segment | None:
        """That of the message before, where this one goes on from it."""
        if self._before is None or not 0 <= measured_at - self._before.at <= UNBROKEN:
            return None
        before = self._before.segment
        return next((one for one in holding if (one.id, one.since) == (before.id, before.since)), None)


@dataclass(frozen=True, slots=True)
class _Before:
    """The message before: what was stamped, in which segment, and whether it had not waited."""

    at: int
    segment: Segment
    fresh: bool


def _gone_on(last: Segment, now: Moment) -> Segment:
    """The last segment of a boot that is over: its clock went on until about when the next boot began, if that fits."""
    between = now.ahead - (last.ahead + last.until)
    return replace(last, until=last.until + (between if 0 <= between <= DAY else TAIL))


def server_ahead(asked: Moment, answered: Moment, date: int) -> int:
    """How far the server's clock is ahead of our monotonic one, from the `Date` of one answer, in whole seconds."""
    return date + 500 - (asked.monotonic + answered.monotonic) // 2


def offset(segment: str, boot: str, ahead: int) -> int | None:
    """Milliseconds to be added to the times of a segment, where the server is `ahead` of the monotonic clock of `boot`.

    None for a segment of another boot, for which nothing can be said any more. 0 where it is too little to restate.
    """
    clock = clock_of(segment)
    if clock is None or clock[0] != boot:
        return None
    found = ahead - clock[1]
    return found if abs(found) >= RESTATED else 0


def restated(reading: Reading, by: int) -> Reading:
    """The reading in the server's time."""
    return replace(reading, measured_at=max(0, reading.measured_at + by)) if by else reading


def suspected(reading: Reading) -> Reading:
    """The reading, not to be believed, for nobody knows when it was measured."""
    return replace(reading, quality=Quality.SUSPECT) if reading.quality is Quality.GOOD else reading
