"""A time that no step of the wall clock moves, by which `lasting`, age and silence are counted at the gateway.

It is what the wall clock would show had it gone on as it was at one moment of this boot: no server is needed for it,
for a segment's id says how far its clock was ahead of the monotonic one. Across boots it is as good as the wall clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from chevet.detection import Transition
from chevet.readings import Reading
from chevet.segments import STEP, Moment, clock_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Steady:
    """The clock of `boot` that stays as far `ahead` (milliseconds) of the monotonic one as it is."""

    boot: str
    ahead: int

    def of(self, reading: Reading) -> Reading:
        """The reading, measured by this clock; one of another boot, or of no clock that is known, as it is."""
        by = self.stepped(reading.segment)
        return replace(reading, measured_at=max(0, reading.measured_at - by)) if by else reading

    def stepped(self, segment: str) -> int:
        """Milliseconds by which the clock of a segment is ahead of it; 0 for one of another boot, or of no clock."""
        clock = clock_of(segment)
        return self._stepped(clock[1]) if clock is not None and clock[0] == self.boot else 0

    def at(self, wall: int, now: Moment) -> int:
        """What it shows when the wall clock, as it goes now, shows `wall`."""
        return wall - self._stepped(now.ahead)

    def shown(self, at: int, now: Moment) -> int:
        """The other way: what the wall clock, as it goes now, has to say for the time `at`."""
        return max(0, at + self._stepped(now.ahead))

    def told(self, transition: Transition, now: Moment) -> Transition:
        """The transition, with its times by the wall clock as it goes now: what people are told."""
        return replace(transition, onset=self.shown(transition.onset, now), at=self.shown(transition.at, now))

    def _stepped(self, ahead: int) -> int:
        """By how much the wall clock has stepped where it is so far `ahead`; two looks at it differ a little."""
        by = ahead - self.ahead
        return by if abs(by) > STEP else 0
