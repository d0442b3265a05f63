"""Whether a record of looks is as it was written: the first thing that is not, in a sentence."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from chevet.audit import FIRST, NO_SEAL, Anchor, Entry, Seal, code_of, digest, is_ours

MOST_UNANCHORED = 1
"""Seals that the anchor may lack: one is written to the database first, and then there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong; which entry or seal shows it, and its time in milliseconds, where there is one."""

    sentence: str
    entry: int | None = None
    seal: int | None = None
    at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was looked at, and the first fault; `unsealed` entries, of the last second, are among `entries`."""

    entries: int
    seals: int
    unsealed: int
    sealed_at: int | None
    fault: Fault | None


class Verification:
    """One look at a record, seal by seal, so that it need not be held whole. It goes on to count after a fault."""

    def __init__(self, key: bytes, anchors: Iterable[Anchor]) -> None:
        self._key = key
        self._anchored: defaultdict[int, list[Anchor]] = defaultdict(list)
        for one in anchors:
            self._anchored[one.seal].append(one)
        self._last: Seal | None = None
        self._entries = self._seals = self._unsealed = 0
        self._fault: Fault | None = None

    def sealed(self, seal: Seal, entries: Sequence[Entry]) -> None:
        """The next seal by number, and by number the entries up to its last that were not shown yet."""
        self._note(self._of_seal(seal))
        self._note(self._of_sealed(seal, entries))
        self._last = seal
        self._seals += 1
        self._entries += len(entries)

    def unsealed(self, entries: Sequence[Entry]) -> None:
        """The entries behind the last seal, by number; in pieces as they come."""
        self._note(self._of_entries(self._next + self._unsealed, entries))
        self._unsealed += len(entries)
        self._entries += len(entries)

    def verdict(self) -> Verdict:
        """What was found, once all seals and entries were shown."""
        self._note(self._of_end())
        return Verdict(
            entries=self._entries,
            seals=self._seals,
            unsealed=self._unsealed,
            sealed_at=None if self._last is None else self._last.at,
            fault=self._fault,
        )

    @property
    def _next(self) -> int:
        """The entry that the next seal begins with."""
        return FIRST if self._last is None else self._last.last + 1

    def _note(self, faults: Iterator[Fault]) -> None:
        if self._fault is None:
            self._fault = next(faults, None)

    def _of_seal(self, seal: Seal) -> Iterator[Fault]:
        """Where it stands in the chain, then its own code, then what is anchored of it."""
        number = FIRST if self._last is None else self._last.number + 1
        if seal.number != number:
            yield _of(seal, f"seal {number}: expected before seal {seal.number}, is missing: it was removed")
        known = [one.code for one in self._anchored.get(seal.number, ())]
        if any(code != seal.code for code in known):
            sentence = "expected the one that the anchor knows, got another: the end was cut off and written anew"
            yield _of(seal, f"seal {seal.number}: {sentence}, or the seal was forged")
        if seal.code != code_of(self._key, seal):
            yield _of(seal, f"seal {seal.number}: expected the code of our key, got another: the seal was forged")
        if seal.previous != (NO_SEAL if self._last is None else self._last.code) or seal.first != self._next:
            yield _of(seal, f"seal {seal.number}: expected to follow seal {number - 1}, follows another")

    def _of_sealed(self, seal: Seal, entries: Sequence[Entry]) -> Iterator[Fault]:
        """The entries under a seal that is whole itself."""
        yield from self._of_entries(seal.first, entries)
        if len(entries) < seal.count:
            missing = seal.first + len(entries)
            sentence = f"entry {missing}: expected under seal {seal.number}, is missing: it was removed"
            yield Fault(sentence=sentence, entry=missing, seal=seal.number, at=seal.at)
        if len(entries) != seal.count or digest(entries) != seal.digest:
            yield _of(seal, f"seal {seal.number}: expected the entries that it was made of, got others")

    def _of_entries(self, first: int, entries: Sequence[Entry]) -> Iterator[Fault]:
        for expected, one in enumerate(entries, first):
            if one.id > expected:
                sentence = f"entry {expected}: expected before entry {one.id}, is missing: it was removed"
                yield Fault(sentence=sentence, entry=expected, at=one.look.at)
            if one.id < expected:
                yield _about(one, "expected none with this number here: it was added")
            if not is_ours(self._key, one):
                yield _about(one, self._what_was_done(one, entries))

    def _what_was_done(self, one: Entry, near: Sequence[Entry]) -> str:
        for other in near:
            if is_ours(self._key, replace(one, id=other.id)):
                return f"expected what was written there, got entry {other.id}: the order was changed"
        return "expected the code of our key, got another: the entry was changed or added"

    def _of_end(self) -> Iterator[Fault]:
        """What the anchor knows of the end."""
        newest = max(self._anchored, default=0)
        last = 0 if self._last is None else self._last.number
        if newest > last:
            one = self._anchored[newest][0]
            sentence = (
                f"seal {newest}: expected, with {one.entries} entries, for the anchor knows it; "
                f"the record ends with seal {last} and entry {self._next - 1}: its end was cut off"
            )
            yield Fault(sentence=sentence, seal=newest, at=one.at)
        for number in range(FIRST, last + 1 - MOST_UNANCHORED):
            if number not in self._anchored:
                yield Fault(
                    sentence=f"seal {number}: expected in the anchor, is not: it was not written, or removed",
                    seal=number,
                )


def verify(key: bytes, entries: Iterable[Entry], seals: Iterable[Seal], anchors: Iterable[Anchor]) -> Verdict:
    """Of a record that is held whole; rows in any order."""
    left = deque(sorted(entries, key=lambda one: one.id))
    found = Verification(key, anchors)
    for seal in sorted(seals, key=lambda one: one.number):
        under = []
        while left and left[0].id <= seal.last:
            under.append(left.popleft())
        found.sealed(seal, under)
    found.unsealed(left)
    return found.verdict()


def _of(seal: Seal, sentence: str) -> Fault:
    return Fault(sentence=sentence, seal=seal.number, at=seal.at)


def _about(one: Entry, sentence: str) -> Fault:
    return Fault(sentence=f"entry {one.id}: {sentence}", entry=one.id, at=one.look.at)
