"""The spool: numbered once, on disk, and honest when the disk is full."""

from __future__ import annotations

import ctypes
import itertools
import os
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from chevet.readings import Quality, Reading
from exporters.gateway.bus.topology import READINGS, URGENT
from exporters.gateway.intake import spool as spools
from exporters.gateway.intake.spool import Spool, SpoolFull

READING = Reading(
    gateway="g01",
    device="ox",
    vital="heart_rate",
    value=70.0,
    measured_at=1,
    segment="boot-1",
    run=spools.UNNUMBERED,
    sequence=0,
    quality=Quality.GOOD,
    origin="zigbee2mqtt",
)
WEIGHT = replace(READING, device="scale", vital="weight", value=70_000.0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "spool.sqlite"


@pytest.fixture
def spool(file: Path) -> Iterator[Spool]:
    with closing(Spool(file, 2**30)) as opened:
        yield opened


def add(spool: Spool, digest: bytes, *readings: Reading) -> None:
    with spool.transaction():
        spool.add(digest, readings)


def kept(spool: Spool, exchange: str = READINGS) -> list[Reading]:
    return [Reading.from_json(row.body) for row in spool.rows(exchange, 0, 1000)]


def test_readings_are_numbered_for_each_device_and_vital_and_leave_in_order(spool: Spool) -> None:
    add(spool, b"1", READING, WEIGHT)
    add(spool, b"2", READING)
    assert [(one.vital, one.sequence) for one in kept(spool)] == [("heart_rate", 1), ("weight", 1), ("heart_rate", 2)]
    assert {one.run for one in kept(spool)} == {spool.run}


def test_only_vitals_with_urgent_limits_leave_for_the_urgent_exchange(spool: Spool) -> None:
    add(spool, b"1", READING, WEIGHT)
    assert [one.vital for one in kept(spool, URGENT)] == ["heart_rate"]
    assert spool.waiting == {URGENT: 1, READINGS: 2}


def test_a_reading_leaves_for_each_exchange_on_its_own(spool: Spool) -> None:
    add(spool, b"1", READING)
    spool.remove(URGENT, [row.id for row in spool.rows(URGENT, 0, 10)])
    assert spool.waiting == {URGENT: 0, READINGS: 1}
    assert len(kept(spool)) == 1


def test_run_and_numbers_go_on_after_a_restart_and_a_new_spool_has_a_run_of_its_own(file: Path, tmp_path: Path) -> None:
    with closing(Spool(file, 2**30)) as before:
        add(before, b"1", READING)
    with closing(Spool(file, 2**30)) as after:
        add(after, b"2", READING)
        assert after.run == before.run
        assert after.knows(b"1")
        assert [one.sequence for one in kept(after)] == [1, 2]
        assert after.waiting == {URGENT: 2, READINGS: 2}
    with closing(Spool(tmp_path / "another.sqlite", 2**30)) as another:
        assert another.run != before.run


def test_a_number_is_not_given_again_when_everything_has_left(file: Path) -> None:
    with closing(Spool(file, 2**30)) as before:
        add(before, b"1", READING)
        for exchange in (URGENT, READINGS):
            before.remove(exchange, [row.id for row in before.rows(exchange, 0, 10)])
    with closing(Spool(file, 2**30)) as after:
        add(after, b"2", READING)
        assert [one.sequence for one in kept(after)] == [2]


def test_the_place_that_urgent_keeps_is_never_passed_again_though_everything_has_left(file: Path) -> None:
    with closing(Spool(file, 2**30)) as before:
        add(before, b"1", READING, WEIGHT)
        with pytest.raises(AttributeError), before.transaction():
            before.add(b"2", [READING, None])  # type: ignore[list-item]  # undone
        for exchange in (URGENT, READINGS):
            before.remove(exchange, [row.id for row in before.rows(exchange, 0, 10)])
    with closing(Spool(file, 2**30)) as after:
        add(after, b"3", READING)
        assert [row.id for row in after.rows(READINGS, 0, 10)] == [3]


def test_what_happens_in_a_transaction_that_fails_did_not_happen(spool: Spool) -> None:
    with pytest.raises(AttributeError):
        add(spool, b"1", READING, None)  # type: ignore[arg-type]  # on purpose: it fails after the first
    assert not spool.knows(b"1")
    assert spool.waiting == {URGENT: 0, READINGS: 0}
    add(spool, b"1", READING)
    assert [one.sequence for one in kept(spool)] == [1]


def test_hashes_are_kept_far_beyond_any_redelivery_and_not_for_ever(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spools, "KNOWN_MESSAGES", 3)
    for number in range(5):
        with spool.transaction():
            spool.add(b"%d" % number, [READING])
            spool.forget_old()
    assert [spool.knows(b"%d" % number) for number in range(5)] == [False, False, True, True, True]
    assert spools.KNOWN_MESSAGES >= 3


def test_a_clock_that_steps_for_ever_is_not_remembered_for_ever(spool: Spool) -> None:
    others = (replace(READING, segment=f"boot.{number}") for number in range(spools.KNOWN_STRETCHES))
    for one in (replace(READING, device="other"), READING, *others, READING):
        spool.seen_at(one)
    assert len(spool.newest_times) == spools.KNOWN_STRETCHES
    assert ("other", "heart_rate", READING.segment) not in spool.newest_times
    assert (READING.device, "heart_rate", READING.segment) in spool.newest_times


def test_the_files_are_for_their_owner_alone(spool: Spool, file: Path) -> None:
    add(spool, b"1", READING)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}
    assert set(modes) >= {"spool.sqlite", "spool.sqlite-wal", "spool.reserve"}
    assert set(modes.values()) == {0o600}


def add_without_end(spool: Spool, numbers: Iterator[int]) -> None:
    for number in numbers:
        add(spool, b"%d" % number, *[READING] * 10)


def fill(spool: Spool) -> int:
    """How many messages the disk took before it was full."""
    taken = itertools.count()
    with pytest.raises(SpoolFull, match=r"^CHEVET_STATE_DIR: expected room to write .*full"):
        add_without_end(spool, taken)
    return next(taken) - 1


def assert_room_is_made_by_leaving(spool: Spool, taken: int) -> None:
    assert not spool.knows(b"%d" % taken)
    assert [one.sequence for one in kept(spool)] == list(range(1, min(1000, taken * 10) + 1))
    while rows := spool.rows(URGENT, 0, 500):
        spool.remove(URGENT, [row.id for row in rows])
    add(spool, b"again", READING)
    assert spool.knows(b"again")


def test_a_full_spool_says_so_keeps_what_it_has_and_takes_again_when_readings_left(file: Path) -> None:
    with closing(Spool(file, 400_000)) as spool:
        assert_room_is_made_by_leaving(spool, fill(spool))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_says_so_keeps_what_it_has_and_takes_again_when_readings_left(tmp_path: Path) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"tmpfs", os.fsencode(tmp_path), b"tmpfs", 0, b"size=40m") != 0:
        pytest.skip(f"this root may not mount: {os.strerror(ctypes.get_errno())}")
    try:
        with closing(Spool(tmp_path / "spool.sqlite", 2**30)) as spool:
            assert_room_is_made_by_leaving(spool, fill(spool))
    finally:
        libc.umount(os.fsencode(tmp_path))
