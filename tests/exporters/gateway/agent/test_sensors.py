"""When each sensor was last heard, from the journal of an uplink that is another process."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from chevet.remote_write import series
from exporters.gateway.agent import heartbeat, sensors
from exporters.gateway.machinery import Looked
from exporters.gateway.uplink.cutting import Cutting
from exporters.gateway.uplink.journal import Journal
from tests.exporters.gateway.uplink.homes import MINUTE, reading

START = 1_700_000_040_000


def test_each_sensor_has_the_age_of_what_it_said_last_of_any_vital_and_quality(tmp_path: Path) -> None:
    with closing(Journal(tmp_path)) as journal:
        several = [
            reading(1, START),
            reading(2, START + 5000),
            reading(1, START + 9000, 98.0, "oxygen_saturation"),
            reading(3, START + 8000, None),
            reading(1, START + 1000, 37.0, "body_temperature", device="patch"),
        ]
        Cutting(journal, push=True).take(several, 0.0)
    assert sensors.ages(tmp_path, START + 10_000) == {"watch": 1.0, "patch": 9.0}
    assert sensors.ages(tmp_path, START) == {"watch": 0, "patch": 0}, "a clock that was set back makes none younger"


def test_a_sensor_whose_windows_are_all_closed_was_heard_in_the_last_of_them(tmp_path: Path) -> None:
    minute = START // MINUTE * MINUTE
    with closing(Journal(tmp_path)) as journal:
        cutting = Cutting(journal, push=True)
        cutting.take([reading(1, minute)], 0.0)
        cutting.listen(1000.0)
        assert journal.db.execute("SELECT count(*) FROM readings WHERE cut = 0").fetchone() == (0,)
    assert sensors.ages(tmp_path, minute + 5 * MINUTE) == {"watch": 240.0}


def test_a_reading_from_the_future_makes_no_silent_sensor_seem_awake(tmp_path: Path) -> None:
    with closing(Journal(tmp_path)) as journal:
        cutting = Cutting(journal, push=True, wall=lambda: START / 1000)
        cutting.take([reading(1, START), reading(2, START + 10 * 365 * 86_400_000)], 0.0)
    assert sensors.ages(tmp_path, START + 3_600_000) == {"watch": 3600.0}


def test_of_too_many_sensors_those_unheard_the_longest_are_told(tmp_path: Path) -> None:
    with closing(Journal(tmp_path)) as journal:
        many = [reading(1, START + number * 1000, device=f"d{number:03}") for number in range(sensors.MOST + 3)]
        Cutting(journal, push=True).take(many, 0.0)
    assert sorted(sensors.ages(tmp_path, START)) == [f"d{number:03}" for number in range(sensors.MOST)]


def test_before_uplink_has_a_journal_nothing_is_known_and_none_is_made(tmp_path: Path) -> None:
    assert sensors.ages(tmp_path, START) == {}
    assert not list(tmp_path.iterdir())


def test_a_sensor_is_told_with_when_it_was_heard_and_its_battery_each_where_it_is_known() -> None:
    labels = {"gateway": "g01", "process": "radio"}
    said = [
        series("chevet_device_battery_percent", {"device": "watch", **labels}, (0, 12.5)),
        series("chevet_device_battery_percent", {"device": "mat", **labels}, (0, 90.0)),
        series("chevet_bus_connected", labels, (0, 1.0)),
    ]
    body = heartbeat.body(
        processes=[Looked("radio", True, said)],
        broker=None,
        queues=None,
        disk=None,
        battery=None,
        offset=None,
        heard={"watch": 4.0, "patch": 9.0},
    )
    assert body["sensors"] == {
        "watch": {"heard_seconds": 4.0, "battery_percent": 12.5},
        "patch": {"heard_seconds": 9.0, "battery_percent": None},
        "mat": {"heard_seconds": None, "battery_percent": 90.0},
    }
    assert body["processes"] == {"radio": True}
