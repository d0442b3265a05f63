"""An oximeter of the Health Care profile behind the IEEE 11073 tunnel: its APDUs through real zigpy, our answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from chevet.readings import Reading
from exporters.gateway.bus import topology
from exporters.gateway.bus.client import Bus
from simulators import radio_frames as frames

TUNNEL, HEALTH_CARE, ENDPOINT = 0x0614, 0x0108, 1
TRANSFER = 0x00
# The bytes that tests/chevet/test_ieee11073_apdu.py names the sources of.
ASSOCIATION = bytes.fromhex(
    "e200 0032 80000000 0001 002a 5079 0026 80000000 8000 80000000 00000000 00800000"
    "0008 1122334455667788 0190 0001 01 00 0000 0000"
)
MEASURED = bytes.fromhex(
    "e700 0036 0034 8888 0101 002e 0000 ffffffff 0d1d 0024 f000 0000 0002 001c"
    "0001 000a 0062 2007120612100000 000a 000a 0048 2007120612100000"
)


class Oximeter:
    """Takes the place of a simulated sensor's endpoint; keeps the APDUs that were transferred to it."""

    def __init__(self, sensor: Any) -> None:
        self._sensor = sensor
        self.transferred: list[bytes] = []
        self.connected = False
        sensor.clusters = (0x0000, TUNNEL)
        sensor.profile = HEALTH_CARE

    def transfer(self, apdu: bytes, sequence: int) -> Any:
        payload = bytes([0x09, sequence, TRANSFER]) + len(apdu).to_bytes(2, "little") + apdu
        return frames.Frame(
            source=self._sensor.short,
            source_endpoint=ENDPOINT,
            target=0,
            target_endpoint=ENDPOINT,
            profile=HEALTH_CARE,
            cluster=TUNNEL,
            payload=payload,
        )

    def hears(self, frame: Any) -> Iterator[Any]:
        """What comes through the tunnel. It says nothing by itself."""
        assert frame.profile == HEALTH_CARE
        head, body = frames.header(frame.payload)
        if not head.general and head.command == TRANSFER:
            self.transferred.append(body[2:])
        self.connected = self.connected or (not head.general and head.command == 0x01)
        return iter(())


async def until(condition: Any) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.05)


@pytest.fixture
def oximeter(sensors: Any) -> Oximeter:
    found = Oximeter(sensors["oximeter"])
    sensors["oximeter"].tunnel = found.hears
    return found


async def test_an_agent_is_associated_its_measurements_are_kept_and_then_confirmed(
    bus: Bus, sensors: Any, radio: Any, oximeter: Oximeter
) -> None:
    radio.start()
    await asyncio.to_thread(radio.until_connected)
    radio.open_network()
    await until(lambda: oximeter.connected)
    sensors.air.inject(oximeter.transfer(ASSOCIATION, 1))
    await until(lambda: len(oximeter.transferred) == 1)
    assert oximeter.transferred[0][:2] == b"\xe3\x00", "an association response"
    assert oximeter.transferred[0][4:6] == b"\x00\x00", "accepted"
    for sequence in (2, 3):  # the second as when the confirmation was lost
        sensors.air.inject(oximeter.transfer(MEASURED, sequence))
    await until(lambda: len(oximeter.transferred) == 3)
    assert all(one[8:10] == b"\x02\x01" for one in oximeter.transferred[1:]), "a confirmed event report's response"
    found: list[Reading] = []
    async with asyncio.timeout(60), bus.consume(topology.UPLINK) as batches:
        async for batch in batches:
            found += [Reading.from_json(delivery.body) for delivery in batch]
            bus.ack_all(batch)
            if len(found) >= 2:
                break
    assert {(one.vital, one.value, one.sequence) for one in found} == {
        ("oxygen_saturation", 98.0, 1),
        ("heart_rate", 72.0, 1),
    }
    assert radio.shown('chevet_radio_reports_total{outcome="known"}') == 1


async def test_octets_that_are_no_apdu_are_refused_and_the_agent_can_go_on(
    sensors: Any, radio: Any, oximeter: Oximeter
) -> None:
    radio.start()
    await asyncio.to_thread(radio.until_connected)
    radio.open_network()
    await until(lambda: oximeter.connected)
    sensors.air.inject(oximeter.transfer(b"\xe2\x00\x00\x01", 1))
    await until(lambda: radio.shown('chevet_radio_reports_total{outcome="refused"}') == 1)
    sensors.air.inject(oximeter.transfer(ASSOCIATION, 2))
    await until(lambda: len(oximeter.transferred) == 1)
