"""The machine's own battery, as the kernel's files say it, and what is left of its disk."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from exporters.gateway.agent.box import Battery, battery, uptime, versions
from exporters.gateway.agent.free import NAME, PAUSE, Free

MINUTE = 60.0


def supply(folder: Path, name: str, **files: str) -> None:
    (folder / name).mkdir(parents=True)
    for file, text in files.items():
        (folder / name / file).write_text(text + "\n")


def test_a_machine_without_a_battery_has_none(tmp_path: Path) -> None:
    supply(tmp_path, "AC", type="Mains", online="1")
    assert battery(tmp_path) is None
    assert battery(tmp_path / "nowhere") is None


@pytest.mark.parametrize(("online", "mains"), [("1", True), ("0", False)])
def test_the_mains_say_whether_it_is_fed(tmp_path: Path, online: str, mains: bool) -> None:
    supply(tmp_path, "AC", type="Mains", online=online)
    supply(tmp_path, "BAT0", type="Battery", capacity="83", status="Unknown")
    assert battery(tmp_path) == Battery(percent=83, mains=mains)


@pytest.mark.parametrize(
    ("status", "mains"), [("Discharging", False), ("Charging", True), ("Full", True), ("Unknown", None)]
)
def test_without_mains_to_ask_the_battery_says_it(tmp_path: Path, status: str, mains: bool | None) -> None:
    supply(tmp_path, "BAT0", type="Battery", capacity="40", status=status)
    assert battery(tmp_path) == Battery(percent=40, mains=mains)


def test_of_two_batteries_the_weaker_counts_and_a_mouses_does_not(tmp_path: Path) -> None:
    supply(tmp_path, "BAT0", type="Battery", capacity="90", status="Full")
    supply(tmp_path, "BAT1", type="Battery", capacity="60", status="Charging")
    supply(tmp_path, "mouse", type="Battery", capacity="5", status="Discharging", scope="Device")
    assert battery(tmp_path) == Battery(percent=60, mains=True)


def test_a_battery_that_does_not_say_its_charge_is_none(tmp_path: Path) -> None:
    supply(tmp_path, "BAT0", type="Battery", status="Full")
    assert battery(tmp_path) is None


def test_versions_name_the_broker_only_where_it_is_known() -> None:
    assert set(versions(None)) == {"chevet", "python"}
    assert versions("3.10.8")["rabbitmq"] == "3.10.8"
    assert uptime() > 0


def looks(folder: Path) -> list[tuple[float, int]]:
    with closing(sqlite3.connect(folder / NAME)) as db:
        return db.execute("SELECT at, free FROM looks ORDER BY id").fetchall()


def test_looks_outlive_a_restart_and_the_time_between_counts_as_one_pause(tmp_path: Path) -> None:
    with closing(Free(tmp_path)) as free:
        free.look(1000.0)
        disk = free.look(1000.0 + PAUSE)
    assert 0 < disk.free < disk.size
    with closing(Free(tmp_path)) as free:  # a day later, after another boot
        free.look(5.0)
        free.look(5.0 + PAUSE)
    assert [at for at, _ in looks(tmp_path)] == [0.0, PAUSE, 2 * PAUSE, 3 * PAUSE]
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


def test_of_a_look_each_minute_each_third_is_remembered_for_six_hours(tmp_path: Path) -> None:
    with closing(Free(tmp_path)) as free:
        for minute in range(6 * 60 + 10):
            free.look(minute * MINUTE)
    assert [at for at, _ in looks(tmp_path)] == [minute * MINUTE for minute in range(9, 370, 3)]


def test_without_a_file_the_disk_is_looked_at_all_the_same(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    with closing(Free(tmp_path)) as free:
        assert free.look(0.0).free > 0
        assert free.look(60.0).free > 0
