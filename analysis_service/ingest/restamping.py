"""Series that stand in the store under a patient with whom the gateway did not stand: under the right one instead.

Every act may be done again: a store takes the same sample twice, and what is taken away twice is gone once. What was
measured while the gateway changed hands is nobody's, and is set aside as the guard would have.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from analysis_service.clock import shown
from analysis_service.ingest.convoy import Convoy
from analysis_service.ingest.forwarding import Forwarding
from analysis_service.ingest.guard import Refused
from analysis_service.ingest.quarantine import Quarantine
from analysis_service.ingest.samples import window_of
from analysis_service.ingest.store import Store, StoreAway, StoreRefuses
from analysis_service.ingest.stored import Stored
from analysis_service.records.service import Assignment, in_force
from chevet import metrics
from chevet.remote_write import Label, Sample, Series, encode
from chevet.vitals import VITALS

LONGEST_WINDOW_MS = max(vital.window or 0 for vital in VITALS) * 1000
MOST_SAMPLES = 5_000
"""In one write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What is put right: `gateway` in [from_ms, until_ms), by the assignments as they read now."""

    gateway: str
    from_ms: int
    until_ms: int
    assignments: tuple[Assignment, ...]

    @property
    def ends(self) -> int:
        """Until when samples speak of it."""
        return self.until_ms + LONGEST_WINDOW_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Restamped:
    """How many samples stood under a wrong patient, and how many of those are nobody's."""

    found: int
    set_aside: int


class Restamping:
    """Moves samples from patient to patient."""

    def __init__(self, store: Store, stored: Stored, quarantine: Quarantine) -> None:
        self._store = store
        self._stored = stored
        self._quarantine = quarantine

    async def require_erasable(self) -> None:
        """Raises StoreRefuses or StoreAway."""
        await self._stored.require_erasable()

    async def copy(self, stretch: Stretch, wrong: str, begins: int, ends: int, batch: str) -> Restamped:
        """What stands under `wrong` in [begins, ends) is there under the right patient too, and was found there.

        Raises StoreRefuses or StoreAway.
        """
        found = await self._stored.samples(stretch.gateway, wrong, begins, ends)
        moved, nobodys = divided(found, wrong, stretch.assignments)
        for part in _parts(moved):
            refused = await Forwarding(self._store, Convoy(self._store)).forward(stretch.gateway, encode(part))
            if refused:
                raise StoreRefuses(refused[0].reason, of_time=False)
        if nobodys:
            await self._quarantine.set_aside(stretch.gateway, batch, nobodys)
        await self._require_there(stretch.gateway, moved, begins, ends)
        aside = _count(one.series for one in nobodys)
        return Restamped(found=_count(moved) + aside, set_aside=aside)

    async def _require_there(self, gateway: str, moved: Sequence[Series], begins: int, ends: int) -> None:
        for patient in sorted({dict(one.labels)[metrics.PATIENT] for one in moved}):
            there = {
                (one.labels, at): value
                for one in await self._stored.samples(gateway, patient, begins, ends)
                for at, value in one.samples
            }
            missing = sum(
                not _same(there.get((one.labels, at)), value)
                for one in moved
                if dict(one.labels)[metrics.PATIENT] == patient
                for at, value in one.samples
            )
            if missing:
                raise StoreAway(f"store: expected what was written to be there, {missing} samples are not; later")

    async def take_away(self, stretch: Stretch, wrong: str) -> None:
        """What stands under `wrong` of the stretch. Only after all of it was copied. Raises StoreAway."""
        names = await self._stored.names(stretch.gateway, wrong, stretch.from_ms, stretch.ends)
        for window, many in _by_window(names).items():
            # A window that ends when the stretch begins, or begins when it ends, is none of it.
            first, last = (
                (stretch.from_ms + 1, stretch.until_ms + window - 1)
                if window
                else (stretch.from_ms, stretch.until_ms - 1)
            )
            await self._stored.take_away(many, stretch.gateway, wrong, first, last)


def divided(
    found: Iterable[Series], wrong: str, assignments: Sequence[Assignment]
) -> tuple[list[Series], list[Refused]]:
    """What of `wrong`'s samples is another's, under that other; and what is nobody's, without a patient."""
    moved: list[Series] = []
    nobodys: list[Refused] = []
    for one in found:
        window = _window(one.name)
        of: defaultdict[str | None, list[Sample]] = defaultdict(list)
        for at, value in one.samples:
            right = in_force(assignments, at - window, at)
            if right is not None:
                of[right.patient].append((at, value))
            elif window:
                of[None].append((at, value))
        of.pop(wrong, None)
        nobodys += [_nobodys(one, tuple(of.pop(None)))] if None in of else []
        moved += [Series(_under(one.labels, patient), tuple(samples)) for patient, samples in of.items() if patient]
    return moved, nobodys


def _nobodys(one: Series, samples: tuple[Sample, ...]) -> Refused:
    labels = tuple(label for label in one.labels if label[0] != metrics.PATIENT)
    reason = (
        f"patient: expected an assignment over the whole window, at {shown(samples[0][0])} the gateway changed hands"
    )
    return Refused(series=Series(labels, samples), reason=reason, field="patient")


def _under(labels: Iterable[Label], patient: str) -> tuple[Label, ...]:
    return tuple((name, patient if name == metrics.PATIENT else value) for name, value in labels)


def _window(name: str) -> int:
    """What no gateway sends, such as what a rule made, is of its own moment."""
    found = metrics.of_series(name)
    return window_of(found[0]) if found else 0


def _by_window(names: Iterable[str]) -> Mapping[int, list[str]]:
    by: defaultdict[int, list[str]] = defaultdict(list)
    for name in sorted(names):
        by[_window(name)].append(name)
    return by


def _parts(many: Sequence[Series]) -> Iterable[list[Series]]:
    part: list[Series] = []
    room = MOST_SAMPLES
    for one in many:
        for first in range(0, len(one.samples), MOST_SAMPLES):
            piece = Series(one.labels, one.samples[first : first + MOST_SAMPLES])
            if part and len(piece.samples) > room:
                yield part
                part, room = [], MOST_SAMPLES
            part.append(piece)
            room -= len(piece.samples)
    if part:
        yield part


def _count(many: Iterable[Series]) -> int:
    return sum(len(one.samples) for one in many)


def _same(there: float | None, value: float) -> bool:
    return there == value or (there is not None and math.isnan(there) and math.isnan(value))
