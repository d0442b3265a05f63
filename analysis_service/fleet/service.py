"""The fleet: which gateways there are, how they are, and which Prometheus may scrape now, and for whom."""

from __future__ import annotations

from pydantic import ValidationError
from sqlalchemy import select

from analysis_service.access.service import Within
from analysis_service.asking import about
from analysis_service.clock import Clock
from analysis_service.database import Database, insert_new
from analysis_service.fleet.enroller import enroller_of as enroller_of
from analysis_service.fleet.enrolments import Enrolments as Enrolments
from analysis_service.fleet.enrolments import revoked
from analysis_service.fleet.schemas import GatewayBody, GatewayView, HeartbeatBody, HeartbeatView, TargetGroup
from analysis_service.fleet.tables import GatewayRow, HeartbeatRow
from analysis_service.problems import CONFLICT, FORBIDDEN, NOT_FOUND, Problem
from analysis_service.records.service import Assignment, Records, standing_beside
from chevet.vitals import DEVICE_VITALS, GRACE

LONGEST_WINDOW_MS = max(vital.window or 0 for vital in DEVICE_VITALS) * 1000
REFRESH_MS = 30_000
"""How often Prometheus asks at the latest: a target leaves so long before its assignment ends."""

ONLINE_MS = 3 * 60_000
"""A gateway beats each minute: it is online while a heartbeat came within this time."""

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
            row = await session.merge(row)
            beat = await session.get(HeartbeatRow, gateway)
            since = await revoked(session)
        return _view(row, beat, self._clock(), since.get(gateway))

    async def beat(self, gateway: str, body: HeartbeatBody) -> None:
        """Keep a heartbeat in the place of the one before. A gateway that nobody registered is one that pushes."""
        now = self._clock()
        unknown = {"gateway": gateway, "mode": "push", "address": None, "registered_ms": now}
        async with self._database.writing() as session:
            await session.execute(insert_new(GatewayRow), [unknown])
            await session.merge(HeartbeatRow(gateway=gateway, received_ms=now, body=body.model_dump(mode="json")))

    async def heartbeats(self) -> dict[str, int]:
        """Each gateway that ever sent a heartbeat, and when the newest came, in milliseconds."""
        query = select(HeartbeatRow.gateway, HeartbeatRow.received_ms).order_by(HeartbeatRow.gateway)
        async with self._database.reading() as session:
            return {gateway: received for gateway, received in await session.execute(query)}

    async def gateways(self, only: str | None = None, own: Within | None = None) -> list[GatewayView]:
        """All of them, or `only` one; of them those that stand with somebody's `own` patients now, and about those."""
        now = self._clock()
        query = _WITH_HEARTBEAT.order_by(GatewayRow.gateway)
        if own is not None:
            beside = standing_beside(own, now).subquery()
            query = query.join(beside, beside.c.gateway == GatewayRow.gateway).add_columns(beside.c.patient)
        if only is not None:
            query = query.where(GatewayRow.gateway == only)
        async with self._database.reading() as session:
            since = await revoked(session)
            found = (await session.execute(query)).all()
        if own is not None:
            about(*(one.patient for one in found))
        return [_view(row, beat, now, since.get(row.gateway)) for row, beat, *_ in found]

    async def gateway(self, gateway: str, own: Within | None = None) -> GatewayView:
        """One of them. Raises Problem 404, and 403 where it stands with nobody of their `own`."""
        found = await self.gateways(gateway)
        if not found:
            raise Problem(NOT_FOUND, f"gateway: expected one that is registered, found no {gateway}", field="gateway")
        if own is not None and not await self.gateways(gateway, own):
            raise Problem(
                FORBIDDEN, "gateway: expected one beside a patient in your care, got another", field="gateway"
            )
        return found[0]

    async def pulled(self) -> frozenset[str]:
        """The gateways that Prometheus scrapes; every other, registered or not, pushes."""
        async with self._database.reading() as session:
            return frozenset(await session.scalars(select(GatewayRow.gateway).where(GatewayRow.mode == "pull")))

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


def is_online(received: int | None, now: int) -> bool:
    """Whether the newest heartbeat, if any ever came, is young enough."""
    return received is not None and now - received <= ONLINE_MS


_WITH_HEARTBEAT = select(GatewayRow, HeartbeatRow).outerjoin(HeartbeatRow, HeartbeatRow.gateway == GatewayRow.gateway)


def _view(row: GatewayRow, beat: HeartbeatRow | None, now: int, revoked_ms: int | None) -> GatewayView:
    online = is_online(None if beat is None else beat.received_ms, now)
    return GatewayView.model_validate(
        {
            "gateway": row.gateway,
            "mode": row.mode,
            "address": row.address,
            "online": online,
            "offline_since": None if beat is None or online else beat.received_ms,
            "heartbeat": None if beat is None else _said(beat),
            "revoked_ms": revoked_ms,
        }
    )


def _said(beat: HeartbeatRow) -> HeartbeatView | None:
    """What a heartbeat said; None of one that an earlier version of the service kept in a form of its own."""
    try:
        return HeartbeatView.model_validate({**beat.body, "received_ms": beat.received_ms})
    except ValidationError:
        return None
