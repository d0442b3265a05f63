"""Real zigpy with simulated sensors over a real socket and a real broker: from joining to readings on the bus."""

from __future__ import annotations

import asyncio
import math
import signal
import socket
import subprocess
import sys
import time
from functools import partial
from typing import Any

import pytest

from chevet.readings import Quality, Reading
from exporters.gateway.bus import topology
from exporters.gateway.bus.client import Bus
from exporters.gateway.urgent.spooled import Spooled
from simulators import radio_frames as frames
from simulators.radio_frames import Zcl
from simulators.radio_sensors import BASIC, POWER, TEMPERATURE, VITALS, Kept

GOOD = {"spo2": 97, "heart_rate": 71, "contact": True, "motion": False}
ON_OFF = 0x0006


def now() -> int:
    return time.time_ns() // 1_000_000


async def collect(bus: Bus, expected: int, queue: str = topology.UPLINK) -> list[Reading]:
    """What comes, until there are `expected` readings."""
    readings: list[Reading] = []
    async with asyncio.timeout(60), bus.consume(queue) as batches:
        async for batch in batches:
            readings += [Reading.from_json(delivery.body) for delivery in batch]
            bus.ack_all(batch)
            once = list({one.identity: one for one in readings}.values())  # a kill may publish one again
            if len(once) >= expected:
                return once
    return []


async def until(condition: Any, what: str) -> None:
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.05)
    assert condition(), what


def said(sensor: Any, cluster: int, records: bytes, sequence: int = 77, **header: Any) -> Any:
    """A report of a sensor, of these records."""
    return sensor.said(cluster, frames.general(Zcl.REPORT, sequence, records, **header))


def named(counter: int, *records: bytes, age: int = 0) -> bytes:
    """The records of a report of our own cluster, with what names it before them."""
    numbers = ((0x0000, 7), (0x0001, counter), (0x0002, age))
    names = (frames.attribute(number, 0x23, value.to_bytes(4, "little")) for number, value in numbers)
    return b"".join((*names, frames.attribute(0x0003, 0x18, b"\0"), *records))


async def test_a_sensor_joins_is_interviewed_and_bound_and_its_report_is_on_the_bus(
    bus: Bus, sensors: Any, joined: Any
) -> None:
    at = sensors.measure(**GOOD)
    readings = {one.vital: one for one in await collect(bus, 2)}
    assert set(readings) == {"oxygen_saturation", "heart_rate"}
    for vital, value in (("oxygen_saturation", 97.0), ("heart_rate", 71.0)):
        one = readings[vital]
        assert (one.device, one.value, one.quality, one.measured_at) == ("oximeter", value, Quality.GOOD, at)
        assert (one.gateway, one.origin, one.sequence) == ("g01", "zigpy", 1)
    assert joined.stop() == 0
    assert all(file.stat().st_mode & 0o077 == 0 for file in joined.state_dir.iterdir()), "nobody else reads the keys"
    assert (joined.state_dir / "zigbee-backup.json").exists()


async def test_a_probe_that_is_off_is_missing_a_hand_that_moves_is_suspect_and_so_is_what_cannot_be(
    bus: Bus, sensors: Any, joined: Any
) -> None:
    del joined
    sensors.measure(**GOOD | {"contact": False, "spo2": 0, "heart_rate": 0})
    sensors.measure(**GOOD | {"motion": True, "spo2": 74})
    sensors.measure(**GOOD | {"heart_rate": 301})
    found = [(one.vital, one.value, one.quality) for one in await collect(bus, 6)]
    assert found.count(("oxygen_saturation", None, Quality.MISSING)) == 1
    assert found.count(("heart_rate", None, Quality.MISSING)) == 1
    assert ("oxygen_saturation", 74.0, Quality.SUSPECT) in found
    assert ("heart_rate", 71.0, Quality.SUSPECT) in found
    assert ("heart_rate", 301.0, Quality.SUSPECT) in found
    assert ("oxygen_saturation", 97.0, Quality.GOOD) in found


async def test_a_frame_that_comes_twice_within_ten_seconds_or_again_with_another_number_is_one_measurement(
    bus: Bus, sensors: Any, joined: Any
) -> None:
    ox, at = sensors["oximeter"], now()
    records = frames.attribute(0x0003, 0x18, b"\0") + frames.attribute(0x0011, 0x20, bytes([95]))
    one = ox.report(Kept(counter=1, at=at, records=records, payload={}), 200, at + 20)
    again = ox.report(Kept(counter=1, at=at, records=records, payload={}), 201, at + 2020)
    other = ox.report(Kept(counter=2, at=at, records=records, payload={}), 202, at + 2030)
    for frame in (one, one, again, other):
        sensors.air.inject(frame)
    found = await collect(bus, 2)
    assert [reading.sequence for reading in found] == [1, 2]
    assert joined.shown('chevet_radio_reports_total{outcome="known"}') == 1
    assert joined.shown('chevet_radio_reports_total{outcome="taken"}') == 2


async def test_a_changed_battery_begins_to_count_anew_and_nothing_of_that_is_taken_for_known(
    bus: Bus, sensors: Any, joined: Any
) -> None:
    del joined
    sensors.measure(**GOOD)
    sensors.until_acknowledged(1)
    sensors["oximeter"].change_battery(boot=sensors["oximeter"].boot ^ 1)
    sensors.measure(**GOOD | {"spo2": 96})
    found = await collect(bus, 4)
    assert [one.value for one in found if one.vital == "oxygen_saturation"] == [97.0, 96.0]


async def test_a_bought_thermometer_speaks_the_standard_clusters(bus: Bus, sensors: Any, radio: Any) -> None:
    sensors["thermometer"].clusters = (BASIC, POWER, TEMPERATURE)
    radio.start()
    await asyncio.to_thread(radio.until_connected)
    radio.open_network()
    await until(lambda: sensors["thermometer"].bound, "it is bound")
    for sequence, hundredths in ((1, 3675), (2, -0x8000)):
        value = hundredths.to_bytes(2, "little", signed=True)
        sensors.air.inject(said(sensors["thermometer"], TEMPERATURE, frames.attribute(0, 0x29, value), sequence))
    sensors.air.inject(said(sensors["thermometer"], POWER, frames.attribute(0x21, 0x20, bytes([171])), 3))
    found = [(one.vital, one.value, one.quality) for one in await collect(bus, 2)]
    assert found == [
        ("body_temperature", 36.75, Quality.GOOD),
        ("body_temperature", None, Quality.MISSING),
    ]
    await until(lambda: radio.shown('chevet_device_battery_percent{device="thermometer"}') == 85.5, "its battery")


async def test_killed_between_a_frame_and_its_answer_the_sensor_repeats_and_it_counts_once(
    bus: Bus, sensors: Any, joined: Any
) -> None:
    sensors.measure(**GOOD)
    sensors.until_acknowledged(1)
    assert joined.stop() == 0
    victim = joined.start(die_at="spool/ack")
    at = sensors.measure(**GOOD | {"spo2": 96})
    assert await asyncio.to_thread(victim.wait, 60) == -signal.SIGKILL
    assert len(sensors.acknowledged) == 1
    sensors.measure(**GOOD | {"spo2": 95})
    joined.start()
    await asyncio.to_thread(sensors.until_acknowledged, 3)
    found = [one for one in await collect(bus, 6) if one.vital == "oxygen_saturation"]
    assert [(one.value, one.sequence) for one in found] == [(97.0, 1), (96.0, 2), (95.0, 3)]
    assert found[1].measured_at == at


async def test_what_is_acknowledged_while_the_broker_is_away_lies_where_urgent_reads_it(
    sensors: Any, radio: Any
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = f"amqp://g01:secret@127.0.0.1:{probe.getsockname()[1]}/g01"
    radio.start(CHEVET_BROKER_URL=nobody)
    await asyncio.to_thread(radio.until_connected)
    radio.open_network()
    await until(lambda: sensors["oximeter"].bound, "it is bound")
    sensors.measure(**GOOD | {"spo2": 84})
    await asyncio.to_thread(sensors.until_acknowledged, 1)
    found = {one.vital: one.value for one in Spooled(radio.state_dir).next()}
    assert found == {"oxygen_saturation": 84.0, "heart_rate": 71.0}


async def test_killed_in_the_middle_of_joining_it_goes_on_with_the_device_when_it_is_back(
    bus: Bus, sensors: Any, radio: Any
) -> None:
    radio.start()
    await asyncio.to_thread(radio.until_connected)
    radio.open_network()
    await until(lambda: any(one.member for one in sensors.air.sensors.values()), "one has joined")
    radio.stop(signal.SIGKILL)
    for sensor in sensors.air.sensors.values():
        sensor.member, sensor.bound = True, True  # as far as they know
    radio.start()
    sensors.measure(**GOOD)
    assert len(await collect(bus, 2)) == 2


async def test_a_stick_that_vanishes_is_connected_again_and_nothing_measured_meanwhile_is_lost(
    bus: Bus, sensors: Any, joined: Any
) -> None:
    lost = joined.said().count("the stick is gone")
    sensors.air.unplug()
    for number in range(20):
        sensors.measure(**GOOD | {"heart_rate": 60 + number})
    await asyncio.to_thread(sensors.until_acknowledged, 20)
    assert joined.said().count("the stick is gone") == lost + 1
    found = [one.value for one in await collect(bus, 40) if one.vital == "heart_rate"]
    assert found == [60.0 + number for number in range(20)]
    assert joined.shown("chevet_radio_connected") == 1


async def test_without_a_stick_it_says_so_and_goes_on_asking(sensors: Any, radio: Any) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        radio.start(CHEVET_RADIO=f"simulated://127.0.0.1:{probe.getsockname()[1]}")
    await until(lambda: radio.said().count("expected a stick at simulated://") >= 2, "it says so, twice")
    assert radio.shown("chevet_radio_connected") == 0
    assert radio.stop() == 0


UNREADABLE = (
    (lambda ox: said(ox, VITALS, named(9, b"\x11\0\x20\x61"), manufacturer=0x1234), "manufacturer code: expected"),
    (lambda ox: said(ox, VITALS, named(9, b"\x11\0\x20\x61")), "manufacturer code: expected 0xfff1, got None"),
    (lambda ox: said(ox, VITALS, b"\x11\0\x20\x61", manufacturer=0xFFF1), "attribute 0x0000: expected uint32"),
    (lambda ox: said(ox, VITALS, named(9), manufacturer=0xFFF1), "expected at least one measurement"),
    (lambda ox: said(ox, VITALS, named(9, b"\x11\0\x21\x61\0"), manufacturer=0xFFF1), "expected uint8, got type 0x21"),
    (lambda ox: said(ox, VITALS, named(9, b"\x99\0\x20\x61"), manufacturer=0xFFF1), "attribute 0x0099: expected one"),
    (lambda ox: said(ox, VITALS, named(9, b"\x11\0\x77\x61"), manufacturer=0xFFF1), "frame: expected one of Zigbee"),
    (lambda ox: said(ox, VITALS, named(9)[:-3], manufacturer=0xFFF1), "frame: expected one of Zigbee"),
    (lambda ox: said(ox, VITALS, named(9, b"\x20\0\x41\x05abcde"), manufacturer=0xFFF1), "acceleration: expected"),
    (lambda ox: ox.said(VITALS, b"\x08"), "frame: expected one of Zigbee, got 08"),
    (lambda ox: ox.said(VITALS, b""), "frame: expected one of Zigbee, got  "),
    (lambda ox: said(ox, ON_OFF, b"\0\0\x10\x01"), "a cluster that the device named, got cluster 0x0006"),
)


async def test_each_frame_that_cannot_be_read_is_refused_with_its_reason_and_the_next_is_taken(
    bus: Bus, sensors: Any, joined: Any
) -> None:
    for number, (frame, reason) in enumerate(UNREADABLE, 1):
        sensors.air.inject(frame(sensors["oximeter"]))
        counted = partial(joined.shown, 'chevet_radio_reports_total{outcome="refused"}')
        await until(lambda counted=counted, number=number: counted() == number, reason)
        assert reason in joined.said()
    sensors.measure(**GOOD)
    assert len(await collect(bus, 2)) == 2


async def test_an_odd_attribute_hides_none_of_the_others(bus: Bus, sensors: Any, joined: Any) -> None:
    records = named(9, b"\x10\0\x20\x47", b"\x11\0\x20\x61", b"\x99\0\x20\x01")
    sensors.air.inject(said(sensors["oximeter"], VITALS, records, manufacturer=0xFFF1))
    found = await collect(bus, 1)
    assert [(one.vital, one.value) for one in found] == [("oxygen_saturation", 97.0)]
    assert joined.shown('chevet_radio_reports_total{outcome="refused"}') == 2


async def test_an_unknown_device_is_listed(sensors: Any, radio: Any) -> None:
    sensors["thermometer"].clusters = (BASIC, ON_OFF)
    radio.start()
    await asyncio.to_thread(radio.until_connected)
    radio.open_network()
    await until(lambda: radio.shown("chevet_intake_unknown_devices") == 1, "it is listed")
    assert "an unknown device is listed" in radio.said()


async def test_a_name_of_many_words_is_one_word_of_the_routing_key(bus: Bus, sensors: Any, radio: Any) -> None:
    names = sensors.air.names().replace("=oximeter", "=salon/ox.1 #2")
    radio.start(CHEVET_RADIO_NAMES=names)
    await asyncio.to_thread(radio.until_connected)
    radio.open_network()
    await until(lambda: sensors["oximeter"].bound, "it is bound")
    sensors.measure(**GOOD)
    found = await collect(bus, 1, topology.urgent_queue("oxygen_saturation"))
    assert found[0].device == "salon/ox.1 #2"


async def test_samples_of_acceleration_become_the_activity_of_their_minute(bus: Bus, sensors: Any, joined: Any) -> None:
    del joined
    begins = (now() // 60_000 - 5) * 60_000
    for block in range(0, 25 * 125, 10):
        at = begins + (block + 10) * 40
        wave = (1000 + round(200 * math.sin(number)) for number in range(block, block + 10))
        triples = b"".join(b"\0\0\0\0" + high.to_bytes(2, "little", signed=True) for high in wave)
        body = frames.attribute(0x0020, 0x41, bytes([4 + len(triples)]) + block.to_bytes(4, "little") + triples)
        sensors.air.inject(aged(sensors["oximeter"], body, at))
    found = await collect(bus, 1)
    assert [one.vital for one in found] == ["activity"] * len(found)
    assert found[0].quality is Quality.GOOD
    assert found[0].value == pytest.approx(200 / math.pi, rel=0.2)


def aged(sensor: Any, record: bytes, at: int) -> Any:
    """A report of a measurement taken at `at`."""
    return sensor.report(Kept(counter=at & 0xFFFF, at=at, records=record, payload={}), at // 400 % 256, now())


def test_without_the_extra_a_sentence_says_what_to_install(radio: Any) -> None:
    start = "from exporters.gateway.__main__ import main; sys.exit(main(['radio']))"
    program = f"import sys; sys.modules['zigpy'] = None; {start}"
    ended = subprocess.run([sys.executable, "-c", program], env=radio.settings, capture_output=True, text=True)
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1] == "zigpy: expected the extra zigbee, pip install 'chevet[zigbee]'"
