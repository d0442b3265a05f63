"""The broker is short of disk: it takes nothing, the spool grows, urgent reads it there, and all arrives once after."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from contextlib import closing

from chevet.readings import Reading
from exporters.gateway.bus import topology
from provisioning.local import servers
from tests.exporters.gateway.uplink.homes import connected

EVERYTHING, LITTLE = "1000000GB", "1MB"
LOW = 84


def payload(at, spo2):
    return json.dumps({"spo2": spo2, "heart_rate": 71, "contact": True, "last_seen": at})


def in_spool(state, exchange):
    if not (state / "spool.sqlite").exists():
        return 0
    with closing(sqlite3.connect(f"file:{state / 'spool.sqlite'}?mode=ro", uri=True, timeout=5)) as spool:
        return spool.execute("SELECT count(*) FROM leaving WHERE exchange = ?", (exchange,)).fetchone()[0]


async def collected(bus, expected):
    """Everything that comes until these are `expected`, and what comes within a second after."""
    readings = []
    async with asyncio.timeout(60), bus.consume(topology.UPLINK, linger=1.0) as batches:
        async for batch in batches:
            readings += [Reading.from_json(delivery.body) for delivery in batch]
            bus.ack_all(batch)
            if len(readings) >= expected:
                return readings


async def test_a_broker_short_of_disk_keeps_no_patient_unwatched_and_loses_nothing(
    tmp_path, house, wait_for, start_intake, device_list
):
    def soon(found):
        return asyncio.to_thread(wait_for, found, 60)

    with servers.running(tmp_path / "broker", servers.RABBITMQ) as stack:
        broker = stack.rabbitmq
        url = broker.amqp_url(broker.new_vhost("home"))
        async with connected(url) as bus:
            house.start(broker_url=url)
            intake = start_intake(url)
            state = intake.state_dir
            await soon(lambda: house.said("reading what waited"))
            # What the broker has before it is short of disk reaches intake, whose readings then cannot leave.
            assert await bus.publish(topology.MQTT, "zigbee2mqtt.bridge.devices", device_list(ox="CV-OX1"))
            began = time.time_ns() // 1_000_000 - 110_000
            waiting = [payload(began + n * 10_000, LOW) for n in range(12)]
            assert all(await asyncio.gather(*(bus.publish(topology.MQTT, "zigbee2mqtt.ox", one) for one in waiting)))
            await asyncio.to_thread(broker.control, "set_disk_free_limit", EVERYTHING)
            intake.start()
            await soon(lambda: house.world.sms)
            assert in_spool(state, topology.URGENT) == in_spool(state, topology.READINGS) == 24
            await asyncio.to_thread(broker.control, "set_disk_free_limit", LITTLE)
            await soon(lambda: in_spool(state, topology.READINGS) == in_spool(state, topology.URGENT) == 0)
            readings = await collected(bus, 24)
        assert len(readings) == len({one.identity for one in readings}) == 24
        assert len(house.world.sms) == 1
        assert intake.stop() == 0
        assert "Traceback" not in intake.said()
