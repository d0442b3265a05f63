"""Sensors that speak Zigbee: octet for octet what the specification asks for, and nothing forgotten unacknowledged."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from simulators import radio_frames as frames
from simulators.devices import BY_NAME
from simulators.errors import BadOption
from simulators.home_command import chosen_devices
from simulators.radio_air import Air, address, names
from simulators.radio_command import SPEAKING
from simulators.radio_frames import Frame, Zdo
from simulators.radio_sensors import REPEAT_AFTER, Sensor

NOW = 1_700_000_000_000
GOOD = {"spo2": 97, "heart_rate": 71, "contact": True, "motion": False, "last_seen": NOW - 20}


@pytest.fixture
def acknowledged() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def sensor(acknowledged: list[dict[str, Any]]) -> Sensor:
    return Sensor(
        name="ox",
        model="CV-OX1",
        address=bytes(range(8)),
        short=0x1001,
        boot=0xA1B2C3D4,
        counter=299,
        acknowledged=lambda _, payload: acknowledged.append(payload),
    )


def asked(request: Zdo, body: bytes = b"") -> Frame:
    return Frame(source=0, target=0x1001, cluster=request, payload=b"\x2a" + body)


def answer(sensor: Sensor, request: Zdo, body: bytes = b"") -> bytes:
    (said,) = sensor.hear(asked(request, body))
    assert said.cluster == request | 0x8000
    return said.payload


def response(sequence: int, status: int) -> Frame:
    payload = bytes([0x14, *frames.MANUFACTURER.to_bytes(2, "little"), sequence, 0x0B, 0x0A, status])
    return Frame(source=0, target=0x1001, target_endpoint=1, profile=0x0104, cluster=0xFC11, payload=payload)


def join(sensor: Sensor) -> None:
    (announced,) = sensor.hear(asked(Zdo.PERMIT_JOINING, b"\x78\x00"))
    assert announced.payload == b"\x00\x01\x10" + bytes(range(8)) + b"\x80"
    # bind: source and its endpoint, cluster, by address, target and its endpoint
    assert answer(sensor, Zdo.BIND, bytes(range(8)) + b"\x01\x11\xfc\x03" + bytes(8) + b"\x01") == b"\x2a\x00"


def test_it_joins_only_a_network_that_is_open(sensor: Sensor) -> None:
    assert not list(sensor.hear(asked(Zdo.PERMIT_JOINING, b"\x00\x00")))
    assert not list(sensor.hear(asked(Zdo.NODE_DESCRIPTOR, b"\x01\x10")))
    join(sensor)


def test_it_answers_an_interview(sensor: Sensor) -> None:
    join(sensor)
    assert answer(sensor, Zdo.NODE_DESCRIPTOR, b"\x01\x10")[:6] == b"\x2a\x00\x01\x10\x02\x40"
    assert answer(sensor, Zdo.ACTIVE_ENDPOINTS, b"\x01\x10") == b"\x2a\x00\x01\x10\x01\x01"
    described = answer(sensor, Zdo.SIMPLE_DESCRIPTOR, b"\x01\x10\x01")
    assert described[5:] == struct.pack("<BHHBBHHHB", 1, 0x0104, 0x0302, 0, 3, 0, 1, 0xFC11, 0)
    assert described[4] == len(described) - 5


def test_a_report_is_the_one_of_the_document(sensor: Sensor) -> None:
    join(sensor)
    sensor._sequence = 0x29
    sensor.measure(GOOD, NOW)
    (said,) = sensor.due(NOW)
    assert said.payload.hex() == ("0cf1ff2a0a000023d4c3b2a10100232c010000020023140000000300180010002147001100" + "2061")


def test_it_repeats_with_a_new_number_and_age_until_it_is_acknowledged(
    sensor: Sensor, acknowledged: list[dict[str, Any]]
) -> None:
    join(sensor)
    sensor.measure(GOOD, NOW)
    sensor.measure(GOOD | {"spo2": 96}, NOW)
    (first,) = sensor.due(NOW)
    assert not list(sensor.due(NOW + REPEAT_AFTER - 1)), "the second waits for the first"
    (again,) = sensor.due(NOW + REPEAT_AFTER)
    assert (first.payload[3], again.payload[3]) == (1, 2)
    assert int.from_bytes(again.payload[22:26], "little") == 20 + REPEAT_AFTER
    list(sensor.hear(response(1, 0)))
    assert not acknowledged, "an answer to what was given up is none"
    list(sensor.hear(response(2, 0)))
    assert [one["spo2"] for one in acknowledged] == [97]
    (second,) = sensor.due(NOW + REPEAT_AFTER)
    list(sensor.hear(response(second.payload[3], 0x80)))
    assert (len(acknowledged), sensor.refused, sensor.left) == (1, [0x80], 0)


def test_without_a_stick_nothing_is_said_to_have_been_sent() -> None:
    logged: list[tuple[str, bool]] = []
    air = Air(("127.0.0.1", 0), SPEAKING, 7, lambda name, _, sent: logged.append((name, sent)), lambda _: None)
    air.start()
    air.publish("oximeter", GOOD)
    assert air.stop(patience=0) == 1
    assert logged == [("oximeter", False)]


def test_all_but_the_accelerometer_speak_and_each_has_its_address() -> None:
    assert {device.name for device in SPEAKING} == set(BY_NAME) - {"accelerometer"}
    pairs = [pair.split("=") for pair in names(SPEAKING, 7).split(",")]
    assert [name for _, name in pairs] == [device.name for device in SPEAKING]
    assert len({address for address, _ in pairs}) == len(SPEAKING)


def test_a_device_that_does_not_speak_zigbee_is_refused() -> None:
    with pytest.raises(BadOption, match=r"--devices: expected names of oximeter, .*, got 'accelerometer'"):
        chosen_devices("--devices", "oximeter,accelerometer", SPEAKING)


@pytest.mark.parametrize("text", ["0.0.0.0:9700", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:99999"])
def test_the_air_is_on_loopback_alone(text: str) -> None:
    with pytest.raises(BadOption, match=r"--listen: expected 127\.0\.0\.1:port"):
        address("--listen", text)
