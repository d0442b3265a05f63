"""What ought to arrive: the vitals of each device, as a person set them and as they were seen to come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Select, or_, select, update

from analysis_service.clock import Clock
from analysis_service.database import Database, insert_new
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
        known: dict[str, tuple[str, ...]] = {}
        async with self._database.reading() as session:
            query = select(DeviceVitalRow).where(DeviceVitalRow.gateway == gateway)
            for row in await session.scalars(query.order_by(DeviceVitalRow.device, DeviceVitalRow.vital)):
                known[row.device] = known.get(row.device, ()) + ((row.vital,) if row.expected else ())
        return known

    async def known(self) -> dict[str, set[tuple[str, str]]]:
        """Of every gateway the (device, vital) pairs that it has sent or was said to send, expected or not."""
        known: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
        query = select(DeviceVitalRow.gateway, DeviceVitalRow.device, DeviceVitalRow.vital)
        async with self._database.reading() as session:
            for gateway, device, vital in await session.execute(query):
                known[gateway].add((device, vital))
        return dict(known)

    async def put_devices(self, gateway: str, devices: dict[str, tuple[str, ...]]) -> None:
        """Set what is expected. What was seen and is not named stays known, and is expected no more."""
        pairs = [(device, vital) for device, vitals in devices.items() for vital in vitals]
        async with self._database.writing() as session:
            await session.execute(
                update(DeviceVitalRow).where(DeviceVitalRow.gateway == gateway).values(expected=False)
            )
            for device, vital in pairs:
                row = DeviceVitalRow(gateway=gateway, device=device, vital=vital, expected=True, since_ms=self._clock())
                await session.merge(row)

    async def learn(self, gateway: str, seen: Iterable[tuple[str, str]], most: int) -> bool:
        """Remember (device, vital) pairs that arrived. What a person took away is not expected again.

        False, and nothing remembered, where new devices would make more than `most`: other workers learn too.
        """
        now = self._clock()
        rows = [
            {"gateway": gateway, "device": device, "vital": vital, "expected": True, "since_ms": now}
            for device, vital in sorted(seen)
        ]
        query = select(DeviceVitalRow.device).where(DeviceVitalRow.gateway == gateway).distinct()
        async with self._database.writing() as session:
            known = set(await session.scalars(query))
            new = {row["device"] for row in rows} - known
            if new and len(known) + len(new) > most:
                return False
            await session.execute(insert_new(DeviceVitalRow), rows)
        return True

    async def expected(self) -> list[Expectation]:
        """Every vital that ought to arrive now: of the known devices of every gateway that stands with a patient."""
        now = self._clock()
        standing = standing_at(now).subquery()
        row = DeviceVitalRow
        query = (
            select(row.gateway, row.device, standing.c.patient, row.vital)
            .join(standing, standing.c.gateway == row.gateway)
            .where(row.expected, row.vital.in_(AWAITED))
            .order_by(row.gateway, row.device, row.vital)
        )
        async with self._database.reading() as session:
            return [Expectation(*one) for one in await session.execute(query)]


def standing_at(now: int) -> Select[AssignmentRow]:
    """Assignments in force at `now`."""
    return select(AssignmentRow).where(
        AssignmentRow.from_ms <= now, or_(AssignmentRow.until_ms.is_(None), AssignmentRow.until_ms > now)
    )
