"""The fleet: which gateways there are, and which Prometheus may scrape now, and for whom."""

from __future__ import annotations

from sqlalchemy import select

from analysis_service.clock import Clock
from analysis_service.database import Database
from analysis_service.fleet.schemas import GatewayBody, GatewayView, TargetGroup
from analysis_service.fleet.tables import GatewayRow
from analysis_service.problems import CONFLICT, NOT_FOUND, Problem
from analysis_service.records.service import Assignment, Records
from chevet.vitals import DEVICE_VITALS, GRACE

LONGEST_WINDOW_MS = max(vital.window or 0 for vital in DEVICE_VITALS) * 1000
REFRESH_MS = 30_000
"""How often Prometheus asks at the latest: a target leaves so long before its assignment ends."""


SINCE, UNTIL = "__param_from", "__param_until"
"""No labels of a series: Prometheus asks the gateway with them, so that nothing is shown of the patient before, nor of
the one after while it knows no newer targets than these."""


class Fleet:
    """The gateways."""

    def __init__(self, database: Database, clock: Clock, records: Records) -> None:
        self._database = database
        self._clock = clock
        self._records = records

    async def put(self, gateway: str, body: GatewayBody) -> GatewayView:
        """Register a gateway, or change how its series come. Raises Problem 409 where another has its address."""
        row = GatewayRow(gateway=gateway, mode=body.mode, address=body.address, registered_ms=self._clock())
        async with self._database.writing() as session:
            query = select(GatewayRow).where(GatewayRow.address == body.address, GatewayRow.gateway != gateway)
            other = await session.scalar(query.limit(1)) if body.address else None
            if other is not None:
                raise Problem(CONFLICT, f"address: expected one of its own, {other.gateway} has it", field="address")
            return _view(await session.merge(row))

    async def gateways(self) -> list[GatewayView]:
        """All of them."""
        async with self._database.reading() as session:
            return [_view(row) for row in await session.scalars(select(GatewayRow).order_by(GatewayRow.gateway))]

    async def gateway(self, gateway: str) -> GatewayView:
        """One of them. Raises Problem 404."""
        async with self._database.reading() as session:
            row = await session.get(GatewayRow, gateway)
        if row is None:
            raise Problem(NOT_FOUND, f"gateway: expected one that is registered, found no {gateway}", field="gateway")
        return _view(row)

    async def is_pulled(self, gateway: str) -> bool:
        """Whether Prometheus scrapes `gateway`; one that is not registered pushes."""
        async with self._database.reading() as session:
            row = await session.get(GatewayRow, gateway)
        return row is not None and row.mode == "pull"

    async def targets(self) -> list[TargetGroup]:
        """What Prometheus scrapes now: pull gateways whose every shown window is of the patient they stand with."""
        now = self._clock()
        pulled = {one.gateway: one.address for one in await self.gateways() if one.mode == "pull" and one.address}
        return [
            TargetGroup(
                targets=[pulled[one.gateway]],
                labels={"gateway": one.gateway, "patient": one.patient} | _span(one),
            )
            for one in await self._records.standing()
            if one.gateway in pulled and may_be_scraped(one, now)
        ]


def may_be_scraped(assignment: Assignment, now: int) -> bool:
    """From the cut of the first window wholly inside the assignment until shortly before it ends."""
    first_start = -(-assignment.from_ms // LONGEST_WINDOW_MS) * LONGEST_WINDOW_MS
    first_cut = first_start + LONGEST_WINDOW_MS + GRACE * 1000
    return first_cut <= now and (assignment.until_ms is None or now + REFRESH_MS <= assignment.until_ms)


def _span(assignment: Assignment) -> dict[str, str]:
    ends = {} if assignment.until_ms is None else {UNTIL: str(assignment.until_ms)}
    return {SINCE: str(assignment.from_ms)} | ends


def _view(row: GatewayRow) -> GatewayView:
    return GatewayView.model_validate({"gateway": row.gateway, "mode": row.mode, "address": row.address})
