"""Intake as a real process on a real broker: nothing lost, nothing twice, whatever dies and wherever."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import time
import urllib.request
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, closing
from pathlib import Path
from typing import Any

import paho.mqtt.publish as mqtt
import pytest

from chevet.readings import Quality, Reading
from exporters.gateway.bus import topology
from exporters.gateway.bus.client import Bus
from provisioning.local import servers

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
Running = Callable[[Bus], AbstractAsyncContextManager[Bus]]
DeviceList = Callable[..., str]

BEGAN = time.time_ns() // 1_000_000 - 3_600_000
"""An hour ago, in milliseconds: what waited in the queue must not become now."""


def payload(number: int, **attributes: Any) -> str:
    return json.dumps({"spo2": 97, "heart_rate": 71, "contact": True, "last_seen": BEGAN + number} | attributes)


async def send(bus: Bus, numbers: range, **attributes: Any) -> None:
    """As the MQTT plugin hands on what the oximeter «ox» sends."""
    answers = [bus.publish(topology.MQTT, "zigbee2mqtt.ox", payload(number, **attributes)) for number in numbers]
    assert all(await asyncio.gather(*answers))


async def list_devices(bus: Bus, devices: str) -> None:
    assert await bus.publish(topology.MQTT, "zigbee2mqtt.bridge.devices", devices)


async def collect(
    bus: Bus, expected: int, queue: str = topology.UPLINK, *, before: tuple[Reading, ...] = ()
) -> list[Reading]:
    """What came `before` and what comes, until these are `expected` different measurements."""
    readings = list(before)
    async with asyncio.timeout(60), bus.consume(queue) as batches:
        async for batch in batches:
            readings += [Reading.from_json(delivery.body) for delivery in batch]
            bus.ack_all(batch)
            if len({(one.device, one.vital, one.measured_at) for one in readings}) >= expected:
                return readings
    return readings


def assert_one_identity_each(readings: list[Reading]) -> None:
    identities = defaultdict(set)
    for reading in readings:
        identities[reading.device, reading.vital, reading.measured_at].add(reading.identity)
    assert {len(several) for several in identities.values()} == {1}
    sequences = defaultdict(set)
    for reading in readings:
        sequences[reading.vital, reading.run].add(reading.sequence)
    assert all(numbers == set(range(1, len(numbers) + 1)) for numbers in sequences.values())


async def test_a_dead_letter_that_the_broker_does_not_take_holds_up_no_reading(
    bus: Bus, intake: Any, rabbitmq: servers.Broker, vhost: str, device_list: DeviceList, eventually: Eventually
) -> None:
    await list_devices(bus, device_list(ox="CV-OX1"))
    intake.start()
    await send(bus, range(1))
    first = await collect(bus, 2)
    rabbitmq.manage("DELETE", f"/api/queues/{vhost}/{topology.dead_queue(topology.RAW)}")
    assert await bus.publish(topology.MQTT, "zigbee2mqtt.ox", "poison")

    async def refused() -> bool:
        return shown(intake, 'chevet_intake_messages_total{outcome="refused"}') == 1

    await eventually(refused)
    await send(bus, range(1, 2))
    assert len(await collect(bus, 4, before=tuple(first))) == 4
    assert intake.stop() == 0


async def dead_letters(bus: Bus, expected: int) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    async with asyncio.timeout(30), bus.consume(topology.dead_queue(topology.RAW)) as batches:
        async for batch in batches:
            found |= {delivery.headers["reason"]: delivery.body for delivery in batch}
            bus.ack_all(batch)
            if len(found) >= expected:
                break
    return found


def shown(intake: Any, metric: str) -> float | None:
    """The value of a metric at the process's own /metrics, None while it is not there."""
    try:
        with urllib.request.urlopen(f"http://{intake.address}/metrics", timeout=2) as answer:
            lines = answer.read().decode().splitlines()
    except OSError:
        return None
    return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(metric + " ")), None)


async def test_what_a_device_sends_by_mqtt_arrives_for_both_exchanges_at_its_own_time(
    bus: Bus, intake: Any, rabbitmq: servers.Broker, vhost: str, device_list: DeviceList
) -> None:
    names = ("salon/ox", "chambre.ox")
    intake.start()
    where: dict[str, Any] = {
        "port": rabbitmq.mqtt_port,
        "auth": {"username": rabbitmq.mqtt_user(vhost), "password": servers.PASSWORD},
    }
    messages = [("zigbee2mqtt/bridge/devices", device_list(**dict.fromkeys(names, "CV-OX1")), 1, True)]
    messages += [(f"zigbee2mqtt/{name}", payload(7), 1, False) for name in names]
    await asyncio.to_thread(mqtt.multiple, messages, "127.0.0.1", **where)
    for queue, count in ((topology.UPLINK, 4), ("urgent.oxygen_saturation", 2), ("urgent.heart_rate", 2)):
        readings = await collect(bus, count, queue)
        assert {one.device for one in readings} == set(names)
        assert {one.measured_at for one in readings} == {BEGAN + 7}
    assert (shown(intake, "chevet_bus_connected"), shown(intake, "chevet_bus_blocked")) == (1, 0)
    assert intake.stop() == 0
    assert "Traceback" not in intake.said()


@pytest.mark.parametrize("step", ["spool/ack", "publish/confirm"])
async def test_a_kill_between_two_acts_loses_no_reading_and_gives_none_a_second_identity(
    bus: Bus, intake: Any, device_list: DeviceList, step: str
) -> None:
    await list_devices(bus, device_list(ox="CV-OX1"))
    for turn, nth in enumerate((1, 2, 1, 3)):
        await send(bus, range(turn * 700, (turn + 1) * 700))
        child = intake.start(die_at=step, nth=nth)
        assert await asyncio.to_thread(child.wait, 30) == -signal.SIGKILL
    intake.start()
    readings = await collect(bus, 4 * 700 * 2)
    assert_one_identity_each(readings)
    assert len({one.run for one in readings}) == 1
    assert intake.stop() == 0


async def test_a_kill_in_the_middle_of_anything_loses_no_reading_and_gives_none_a_second_identity(
    bus: Bus, intake: Any, device_list: DeviceList, eventually: Eventually
) -> None:
    await list_devices(bus, device_list(ox="CV-OX1"))
    for turn in range(2):
        await send(bus, range(turn * 1500, (turn + 1) * 1500))
        intake.start()
        enough = await bus.depth(topology.UPLINK) + 300 * (turn + 1)

        async def well_under_way(enough: int = enough) -> bool:
            return await bus.depth(topology.UPLINK) > enough

        await eventually(well_under_way)
        intake.stop(signal.SIGKILL)
    intake.start()
    assert_one_identity_each(await collect(bus, 2 * 1500 * 2))
    assert intake.stop() == 0


async def test_each_bad_message_is_set_aside_with_its_sentence_and_the_rest_goes_on(
    bus: Bus, intake: Any, device_list: DeviceList, eventually: Eventually
) -> None:
    day = 86_400_000
    await list_devices(bus, device_list(ox="CV-OX1"))
    bad = {
        "payload: expected JSON": "{broken",
        "payload: expected a JSON object": "[1, 2]",
        "last_seen: expected milliseconds since 1970": '{"spo2": 97}',
        "last_seen: expected at most 5 min ahead of the gateway's clock": payload(10 * 365 * day),
    }
    for body in bad.values():
        await bus.publish(topology.MQTT, "zigbee2mqtt.ox", body)
    await bus.publish(topology.MQTT, "zigbee2mqtt.stranger", payload(1))
    await send(bus, range(1), spo2=float("nan"))
    await send(bus, range(1, 2), spo2=250)
    await send(bus, range(-9 * day, -9 * day + 1))
    intake.start()

    dead = await dead_letters(bus, len(bad) + 1)
    for sentence, body in bad.items():
        assert [dead[reason] for reason in dead if reason.startswith(sentence)] == [body.encode()]
    assert "device: expected one that Zigbee2MQTT has listed in bridge/devices, got 'stranger'" in dead
    qualities = {(one.vital, one.measured_at - BEGAN): one.quality for one in await collect(bus, 6)}
    assert qualities == {
        ("oxygen_saturation", 0): Quality.MISSING,
        ("heart_rate", 0): Quality.GOOD,
        ("oxygen_saturation", 1): Quality.SUSPECT,
        ("heart_rate", 1): Quality.GOOD,
        ("oxygen_saturation", -9 * day): Quality.SUSPECT,
        ("heart_rate", -9 * day): Quality.SUSPECT,
    }

    async def counted() -> bool:
        return shown(intake, "chevet_intake_unknown_devices") == 1

    await eventually(counted)
    assert intake.stop() == 0


async def test_a_full_uplink_and_a_full_spool_hold_nothing_up_that_is_urgent_and_lose_nothing(
    bus: Bus,
    rabbitmq: servers.Broker,
    vhost: str,
    running: Running,
    intake: Any,
    device_list: DeviceList,
    eventually: Eventually,
) -> None:
    narrow = rabbitmq.new_vhost()
    intake.settings["CHEVET_BROKER_URL"] = rabbitmq.amqp_url(narrow)
    async with running(Bus(rabbitmq.amqp_url(narrow), "test", topology.queues(20_000))) as small:
        await list_devices(small, device_list(ox="CV-OX1"))
        await send(small, range(1500))
        bounds = {"UPLINK_MAX_BYTES": "20000", "SPOOL_MAX_BYTES": "500000", "SPOOL_FOLD_BYTES": "499999"}
        intake.start(**{f"CHEVET_{name}": text for name, text in bounds.items()})

        async def full() -> bool:
            return shown(intake, "chevet_spool_full") == 1

        await eventually(full)
        assert "CHEVET_STATE_DIR: expected room to write" in intake.said()
        assert len(await collect(small, 1, "urgent.heart_rate")) >= 1  # long before uplink has room
        readings = await collect(small, 3000)
        assert_one_identity_each(readings)
        assert len({one.measured_at for one in await collect(small, 1, "urgent.oxygen_saturation")}) >= 1

        async def room() -> bool:
            return shown(intake, "chevet_spool_full") == 0 and await small.depth(topology.RAW) == 0

        await eventually(room)
        assert intake.stop() == 0
    rabbitmq.remove_vhost(narrow)


async def test_a_broker_killed_in_the_middle_is_waited_for_and_nothing_is_lost(
    tmp_path: Path, running: Running, start_intake: Callable[[str], Any], device_list: DeviceList
) -> None:
    with servers.running(tmp_path / "broker", servers.RABBITMQ) as stack:
        broker = stack.rabbitmq
        url = broker.amqp_url(broker.new_vhost("home"))
        async with running(Bus(url, "test", topology.queues(2**30))) as bus:
            await list_devices(bus, device_list(ox="CV-OX1"))
            await send(bus, range(3000))
            intake = start_intake(url)
            intake.start()
            some = await collect(bus, 1)
            os.kill(broker.pid, signal.SIGKILL)
            readings = await collect(bus, 6000, before=tuple(some))
        assert_one_identity_each(readings)
        assert len({(one.vital, one.measured_at) for one in readings}) == 6000
        assert intake.stop() == 0
        assert "Traceback" not in intake.said()


async def test_a_wrong_password_is_a_sentence_and_exit_code_2(intake: Any, rabbitmq: servers.Broker) -> None:
    child = intake.start(CHEVET_BROKER_URL=f"amqp://g01:wrong@127.0.0.1:{rabbitmq.amqp_port}/g01")
    assert await asyncio.to_thread(child.wait, 30) == 2
    last = intake.said().splitlines()[-1]
    assert last == "CHEVET_BROKER_URL: the broker refused user g01, expected that user's password"
    assert "Traceback" not in intake.said()


async def test_a_message_is_acknowledged_after_it_is_in_the_spool_and_what_is_there_goes_first_after_a_start(
    bus: Bus, intake: Any, device_list: DeviceList, eventually: Eventually
) -> None:
    await list_devices(bus, device_list(ox="CV-OX1"))
    await send(bus, range(10))
    child = intake.start(die_at="spool/ack")
    assert await asyncio.to_thread(child.wait, 30) == -signal.SIGKILL
    with closing(sqlite3.connect(intake.state_dir / "spool.sqlite")) as spool:
        assert spool.execute("SELECT COUNT(*) FROM leaving WHERE exchange = 'chevet.readings'").fetchone()[0] == 20

    async def raw_messages_are_back() -> bool:
        return await bus.depth(topology.RAW) == 11  # ten and the list of devices

    await eventually(raw_messages_are_back)
    await send(bus, range(10, 20))
    intake.start()
    readings = await collect(bus, 40)
    assert [one.measured_at - BEGAN for one in readings if one.vital == "heart_rate"][:10] == list(range(10))
    assert intake.stop() == 0
