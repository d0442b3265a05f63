"""The guard at work: judge, forward, set aside; a request is answered only after the store has what may go on."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from analysis_service.clock import Clock
from analysis_service.fleet.service import Fleet
from analysis_service.ingest.batches import series_of, unpacked
from analysis_service.ingest.convoy import Convoy
from analysis_service.ingest.cutting import cut
from analysis_service.ingest.familiar import Acquaintance
from analysis_service.ingest.forwarding import Forwarding
from analysis_service.ingest.glance import Glance
from analysis_service.ingest.guard import Refused as Refused
from analysis_service.ingest.guard import Verdict, judge
from analysis_service.ingest.looking import Looking
from analysis_service.ingest.quarantine import Quarantine
from analysis_service.ingest.refusals import Circumstances
from analysis_service.ingest.restamping import Restamping as Restamping
from analysis_service.ingest.restamping import Stretch as Stretch
from analysis_service.ingest.roll import Roll
from analysis_service.ingest.schemas import Quarantined, SeriesBody
from analysis_service.ingest.store import Store
from analysis_service.ingest.store import StoreAway as StoreAway
from analysis_service.ingest.store import StoreRefuses as StoreRefuses
from analysis_service.problems import INVALID, UNAVAILABLE, Problem
from analysis_service.records.service import Assignment, Expectations, Records
from analysis_service.settings import Settings
from analysis_service.telemetry import Telemetry
from chevet import metrics
from chevet.remote_write import Series, encode

THREADED_BYTES = 4 * 1024
"""Above this a request is judged in full in a thread, so that others do not wait for it."""
GLANCED_BYTES = 128 * 1024
"""Up to this a request is unpacked and looked at at once: a gateway's batch of 500 samples has some 15,000."""
REPLAY_SECONDS = 60.0
"""Of forwarding in a replay: well under what a claim to its series lasts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """`encoded` is the WriteRequest of the `samples` that may go on; `refused` is what may not."""

    encoded: bytes
    samples: int
    refused: Sequence[Refused] = ()


class Ingest:
    """What gateways send, to the store."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        records: Records,
        expectations: Expectations,
        store: Store,
        quarantine: Quarantine,
        fleet: Fleet,
        telemetry: Telemetry,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._records = records
        self._store = store
        self._convoy = Convoy(store)
        self._familiar = Acquaintance()
        self._looking = Looking()
        self._quarantine = quarantine
        self._roll = Roll(fleet, expectations, clock, settings.devices_per_gateway)
        self._telemetry = telemetry
        self._values: dict[str, Mapping[tuple[str, str], frozenset[str]]] = {}
        self._judging: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._under_way: Counter[str] = Counter()

    async def write(self, gateway: str, batch: str | None, body: bytes) -> int:
        """Take a request; the number of its samples that were set aside. Raises Problem.

        First the store, then the quarantine: a request that comes again, because either was away, changes nothing.
        """
        judged = await self._judged(gateway, body)
        refused_by_store = await Forwarding(self._store, self._convoy).forward(gateway, judged.encoded)
        refused = [*judged.refused, *refused_by_store]
        if refused:
            await self._quarantine.set_aside(gateway, batch, refused)
        aside = sum(max(1, len(one.series.samples)) for one in refused)
        self._telemetry.count(stored=judged.samples - len(refused_by_store), quarantined=aside)
        return aside

    async def by_hand(self, patient: str, entry: str, many: Sequence[Series]) -> Sequence[Refused]:
        """What people measured of `patient`, by the same guard to the same store; what of it was set aside.

        Raises Problem 503 where the store is away; then nothing was set aside.
        """
        whose = Assignment(id=entry, gateway=metrics.BY_HAND, patient=patient, from_ms=0, until_ms=None)
        known = Circumstances(gateway=metrics.BY_HAND, now=self._clock(), assignments=(whose,))
        verdict = judge(many, known)
        forwarding = Forwarding(self._store, self._convoy)
        of_store = await forwarding.forward(metrics.BY_HAND, encode(verdict.passed))
        refused = [*verdict.refused, *of_store]
        if refused:
            await self._quarantine.set_aside(metrics.BY_HAND, entry, refused)
        self._telemetry.count(stored=len(many) - len(refused), quarantined=len(refused))
        return refused

    @contextmanager
    def turn(self, gateway: str) -> Iterator[None]:
        """One request of `gateway`, from before its body is read. Raises Problem 503 where too many are under way."""
        most = self._settings.requests_per_gateway
        if self._under_way[gateway] >= most:
            raise Problem(
                UNAVAILABLE, f"gateway: expected at most {most} requests of {gateway} at once", field="gateway"
            )
        self._under_way[gateway] += 1
        try:
            yield
        finally:
            self._under_way[gateway] -= 1
            if not self._under_way[gateway]:
                del self._under_way[gateway]

    async def _judged(self, gateway: str, body: bytes) -> Judged:
        """One request of a gateway after the other: each is judged by what was learned from those before it."""
        async with self._judging[gateway]:
            known = await self._circumstances(gateway)
            if len(body) > GLANCED_BYTES:
                return await self._judged_in_full(gateway, await asyncio.to_thread(self._unpacked, body), known)
            request = self._unpacked(body)
            seen = await self._glance(gateway, request, known) if len(request) <= GLANCED_BYTES else None
            if seen is None:
                return await self._judged_in_full(gateway, request, known)
            await self._roll.learn(gateway, seen.seen)
            return Judged(encoded=seen.encoded, samples=seen.samples)

    def _unpacked(self, body: bytes) -> bytes:
        return unpacked(body, self._settings.uncompressed_bytes)

    async def _glance(self, gateway: str, request: bytes, known: Circumstances) -> Glance | None:
        """Two bytes are the least that a field has: what could have too many of them is read in full."""
        if len(request) // 2 > self._settings.fields_per_request:
            return None
        whole = cut(request, self._familiar.of(gateway), known, self._settings.series_per_request)
        return await self._looking.at(whole) if whole is not None else None

    async def _judged_in_full(self, gateway: str, request: bytes, known: Circumstances) -> Judged:
        if len(request) > THREADED_BYTES:
            verdict, judged = await asyncio.to_thread(self._verdict, request, known)
        else:
            verdict, judged = self._verdict(request, known)
        self._values[gateway] = verdict.values
        # Before forwarding, so that a device that the store knows is always among those counted.
        await self._roll.learn(gateway, verdict.seen)
        self._familiar.remember(gateway, verdict.passed)
        return judged

    def _verdict(self, request: bytes, known: Circumstances) -> tuple[Verdict, Judged]:
        bounds = self._settings
        verdict = judge(series_of(request, bounds.series_per_request, bounds.fields_per_request), known)
        samples = sum(len(one.samples) for one in verdict.passed)
        return verdict, Judged(encoded=encode(verdict.passed), samples=samples, refused=verdict.refused)

    async def _circumstances(self, gateway: str) -> Circumstances:
        registered = await self._roll.of(gateway)
        return Circumstances(
            gateway=gateway,
            now=self._clock(),
            assignments=await self._records.held_assignments(gateway),
            devices=registered.devices,
            max_devices=self._settings.devices_per_gateway,
            pulled=registered.pulled,
            values=self._values.get(gateway, {}),
        )

    async def quarantined(self, gateway: str | None, replayed: bool, limit: int) -> list[Quarantined]:
        """What was set aside."""
        return await self._quarantine.rows(gateway, replayed, limit)

    async def replay(self, id: str, corrected: SeriesBody | None, by: str) -> Quarantined:
        """Judge a series again, as it came or corrected, and forward it if all of it may go on. Raises Problem."""
        async with self._quarantine.claimed(id) as row:
            try:
                async with asyncio.timeout(REPLAY_SECONDS):
                    await self._forward_whole(row, corrected)
            except TimeoutError:
                raise Problem(
                    UNAVAILABLE, f"store: expected an answer within {REPLAY_SECONDS:.0f} s, got none", field="store"
                ) from None
            return await self._quarantine.mark_replayed(id, by)

    async def _forward_whole(self, row: Quarantined, corrected: SeriesBody | None) -> None:
        verdict = judge([(corrected or row.series).series()], await self._circumstances(row.gateway))
        if not verdict.refused:
            await self._roll.learn(row.gateway, verdict.seen)
        forwarding = Forwarding(self._store, self._convoy)
        refused = verdict.refused or await forwarding.forward(row.gateway, encode(verdict.passed))
        if refused:
            raise Problem(INVALID, refused[0].reason, field=refused[0].field)
