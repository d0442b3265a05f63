"""Handing series to the store: what it refuses is found by halving, within a bound; its own faults blame no sample."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Sequence

from analysis_service.clock import shown
from analysis_service.ingest.convoy import Convoy
from analysis_service.ingest.guard import Refused
from analysis_service.ingest.store import Store, StoreAway, StoreRefuses
from analysis_service.problems import TOO_LARGE, UNAVAILABLE, Problem
from chevet.remote_write import Series, decode, encode

MOST_WRITES = 1_100
"""Enough for a gateway's batch of 500 samples of which the store takes none."""
MOST_SECONDS = 20.0
"""Shorter than gateways wait for an answer."""


class Forwarding:
    """One request on its way to the store: first with others', and where the store refuses it, by itself."""

    def __init__(self, store: Store, convoy: Convoy) -> None:
        self._store = store
        self._convoy = convoy
        self._writes = 0
        self._began = time.monotonic()

    async def forward(self, gateway: str, encoded: bytes) -> list[Refused]:
        """Hand over the series of a WriteRequest; what the store refuses of them.

        Raises Problem 503 where the store is away or takes nothing, 413 where it refuses too much to find in one go.
        """
        if not encoded:
            return []
        refuses = await _answer(self._convoy.hand_over(gateway, encoded))
        if refuses is None:
            return []
        self._writes, self._began = 1, time.monotonic()
        many = await asyncio.to_thread(decode, encoded)
        if refuses.of_time:
            await self._require_newest(many)
        return await self._found(many, refuses)

    async def _require_newest(self, many: Sequence[Series]) -> None:
        """The store ought to take all of these times, for the guard let them pass.

        One that does not even take the newest has a wrong clock, a short out-of-order window or a sample from the
        future: then no sample of this request is at fault, and whoever came next would be refused as well.
        """
        at, value, of = max((at, value, one.labels) for one in many for at, value in one.samples)
        refuses = await self._refusal_of([Series(of, ((at, value),))])
        if refuses is not None and refuses.of_time:
            raise Problem(
                UNAVAILABLE, f"store: expected to take a sample of {shown(at)}; {refuses}; keep it", field="store"
            )

    async def _found(self, many: Sequence[Series], refuses: StoreRefuses) -> list[Refused]:
        halves = _halves(many)
        if halves is None:
            return [Refused(series=_without_patient(many[0]), reason=str(refuses), field="store")]
        if self._writes >= MOST_WRITES or time.monotonic() - self._began > MOST_SECONDS:
            raise Problem(
                TOO_LARGE,
                "body: expected fewer samples at once that the store refuses; send it in halves",
                field="body",
            )
        found: list[Refused] = []
        for half in halves:
            why = await self._refusal_of(half)
            if why is not None:
                found += await self._found(half, why)
        return found

    async def _refusal_of(self, many: Sequence[Series]) -> StoreRefuses | None:
        self._writes += 1
        return await _answer(self._write(many))

    async def _write(self, many: Sequence[Series]) -> StoreRefuses | None:
        try:
            await self._store.write(encode(many))
        except StoreRefuses as refuses:
            return refuses
        return None


async def _answer(write: Awaitable[StoreRefuses | None]) -> StoreRefuses | None:
    """What the store has against a write; None where it took it. Raises Problem 503."""
    try:
        return await write
    except StoreAway as away:
        raise Problem(UNAVAILABLE, f"{away}; nothing was set aside; send the same again", field="store") from None


def _halves(many: Sequence[Series]) -> tuple[Sequence[Series], Sequence[Series]] | None:
    """Two parts of what was refused, first by series, then by samples; None where it is one sample."""
    if len(many) > 1:
        return many[: len(many) // 2], many[len(many) // 2 :]
    (one,) = many
    if len(one.samples) < 2:
        return None
    middle = len(one.samples) // 2
    return [Series(one.labels, one.samples[:middle])], [Series(one.labels, one.samples[middle:])]


def _without_patient(one: Series) -> Series:
    """As it came: who it belongs to is judged again when it is replayed."""
    return Series(tuple(label for label in one.labels if label[0] != "patient"), one.samples)
