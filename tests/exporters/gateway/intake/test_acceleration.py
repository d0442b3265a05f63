"""Raw acceleration through the driver: what leaves is activity and falls, once, whatever is repeated or dies."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chevet.errors import BadBlock
from chevet.readings import Quality, Reading
from chevet.segments import DAY, Moment, Segment, Segments
from chevet.zigbee import BY_MODEL
from exporters.gateway.intake.acceleration import VERSION, block_of, from_bytes, from_rows
from exporters.gateway.intake.devices import Devices
from exporters.gateway.intake.spool import Spool
from exporters.gateway.intake.zigbee2mqtt import Driver, Refused

MODEL = BY_MODEL["CV-AC2"]
NOW = 1_790_000_100_000
BEGAN = NOW - 100_000
SAMPLES = 25 * 100
FELL = 25 * 20
HOUR = 3_600_000


def clock() -> Segments:
    return Segments([Segment(boot="b1", ahead=BEGAN, since=0, until=NOW - BEGAN)])


def signal() -> np.ndarray[Any, np.dtype[np.int16]]:
    """100 s upright and breathing, with a blow of 3.2 g after 20 s, in milli-g."""
    rng = np.random.default_rng(11)
    at = np.arange(SAMPLES) / 25
    rows = rng.normal(0, 2, (SAMPLES, 3)) + np.array([0.0, 0.0, 1000.0])
    rows[:, 0] += 8 * np.sin(2 * np.pi * at / 4)
    rows[FELL, 2] = 3200
    return np.round(rows).astype("<i2")


def payload(first: int, rows: Any, **attributes: Any) -> str:
    """As Zigbee2MQTT sends them just after the last sample."""
    sent = BEGAN + 40 * (first + len(rows))
    raw = base64.b64encode(rows.tobytes()).decode()
    return json.dumps({"acceleration": raw, "sample_count": first, "last_seen": sent, "linkquality": 120} | attributes)


def messages(size: int = 13) -> list[bytes]:
    rows = signal()
    return [payload(first, rows[first : first + size]).encode() for first in range(0, SAMPLES, size)]


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with closing(Spool(tmp_path / "spool.sqlite", 2**30)) as spool:
        yield spool


@pytest.fixture
def driver(spool: Spool, device_list: Callable[..., str]) -> Driver:
    driver = Driver(Devices(spool.database), "g01", clock())
    driver.read("zigbee2mqtt.bridge.devices", device_list(belt="CV-AC2").encode(), NOW)
    return driver


def read(driver: Driver, bodies: list[bytes]) -> list[Reading]:
    return [one for body in bodies for one in driver.read("zigbee2mqtt.belt", body, NOW).readings]


def test_raw_samples_leave_as_a_fall_and_the_activity_of_minutes_and_as_nothing_else(driver: Driver) -> None:
    found = read(driver, messages())
    assert [(one.vital, one.quality) for one in found] == [("activity", Quality.GOOD), ("fall", Quality.GOOD)]
    fall = found[1]
    assert (fall.value, fall.measured_at) == (pytest.approx(3.2, abs=0.01), BEGAN + 40 * FELL)
    assert (fall.device, fall.origin) == ("belt", "zigbee2mqtt")


def test_the_message_that_completes_the_thirtieth_second_after_the_impact_brings_the_fall(driver: Driver) -> None:
    bodies = messages(25)
    before = read(driver, bodies[: 20 + 30])
    assert "fall" not in {one.vital for one in before}
    assert "fall" in {one.vital for one in read(driver, bodies[20 + 30 : 20 + 33])}


@pytest.mark.parametrize("restarts", [True, False])
@pytest.mark.parametrize("step", [-30 * 365 * DAY, -HOUR, -20_000, 20_000, HOUR + 137, 30 * 365 * DAY])
def test_a_step_of_the_wall_clock_between_an_impact_and_its_thirtieth_second_hides_no_fall(
    spool: Spool, device_list: Callable[..., str], step: int, restarts: bool
) -> None:
    segments = Segments()
    driver, rows, found = Driver(Devices(spool.database), "g01", segments), signal(), list[Reading]()
    driver.read("zigbee2mqtt.bridge.devices", device_list(belt="CV-AC2").encode(), NOW)
    for first in range(0, SAMPLES, 25):
        since, stepped = 40 * (first + 25), step if first >= FELL + 25 * 10 else 0
        segments.look(Moment(boot="b1", monotonic=since, wall=BEGAN + since + stepped))
        if restarts:
            driver = Driver(Devices(spool.database), "g01", segments)
        body = payload(first, rows[first : first + 25], last_seen=BEGAN + since + stepped)
        found += driver.read("zigbee2mqtt.belt", body.encode(), BEGAN + since + stepped).readings
    [fall] = [one for one in found if one.vital == "fall"]
    assert (fall.quality, fall.measured_at) == (Quality.GOOD, BEGAN + 40 * FELL + step)
    assert fall.segment == f"b1.{BEGAN + step}", "whose clock says when it was"
    assert [one.quality for one in found if one.vital == "activity"] == [Quality.GOOD]


def test_a_boot_counts_on_a_clock_of_its_own(spool: Spool, device_list: Callable[..., str]) -> None:
    segments = Segments([Segment(boot="b0", ahead=BEGAN - 30 * 365 * DAY, since=0, until=10_000)])
    driver = Driver(Devices(spool.database), "g01", segments)
    driver.read("zigbee2mqtt.bridge.devices", device_list(belt="CV-AC2").encode(), NOW)
    driver.read("zigbee2mqtt.belt", payload(10**6, signal()[:25], last_seen=BEGAN - 30 * 365 * DAY + 9_000).encode(), 0)
    segments.look(Moment(boot="b1", monotonic=NOW - BEGAN, wall=NOW))
    assert ("fall", BEGAN + 40 * FELL) in {(one.vital, one.measured_at) for one in read(driver, messages())}


def test_a_message_that_comes_again_gives_nothing_again(driver: Driver) -> None:
    bodies = messages()
    once = read(driver, bodies)
    assert read(driver, bodies[-50:]) == []
    assert [one.vital for one in once].count("fall") == 1


@pytest.mark.parametrize("restarts", [True, False])
@pytest.mark.parametrize("dies_at", [1, 57, 120, 150])
def test_a_transaction_that_is_undone_undoes_what_was_counted(
    spool: Spool, driver: Driver, tmp_path: Path, device_list: Callable[..., str], dies_at: int, restarts: bool
) -> None:
    bodies = messages()
    with closing(Spool(tmp_path / "other.sqlite", 2**30)) as other:
        unbroken = Driver(Devices(other.database), "g01", clock())
        unbroken.read("zigbee2mqtt.bridge.devices", device_list(belt="CV-AC2").encode(), NOW)
        expected = read(unbroken, bodies)
    found = read(driver, bodies[:dies_at])
    with pytest.raises(Refused), spool.transaction():
        read(driver, [*bodies[dies_at : dies_at + 30], b"no JSON"])
    again = Driver(Devices(spool.database), "g01", clock()) if restarts else driver
    assert found + read(again, bodies[dies_at:]) == expected


def test_what_is_kept_of_a_sensor_stays_small(spool: Spool, driver: Driver) -> None:
    sizes = []
    for body in messages():
        read(driver, [body])
        sizes.append(spool.database.execute("SELECT LENGTH(state) FROM accelerations").fetchone()[0])
    assert max(sizes) < 8_000  # bytes; a second of samples is some 1,500


def test_a_state_of_another_version_is_begun_anew(spool: Spool, driver: Driver) -> None:
    bodies = messages()
    read(driver, bodies[:10])
    spool.database.execute("UPDATE accelerations SET version = ?, state = 'of another time'", (VERSION - 1,))
    assert "fall" in {one.vital for one in read(driver, bodies[10:])}


def test_rows_and_their_bytes_are_the_same_samples() -> None:
    rows = [[12, -1003, 7], None, [0, 0, 1000]]
    raw = np.array([[12, -1003, 7], [0, -0x8000, 0], [0, 0, 1000]], dtype="<i2").tobytes()
    assert np.array_equal(from_rows(rows), from_bytes(raw), equal_nan=True)
    assert from_bytes(raw)[0].tolist() == [0.012, -1.003, 0.007]
    assert np.isnan(from_bytes(raw)[1]).all()


def test_the_last_sample_was_taken_just_before_the_message_was_sent() -> None:
    block = block_of(MODEL, {"acceleration": [[0, 0, 1000]] * 10, "sample_count": 70}, NOW)
    assert block is not None
    assert (block.first, block.at) == (70, NOW - 400)


def test_a_message_without_samples_has_no_block() -> None:
    assert block_of(MODEL, {"sample_count": 3}, NOW) is None
    assert block_of(BY_MODEL["CV-AC1"], {"acceleration": [[0, 0, 1]]}, NOW) is None


@pytest.mark.parametrize(
    ("attributes", "sentence"),
    [
        ({"acceleration": "no base64!"}, "samples: expected base64, got 'no base64!'"),
        ({"acceleration": base64.b64encode(b"12345").decode()}, "samples: expected 6 bytes for each of 1 to 1500"),
        ({"acceleration": ""}, "samples: expected 6 bytes for each of 1 to 1500 samples, got 0"),
        ({"acceleration": []}, "samples: expected 1 to 1500 rows, or base64, got []"),
        ({"acceleration": [[1, 2]]}, "samples: expected x, y and z in milli-g in each row, got [1, 2]"),
        ({"acceleration": [[1, 2, True]]}, "samples: expected x, y and z in milli-g in each row"),
        ({"acceleration": [[0, 0, 0]] * 1501}, "samples: expected 1 to 1500 rows, or base64"),
        ({"acceleration": 7}, "samples: expected 1 to 1500 rows, or base64, got 7"),
        ({"sample_count": None}, "sample_count: expected the count of the first sample, got None"),
        ({"sample_count": -1}, "first: expected a whole number of at least 0, got -1"),
    ],
)
def test_samples_that_no_sensor_sends_are_refused_in_a_sentence(
    driver: Driver, attributes: dict[str, Any], sentence: str
) -> None:
    body = payload(0, signal()[:10], **attributes).encode()
    with pytest.raises(Refused) as refused:
        driver.read("zigbee2mqtt.belt", body, NOW)
    assert str(refused.value).startswith(sentence)
    with pytest.raises(BadBlock):
        block_of(MODEL, json.loads(body), NOW)


def test_raw_samples_are_no_unknown_attribute(driver: Driver, capsys: pytest.CaptureFixture[str]) -> None:
    read(driver, messages()[:1])
    assert "lacks" not in capsys.readouterr().out


def test_the_states_of_two_sensors_are_apart(driver: Driver, spool: Spool, device_list: Callable[..., str]) -> None:
    driver.read("zigbee2mqtt.bridge.devices", device_list(belt="CV-AC2", wrist="CV-AC2").encode(), NOW)
    bodies = messages()
    for body in bodies[:90]:
        for name in ("belt", "wrist"):
            driver.read(f"zigbee2mqtt.{name}", body, NOW)
    found = {
        (name, one.vital)
        for body in bodies[90:]
        for name in ("belt", "wrist")
        for one in driver.read(f"zigbee2mqtt.{name}", body, NOW).readings
    }
    assert {("belt", "fall"), ("wrist", "fall")} <= found
    assert isinstance(spool.database, sqlite3.Connection)
