"""The guard at work: judge, forward, set aside; a request is answered only after the store has what may go on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from analysis_service.clock import Clock
from analysis_service.ingest.batches import unpacked
from analysis_service.ingest.guard import Refused, Verdict, judge
from analysis_service.ingest.quarantine import Quarantine
from analysis_service.ingest.refusals import Circumstances
from analysis_service.ingest.schemas import Quarantined, SeriesBody
from analysis_service.ingest.store import Store, StoreRefuses
from analysis_service.ingest.store import StoreAway as StoreAway
from analysis_service.problems import CONFLICT, INVALID, UNAVAILABLE, Problem
from analysis_service.records.service import Expectations, Records
from analysis_service.settings import Settings
from analysis_service.telemetry import Telemetry
from chevet.remote_write import Series

DEVICES_LIFE_MS = 10_000
THREADED_BYTES = 4 * 1024
"""Above this a request is judged in a thread, so that others do not wait for it."""


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
        telemetry: Telemetry,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._records = records
        self._expectations = expectations
        self._store = store
        self._quarantine = quarantine
        self._telemetry = telemetry
        self._devices: dict[str, tuple[int, frozenset[str]]] = {}
        self._learned: set[tuple[str, str, str]] = set()

    async def write(self, gateway: str, batch: str | None, body: bytes) -> int:
        """Take a request; the number of its samples that were set aside. Raises Problem.

        First the store, then the quarantine: a request that comes again, because either was away, changes nothing.
        """
        known = await self._circumstances(gateway)
        if len(body) > THREADED_BYTES:
            verdict = await asyncio.to_thread(self._verdict, body, known)
        else:
            verdict = self._verdict(body, known)
        await self._learn(gateway, verdict)
        refused_by_store = await self._forward(verdict.passed)
        refused = [*verdict.refused, *refused_by_store]
        if refused:
            await self._quarantine.set_aside(gateway, batch, refused)
        aside = sum(max(1, len(one.series.samples)) for one in refused)
        self._telemetry.samples.labels(result="quarantined").inc(aside)
        self._telemetry.samples.labels(result="stored").inc(_count(verdict.passed) - len(refused_by_store))
        return aside

    def _verdict(self, body: bytes, known: Circumstances) -> Verdict:
        return judge(unpacked(body, self._settings.uncompressed_bytes, self._settings.series_per_request), known)

    async def _circumstances(self, gateway: str) -> Circumstances:
        return Circumstances(
            gateway=gateway,
            now=self._clock(),
            assignments=await self._records.held_assignments(gateway),
            devices=await self._known_devices(gateway),
            max_devices=self._settings.devices_per_gateway,
        )

    async def _known_devices(self, gateway: str) -> frozenset[str]:
        now = self._clock()
        read_at, devices = self._devices.get(gateway, (None, frozenset[str]()))
        if read_at is None or not 0 <= now - read_at < DEVICES_LIFE_MS:
            devices = frozenset(await self._expectations.devices(gateway))
            self._devices[gateway] = (now, devices)
        return devices

    async def _learn(self, gateway: str, verdict: Verdict) -> None:
        """Before forwarding, so that a device that the store knows is always among those counted."""
        new = {(device, vital) for device, vital in verdict.seen if (gateway, device, vital) not in self._learned}
        if new:
            await self._expectations.learn(gateway, new)
            self._learned |= {(gateway, device, vital) for device, vital in new}
            self._devices.pop(gateway, None)

    async def _forward(self, many: Sequence[Series]) -> list[Refused]:
        """Hand `many` to the store; what it refuses, found by halving. Raises Problem 503 where it is away."""
        if not many:
            return []
        try:
            await self._store.write(many)
        except StoreAway as away:
            raise Problem(UNAVAILABLE, f"{away}; nothing was set aside; send the same again", field="store") from None
        except StoreRefuses as refuses:
            halves = _halves(many)
            if halves is None:
                return [Refused(series=_without_patient(many[0]), reason=str(refuses), field="store")]
            return [refused for half in halves for refused in await self._forward(half)]
        return []

    async def quarantined(self, gateway: str | None, replayed: bool, limit: int) -> list[Quarantined]:
        """What was set aside."""
        return await self._quarantine.rows(gateway, replayed, limit)

    async def replay(self, id: str, corrected: SeriesBody | None, by: str) -> Quarantined:
        """Judge a series again, as it came or corrected, and forward it if all of it may go on."""
        row = await self._quarantine.row(id)
        if row.replayed_ms is not None:
            raise Problem(CONFLICT, "id: expected a series not yet replayed, got one that is", field="id")
        verdict = judge([(corrected or row.series).series()], await self._circumstances(row.gateway))
        if not verdict.refused:
            await self._learn(row.gateway, verdict)
        refused = verdict.refused or await self._forward(verdict.passed)
        if refused:
            raise Problem(INVALID, refused[0].reason, field=refused[0].field)
        return await self._quarantine.mark_replayed(id, by)


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


def _count(many: Sequence[Series]) -> int:
    return sum(len(one.samples) for one in many)
