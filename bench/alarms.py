"""Alarms over one signal, counted: what a naive rule raises, what ours raise, and why the difference. Pure.

The naive rule is one crossing, one alarm: a number beyond a limit after one that was not, whatever the device says of
it. What is no number at all neither begins nor ends its alarm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from bench.due import beyond
from chevet.detection import Change, Detector, Transition
from chevet.readings import Quality, Reading
from chevet.rules import OF_VITAL, Rule
from chevet.vitals import BY_KEY


class Why(StrEnum):
    """Why the naive rule's alarm is none of ours."""

    PROBE_OFF = "probe off"
    MOTION = "motion or not plausible"
    STANDS = "the alarm stands already"
    SPARSE = "no second reading before stale_after"
    BRIEF = "did not last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A reading, and the number that the device sent with it whatever its quality; None where it sent none."""

    reading: Reading
    sent: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """One alarm of ours: its rule, and each of its changes until it cleared."""

    rule: str
    changes: tuple[Transition, ...]

    @property
    def at(self) -> int:
        """When it was raised, in milliseconds."""
        return self.changes[0].at


@dataclass(slots=True)
class Alarms:
    """What one signal, or many together, gave."""

    raised: list[Raised] = field(default_factory=list)
    naive: int = 0
    suppressed: Counter[Why] = field(default_factory=Counter)

    def add(self, other: Alarms) -> None:
        """Count those of another signal in."""
        self.raised += other.raised
        self.naive += other.naive
        self.suppressed += other.suppressed


def alarms(vital: str, signal: list[Heard]) -> Alarms:
    """All of one vital of one device, in the order of intake."""
    found = Alarms()
    for rule in OF_VITAL[vital]:
        detector, changes, standing = Detector(rule), list[Transition](), list[bool]()
        for heard in signal:
            changes += detector.step(heard.reading)
            standing.append(detector.severity is not None)
        found.raised += _raised(changes)
        for first, last in _runs(_crossed(rule, signal)):
            found.naive += 1
            if first and standing[first - 1]:
                found.suppressed[Why.STANDS] += 1
            elif not any(standing[first : last + 1]):
                found.suppressed[_why(signal, first, last)] += 1
    return found


def _raised(changes: Iterable[Transition]) -> Iterator[Raised]:
    """An alarm is all changes from one RAISED to the next."""
    together: list[Transition] = []
    for change in changes:
        if change.change is Change.RAISED and together:
            yield Raised(rule=together[0].rule, changes=tuple(together))
            together = []
        together.append(change)
    if together:
        yield Raised(rule=together[0].rule, changes=tuple(together))


def _crossed(rule: Rule, signal: list[Heard]) -> list[bool]:
    flags, flag = [], False
    for heard in signal:
        flag = flag if heard.sent is None else beyond(rule, heard.sent)
        flags.append(flag)
    return flags


def _runs(flags: list[bool]) -> Iterator[tuple[int, int]]:
    """The first and last place of each unbroken run of true ones."""
    first = None
    for place, flag in enumerate([*flags, False]):
        if flag and first is None:
            first = place
        elif not flag and first is not None:
            yield first, place - 1
            first = None


def _why(signal: list[Heard], first: int, last: int) -> Why:
    qualities = {heard.reading.quality for heard in signal[first : last + 1]}
    if Quality.GOOD not in qualities:
        return Why.PROBE_OFF if Quality.MISSING in qualities else Why.MOTION
    stale = (BY_KEY[signal[first].reading.vital].stale_after or 0) * 1000
    times = [heard.reading.measured_at for heard in signal[first : last + 2]]
    if any(later - earlier > stale for earlier, later in pairwise(times)):
        return Why.SPARSE
    return Why.BRIEF
