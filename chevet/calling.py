"""Who is called next about an alert, and when: a plan from what was tried so far. Pure; nothing here sends.

Contacts are called in their order, the next one when nobody took the alert within the lease: two rounds, then hourly,
at most twelve messages. A hand-over that fails is followed at once by the next channel, then by the next contact; when
all have failed it is tried again with a growing pause, for ever, and failures do not count among the twelve.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from chevet.alerts import Attempt, Outcome
from chevet.sheet import LEASE, Contact, Sheet

ROUNDS = 2
HOURLY = 3600
MOST_MESSAGES = 12
FIRST_PAUSE, LONGEST_PAUSE = 5, 300
"""Seconds between two tries of everybody when all of them failed."""

LOCAL_PLACE = 0
"""The place of the local number; those of a sheet count from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callee:
    """A contact at its place in the roster."""

    place: int
    contact: Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Who may be called at this moment, in order, by which channels, and how long each has to take the alert."""

    callees: tuple[Callee, ...]
    channels: tuple[str, ...]
    lease_seconds: int = LEASE

    def index_after(self, place: int) -> int:
        """Where in `callees` the one after `place` stands. A place that is there no more: the first."""
        places = [callee.place for callee in self.callees]
        return (places.index(place) + 1) % len(places) if place in places else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The next thing to do about an alert: `number` in the plan, 1 first; `due` in milliseconds."""

    number: int
    callee: Callee
    channel: str
    due: int


def roster(sheet: Sheet | None, local: Contact | None, channels: Sequence[str], now: int) -> Roster:
    """Whom to call at `now`: the sheet's contacts while it holds, otherwise nobody but the local number."""
    locals_ = () if local is None else (Callee(place=LOCAL_PLACE, contact=local),)
    if sheet is None or not sheet.holds(now) or not sheet.contacts:
        return Roster(callees=locals_, channels=tuple(channels))
    callees = tuple(Callee(place=place, contact=contact) for place, contact in enumerate(sheet.contacts, start=1))
    return Roster(callees=callees, channels=tuple(channels), lease_seconds=sheet.lease_seconds)


def messages(attempts: Sequence[Attempt]) -> int:
    """How many messages may have reached a phone. One that was repeated may have gone out twice."""
    return sum(2 if one.repeated else 1 for one in attempts if one.outcome is Outcome.HANDED)


def next_call(roster: Roster, attempts: Sequence[Attempt], since: int) -> Call | None:
    """The next call about an alert that is calling since `since`; None when nobody is left to call.

    None also where the roster is empty: ask again when there is another.
    """
    if not roster.callees or not roster.channels or messages(attempts) >= MOST_MESSAGES:
        return None
    number = len(attempts) + 1
    if not attempts:
        return Call(number=number, callee=roster.callees[0], channel=roster.channels[0], due=since)
    last = attempts[-1]
    if last.outcome is Outcome.HANDED:
        callee = roster.callees[roster.index_after(last.contact)]
        return Call(
            number=number, callee=callee, channel=roster.channels[0], due=last.at + _wait(roster, attempts) * 1000
        )
    callee, channel = _after_failure(roster, last)
    return Call(number=number, callee=callee, channel=channel, due=last.at + _pause(roster, attempts) * 1000)


def _wait(roster: Roster, attempts: Sequence[Attempt]) -> int:
    handed = sum(one.outcome is Outcome.HANDED for one in attempts)
    return roster.lease_seconds if handed < ROUNDS * len(roster.callees) else HOURLY


def _after_failure(roster: Roster, last: Attempt) -> tuple[Callee, str]:
    """The next channel to the same contact, or the first channel to the next one."""
    following = roster.channels.index(last.channel) + 1 if last.channel in roster.channels else 0
    same = next((callee for callee in roster.callees if callee.place == last.contact), None)
    if same is not None and 0 < following < len(roster.channels):
        return same, roster.channels[following]
    return roster.callees[roster.index_after(last.contact)], roster.channels[0]


def _pause(roster: Roster, attempts: Sequence[Attempt]) -> int:
    """Nothing while somebody is still untried; then a pause that doubles with each time that all have failed."""
    failed = sum(1 for _ in takewhile(lambda one: one.outcome is Outcome.FAILED, reversed(attempts)))
    sweeps, rest = divmod(failed, len(roster.callees) * len(roster.channels))
    return 0 if rest else min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(sweeps - 1, 16))
