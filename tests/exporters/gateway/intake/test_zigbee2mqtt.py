"""What each message of Zigbee2MQTT becomes: readings, nothing on purpose, or a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from chevet.readings import Quality
from chevet.segments import UNKNOWN, Moment, Segment, Segments
from exporters.gateway import telemetry
from exporters.gateway.intake.devices import Devices
from exporters.gateway.intake.spool import Spool
from exporters.gateway.intake.zigbee2mqtt import CHATTER, NOTHING, Driver, Refused, UnknownDevice

NOW = 1_790_000_000_000
SECOND, DAY = 1000, 86_400_000
YEAR = 365 * DAY
BEGAN = NOW - 10 * DAY
"""When the gateway started, by its own clock."""


@pytest.fixture
def devices(tmp_path: Path) -> Iterator[Devices]:
    with closing(Spool(tmp_path / "spool.sqlite", 2**30)) as spool:
        yield Devices(spool.database)


@pytest.fixture
def driver(devices: Devices, device_list: Callable[..., str]) -> Driver:
    driver = Driver(devices, "g01", Segments([Segment(boot="b1", ahead=BEGAN, since=0, until=NOW - BEGAN)]))
    driver.read("zigbee2mqtt.bridge.devices", device_list(ox="CV-OX1", scale="CV-WS1", odd="XX-1").encode(), NOW)
    return driver


def report(device: str = "ox", **attributes: Any) -> tuple[str, bytes, int]:
    payload = {"spo2": 97, "heart_rate": 71, "contact": True, "last_seen": NOW - 10 * SECOND} | attributes
    return (
        f"zigbee2mqtt.{device}",
        json.dumps({key: value for key, value in payload.items() if value != ...}).encode(),
        NOW,
    )


def test_a_message_becomes_one_reading_for_each_vital_at_the_time_the_device_was_seen(driver: Driver) -> None:
    readings = driver.read(*report()).readings
    assert [(one.vital, one.value, one.quality) for one in readings] == [
        ("oxygen_saturation", 97, Quality.GOOD),
        ("heart_rate", 71, Quality.GOOD),
    ]
    assert {(one.gateway, one.device, one.measured_at, one.segment, one.origin) for one in readings} == {
        ("g01", "ox", NOW - 10 * SECOND, f"b1.{BEGAN}", "zigbee2mqtt")
    }


@pytest.mark.parametrize("name", ["salon/ox", "salon.ox", "Chevet de Mme É."])
def test_a_device_keeps_its_name_whatever_separators_it_has(
    driver: Driver, device_list: Callable[..., str], name: str
) -> None:
    driver.read("zigbee2mqtt.bridge.devices", device_list(**{name: "CV-OX1"}).encode(), NOW)
    key = name.replace("/", ".")  # so does RabbitMQ's MQTT plugin
    assert {one.device for one in driver.read(*report(key)).readings} == {name}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"{", "payload: expected JSON"),
        (b"\xff\xfe", "payload: expected JSON"),
        (b"", "payload: expected JSON"),
        (b"[" * 100_000, "payload: expected JSON"),
        (b"[1]", "payload: expected a JSON object, got [1]"),
        (b"3", "payload: expected a JSON object, got 3"),
    ],
)
def test_a_payload_that_is_no_json_object_is_refused(driver: Driver, body: bytes, sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        driver.read("zigbee2mqtt.ox", body, NOW)
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize("seen", [..., "2026-09-21T14:13:20Z", None, True, float("nan"), float("inf"), -1, [], 10**400])
def test_without_a_time_the_device_was_seen_at_a_message_is_refused_and_never_becomes_now(
    driver: Driver, seen: Any
) -> None:
    with pytest.raises(Refused, match=r"^last_seen: expected milliseconds since 1970 .*, got "):
        driver.read(*report(last_seen=seen))


@pytest.mark.parametrize("ahead", [300_001, 10 * 365 * DAY])
def test_a_message_from_the_future_is_refused(driver: Driver, ahead: int) -> None:
    with pytest.raises(Refused, match=r"^last_seen: expected at most 5 min ahead of the gateway's clock, got \d+"):
        driver.read(*report(last_seen=NOW + ahead))


def test_five_minutes_ahead_is_still_taken(driver: Driver) -> None:
    assert {one.quality for one in driver.read(*report(last_seen=NOW + 300_000)).readings} == {Quality.GOOD}


@pytest.mark.parametrize(
    ("age", "quality"),
    [(8 * DAY, Quality.GOOD), (8 * DAY + 1, Quality.SUSPECT), (9 * DAY, Quality.SUSPECT), (NOW, Quality.SUSPECT)],
    ids=["8 days", "8 days and 1 ms", "9 days", "1970"],
)
def test_what_is_older_than_eight_days_is_suspect_and_keeps_its_time(
    driver: Driver, age: int, quality: Quality
) -> None:
    readings = driver.read(*report(last_seen=NOW - age)).readings
    assert {(one.quality, one.measured_at) for one in readings} == {(quality, NOW - age)}


def restepped(driver: Driver, devices: Devices, *moments: tuple[int, int]) -> Driver:
    """A driver on a gateway of which one looked at the clocks: (milliseconds since it started, wall clock)."""
    segments = Segments()
    for monotonic, wall in moments:
        segments.look(Moment(boot="b1", monotonic=monotonic, wall=wall))
    return Driver(devices, "g01", segments)


@pytest.mark.parametrize("wrong", [50 * YEAR, -10 * YEAR, -30 * YEAR])
def test_what_was_stamped_before_the_clock_stepped_is_taken_and_believed(
    driver: Driver, devices: Devices, wrong: int
) -> None:
    stepped = restepped(driver, devices, (0, NOW + wrong), (60 * SECOND, NOW + wrong + 60 * SECOND), (61 * SECOND, NOW))
    readings = stepped.read(*report(last_seen=NOW + wrong + 5 * SECOND)).readings
    assert {(one.segment, one.quality) for one in readings} == {(f"b1.{NOW + wrong}", Quality.GOOD)}


def test_what_was_stamped_nine_days_ago_by_a_clock_that_stepped_back_since_is_suspect(
    driver: Driver, devices: Devices
) -> None:
    stepped = restepped(driver, devices, (0, NOW), (9 * DAY, NOW + 9 * DAY), (9 * DAY + 1, NOW - YEAR))
    key, body, _ = report(last_seen=NOW + SECOND)
    readings = stepped.read(key, body, NOW - YEAR).readings
    assert {(one.segment, one.quality) for one in readings} == {(f"b1.{NOW}", Quality.SUSPECT)}


def test_a_time_that_no_clock_of_ours_showed_is_of_no_known_segment_and_suspect(driver: Driver) -> None:
    readings = driver.read(*report(last_seen=BEGAN - DAY)).readings
    assert {(one.segment, one.quality) for one in readings} == {(UNKNOWN, Quality.SUSPECT)}


def test_a_value_that_was_missing_stays_missing_however_old(driver: Driver) -> None:
    readings = driver.read(*report(contact=False, last_seen=NOW - 9 * DAY)).readings
    assert {(one.value, one.quality) for one in readings} == {(None, Quality.MISSING)}


@pytest.mark.parametrize(
    ("spo2", "value", "quality"),
    [
        (0, None, Quality.MISSING),
        (float("nan"), None, Quality.MISSING),
        ("wet", None, Quality.MISSING),
        (10**400, None, Quality.MISSING),
        (101, 101, Quality.SUSPECT),
    ],
)
def test_a_bad_attribute_leaves_the_others_as_they_are(
    driver: Driver, spo2: Any, value: float | None, quality: Quality
) -> None:
    saturation, pulse = driver.read(*report(spo2=spo2)).readings
    assert (saturation.value, saturation.quality) == (value, quality)
    assert (pulse.value, pulse.quality) == (71, Quality.GOOD)


def test_an_attribute_that_cannot_become_a_reading_is_named_with_its_reason(driver: Driver) -> None:
    found = driver.read(*report("scale", weight=1e308))  # in grams beyond what a number can be
    assert found.readings == ()
    assert found.refusals[0].startswith("weight: value: expected a finite number, got inf")


def test_an_unknown_device_is_listed_and_its_message_refused_by_name(driver: Driver, devices: Devices) -> None:
    with pytest.raises(UnknownDevice, match=r"^device: expected one that Zigbee2MQTT has listed .*, got 'stranger'$"):
        driver.read(*report("stranger"))
    assert devices.unknown() == ["stranger"]


def test_a_device_of_an_unknown_model_is_listed_and_its_message_refused(driver: Driver, devices: Devices) -> None:
    with pytest.raises(UnknownDevice, match=r"^device odd: expected a model of the table .*, got 'XX-1'$"):
        driver.read(*report("odd"))
    assert devices.unknown() == ["odd"]


def test_a_device_that_is_listed_later_is_unknown_no_more(
    driver: Driver, devices: Devices, device_list: Callable[..., str]
) -> None:
    with pytest.raises(UnknownDevice):
        driver.read(*report("late"))
    driver.read("zigbee2mqtt.bridge.devices", device_list(late="CV-OX1").encode(), NOW)
    assert devices.unknown() == []
    assert len(driver.read(*report("late")).readings) == 2


@pytest.mark.parametrize("subject", CHATTER)
def test_what_zigbee2mqtt_says_of_itself_is_passed_over(driver: Driver, subject: str) -> None:
    assert driver.read(f"zigbee2mqtt.{subject}", b"online", NOW) == NOTHING
    assert driver.read(f"zigbee2mqtt.{subject}.more", b"{}", NOW) == NOTHING


def test_a_subject_of_the_bridge_that_nobody_listed_is_refused(driver: Driver) -> None:
    with pytest.raises(
        Refused, match=r"^topic: expected bridge/devices or a listed subject of bridge/, got 'bridge/new'"
    ):
        driver.read("zigbee2mqtt.bridge.new", b"{}", NOW)


@pytest.mark.parametrize("word", ["availability", "set", "get"])
def test_what_is_said_of_or_to_a_device_is_no_measurement(driver: Driver, word: str) -> None:
    assert driver.read(f"zigbee2mqtt.ox.{word}", b'{"state":"online"}', NOW) == NOTHING


@pytest.mark.parametrize("row", [b"3", b'{"friendly_name": ""}', b'{"friendly_name": "\\ud800"}'])
def test_a_device_without_a_name_is_refused_and_hides_none_of_the_others(
    driver: Driver, device_list: Callable[..., str], row: bytes
) -> None:
    others = device_list(new="CV-OX1").encode()[1:]
    [reason] = driver.read("zigbee2mqtt.bridge.devices", b"[" + row + b", " + others, NOW).refusals
    assert reason.startswith("bridge/devices: expected a printable friendly_name in each device, got ")
    assert len(driver.read(*report("new")).readings) == 2


@pytest.mark.parametrize("body", [b"{}", b"no"])
def test_a_list_of_devices_that_is_none_is_refused_and_forgets_nobody(driver: Driver, body: bytes) -> None:
    with pytest.raises(Refused):
        driver.read("zigbee2mqtt.bridge.devices", body, NOW)
    assert len(driver.read(*report()).readings) == 2


def test_a_report_of_the_battery_alone_is_no_reading(driver: Driver) -> None:
    assert driver.read(*report(spo2=..., heart_rate=..., battery=80)) == NOTHING
    assert telemetry.REGISTRY.get_sample_value("chevet_device_battery_percent", {"device": "ox"}) == 80
