"""What is registered of the gateways, read for all of them at once and held for a short while.

A gateway sends every few seconds. Asked for each by itself, whatever is held has gone stale when it comes again, and a
thousand of them cost hundreds of questions a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Set
from dataclasses import dataclass

from analysis_service.clock import Clock
from analysis_service.fleet.service import Fleet
from analysis_service.ingest.familiar import Pair
from analysis_service.problems import UNAVAILABLE, Problem
from analysis_service.records.service import Expectations

HELD_MS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A gateway: whether Prometheus scrapes it, its devices, and the pairs that it has sent or was said to send."""

    pulled: bool
    pairs: frozenset[Pair]
    devices: frozenset[str]


def _registered(pulled: bool, pairs: Set[Pair]) -> Registered:
    return Registered(pulled=pulled, pairs=frozenset(pairs), devices=frozenset(device for device, _ in pairs))


class Roll:
    """The gateways as of a moment ago."""

    def __init__(self, fleet: Fleet, expectations: Expectations, clock: Clock, most_devices: int) -> None:
        self._fleet = fleet
        self._expectations = expectations
        self._clock = clock
        self._most_devices = most_devices
        self._read_at: int | None = None
        self._pulled: frozenset[str] = frozenset()
        self._known: dict[str, Registered] = {}
        self._reading = asyncio.Lock()
        self._learning = asyncio.Lock()

    async def of(self, gateway: str) -> Registered:
        """What is known of `gateway`."""
        if self._stale:
            async with self._reading:
                if self._stale:
                    await self._read()
        known = self._known.get(gateway)
        return known if known is not None else _registered(gateway in self._pulled, frozenset())

    async def learn(self, gateway: str, seen: Set[Pair]) -> None:
        """These pairs have come. One gateway after the other: a database takes one writer at a time.

        Raises Problem 503 where they would be too many devices with those that another worker learned meanwhile.
        """
        if seen <= (await self.of(gateway)).pairs:
            return
        async with self._learning:
            new = seen - (await self.of(gateway)).pairs
            if not await self._expectations.learn(gateway, new, self._most_devices):
                self._read_at = None
                raise Problem(UNAVAILABLE, "device: expected those known a moment ago, others came", field="device")
            known = await self.of(gateway)
            self._known[gateway] = _registered(known.pulled, known.pairs | seen)

    @property
    def _stale(self) -> bool:
        return self._read_at is None or not 0 <= self._clock() - self._read_at < HELD_MS

    async def _read(self) -> None:
        now = self._clock()
        self._pulled = await self._fleet.pulled()
        known = await self._expectations.known()
        self._known = {gateway: _registered(gateway in self._pulled, pairs) for gateway, pairs in known.items()}
        self._read_at = now
