"""What ought to arrive: the vitals of each device, as a person set them and as they were seen to come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.access.service import Within
from analysis_service.clock import Clock
from analysis_service.database import Database, insert_new
from analysis_service.records.history import Author, What, save, version_of
from analysis_service.records.tables import AssignmentRow, DeviceVitalRow
from chevet.vitals import VITALS

AWAITED = tuple(vital.key for vital in VITALS if vital.interval and vital.stale_after)
"""The vitals that ought to come at intervals; a fall ought not."""


class Expectation(NamedTuple):
    """One vital that ought to arrive: for a thousand patients there are ten thousand."""

    gateway: str
    device: str
    patient: str
    vital: str


class Expectations:
    """The known devices of all gateways."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def devices(self, gateway: str) -> dict[str, tuple[str, ...]]:
        """Each known device of `gateway` with the vitals expected of it; none where a person took them all away."""
        return (await self.devices_edition(gateway))[0]

    async def devices_edition(self, gateway: str) -> tuple[dict[str, tuple[str, ...]], int]:
        """The same, and which edition it is: a device that was heard for the first time makes one too."""
        async with self._database.reading() as session:
            return await _devices(session, gateway), await version_of(session, What.DEVICES, gateway)

    async def known(self) -> dict[str, set[tuple[str, str]]]:
        """Of every gateway the (device, vital) pairs that it has sent or was said to send, expected or not."""
        known: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
        query = select(DeviceVitalRow.gateway, DeviceVitalRow.device, DeviceVitalRow.vital)
        async with self._database.reading() as session:
            for gateway, device, vital in await session.execute(query):
                known[gateway].add((device, vital))
        return dict(known)

    async def put_devices(self, gateway: str, devices: dict[str, tuple[str, ...]], edition: int, by: Author) -> int:
        """Set what is expected; the new edition. What was seen and is not named stays known, and is expected no more.

        Raises Problem 412.
        """
        row, now = DeviceVitalRow, self._clock()
        pairs = {(device, vital) for device, vitals in devices.items() for vital in vitals}
        async with self._database.writing() as session:
            many = await session.scalars(select(row).where(row.gateway == gateway))
            known = {(one.device, one.vital): one for one in many}
            for pair, one in known.items():
                one.expected = pair in pairs
            session.add_all(
                row(gateway=gateway, device=device, vital=vital, expected=True, since_ms=now)
                for device, vital in sorted(pairs - known.keys())
            )
            await session.flush()
            return await self._save(session, gateway, by, edition)

    async def learn(self, gateway: str, seen: Collection[tuple[str, str]], most: int) -> bool:
        """Remember (device, vital) pairs that arrived. What a person took away is not expected again.

        False, and nothing remembered, where new devices would make more than `most`: other workers learn too.
        """
        now = self._clock()
        rows = [
            {"gateway": gateway, "device": device, "vital": vital, "expected": True, "since_ms": now}
            for device, vital in sorted(seen)
        ]
        query = select(DeviceVitalRow.device, DeviceVitalRow.vital).where(DeviceVitalRow.gateway == gateway)
        async with self._database.writing() as session:
            pairs = {(device, vital) for device, vital in await session.execute(query)}
            known = {device for device, _ in pairs}
            new = {row["device"] for row in rows} - known
            if new and len(known) + len(new) > most:
                return False
            await session.execute(insert_new(DeviceVitalRow), rows)
            if set(seen) - pairs:  # else another worker was faster
                await self._save(session, gateway, Author(f"gateway {gateway}", f"gateway {gateway}"), None)
        return True

    async def _save(self, session: AsyncSession, gateway: str, by: Author, edition: int | None) -> int:
        devices = await _devices(session, gateway)
        return await save(session, What.DEVICES, gateway, {"devices": devices}, by, self._clock(), edition)

    async def expected(self, patient: str | None = None) -> list[Expectation]:
        """Every vital that ought to arrive now: of the known devices of every gateway that stands with a patient.

        Of `patient` alone, where one is named.
        """
        now = self._clock()
        standing = standing_at(now).subquery()
        row = DeviceVitalRow
        query = (
            select(row.gateway, row.device, standing.c.patient, row.vital)
            .join(standing, standing.c.gateway == row.gateway)
            .where(row.expected, row.vital.in_(AWAITED))
            .order_by(row.gateway, row.device, row.vital)
        )
        if patient is not None:
            query = query.where(standing.c.patient == patient)
        async with self._database.reading() as session:
            return [Expectation(*one) for one in await session.execute(query)]


async def _devices(session: AsyncSession, gateway: str) -> dict[str, tuple[str, ...]]:
    known: dict[str, tuple[str, ...]] = {}
    pair = (DeviceVitalRow.device, DeviceVitalRow.vital)
    query = select(*pair, DeviceVitalRow.expected).where(DeviceVitalRow.gateway == gateway)
    for device, vital, expected in await session.execute(query.order_by(*pair)):
        known[device] = known.get(device, ()) + ((vital,) if expected else ())
    return known


def gateways_beside(own: Within, now: int) -> Select[str]:
    """The gateways that stand at `now` with patients who are somebody's own."""
    standing = standing_beside(own, now).subquery()
    return select(standing.c.gateway)


def standing_beside(own: Within, now: int) -> Select[AssignmentRow]:
    """The assignments by which they do."""
    return standing_at(now).where(own(AssignmentRow.patient))


def standing_at(now: int) -> Select[AssignmentRow]:
    """Assignments in force at `now`."""
    return select(AssignmentRow).where(
        AssignmentRow.withdrawn_ms.is_(None),
        AssignmentRow.from_ms <= now,
        or_(AssignmentRow.until_ms.is_(None), AssignmentRow.until_ms > now),
    )
