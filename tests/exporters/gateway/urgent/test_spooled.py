"""What urgent reads from intake's spool while the broker is away."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import closing
from zoneinfo import ZoneInfo

import pytest

from exporters.gateway.bus import topology
from exporters.gateway.bus.client import Bus
from exporters.gateway.intake.spool import NAME, Spool
from exporters.gateway.urgent import main, spooled
from exporters.gateway.urgent.bedside import Bedside
from exporters.gateway.urgent.caller import Caller, Local
from exporters.gateway.urgent.gateway_conditions import GatewayConditions
from exporters.gateway.urgent.registrar import Registrar
from exporters.gateway.urgent.spooled import Spooled
from exporters.gateway.urgent.state import UrgentState


@pytest.fixture
def patience(monkeypatch):
    """urgent in a hurry."""
    monkeypatch.setattr(main, "SPOOL_EVERY", 0.01)
    monkeypatch.setattr(main, "BROKER_WITHIN", 0.01)
    return lambda seconds: monkeypatch.setattr(main, "UNREAD_QUEUES", seconds)


@contextlib.asynccontextmanager
async def urgent_without_broker(folder, free_port):
    """Its bedside, while it runs beside a broker that never starts."""
    with closing(UrgentState(folder)) as state:
        bedside = Bedside(state, "g01", ZoneInfo("UTC"), None)
        bus = Bus(f"amqp://g01:secret@127.0.0.1:{free_port()}/g01", "urgent", topology.queues(2**30))
        local = Local(contact=None, channels=(), zone=ZoneInfo("UTC"))
        caller = Caller(bedside, local, lambda: asyncio.sleep(0), GatewayConditions(bedside, ()))
        urgent = main.Urgent(bus, Spooled(folder), bedside, caller, Registrar(bedside, bus), "g01")
        task = asyncio.create_task(urgent.run())
        yield bedside, caller
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def fill(folder, readings):
    with closing(Spool(folder / NAME, 2**30)) as spool, spool.transaction():
        spool.add(b"1", readings)


async def test_started_beside_a_broker_that_stays_away_it_reads_the_spool_after_a_while(
    tmp_path, house, now, free_port, patience
):
    patience(0.1)
    fill(tmp_path, house.readings([84.0] * 8, until=now()))
    async with urgent_without_broker(tmp_path, free_port) as (bedside, _), asyncio.timeout(10):
        while not bedside.cases:
            await asyncio.sleep(0.01)


async def test_until_then_it_waits_for_the_queues_whose_readings_are_older(tmp_path, house, now, free_port, patience):
    patience(60)
    fill(tmp_path, house.readings([84.0] * 8, until=now()))
    async with urgent_without_broker(tmp_path, free_port) as (bedside, caller):
        await asyncio.wait_for(caller.enabled.wait(), 10)
        for _ in range(20):
            await asyncio.sleep(main.SPOOL_EVERY)
        assert not bedside.cases


def test_a_spool_stands_still_when_its_oldest_reading_has_not_left_for_so_long_and_not_before(
    tmp_path, house, now, monkeypatch
):
    still = Spooled(tmp_path)
    fill(tmp_path, house.readings([97.0] * 3, until=now()))
    looks = iter([1.0, 1.0, 5.999, 6.0, 7.0, 7.0, 11.999, 12.0])
    monkeypatch.setattr(spooled.time, "monotonic", lambda: next(looks))
    assert [still.stands_still(5.0) for _ in range(2)] == [False, False]
    assert still.stands_still(5.0)
    with closing(Spool(tmp_path / NAME, 2**30)) as spool:
        spool.remove(topology.URGENT, [1])
    assert [still.stands_still(5.0) for _ in range(3)] == [False, False, True]
    with closing(Spool(tmp_path / NAME, 2**30)) as spool:
        spool.remove(topology.URGENT, [2, 3])
    monkeypatch.setattr(spooled.time, "monotonic", lambda: 100.0)
    assert not still.stands_still(5.0), "nothing waits"
