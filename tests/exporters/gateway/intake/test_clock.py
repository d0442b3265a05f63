"""The journal of the clock on disk: what survives a kill, a full disk and a file that is none."""

from __future__ import annotations

import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from chevet.segments import KEPT, Moment
from exporters.gateway import clocks
from exporters.gateway.intake.clock import MARK, NAME, STEPS, Clock

WALL = 1_790_000_000_000
HOUR = 3_600_000

KILLED = """
import os, signal, sys
from pathlib import Path
from chevet.segments import Moment
from exporters.gateway.intake.clock import Clock
times = iter([(0, 0), (1000, 1000 - 3_600_000), (61_000, 61_000 - 3_600_000), (62_000, 62_000 - 3_600_000)])
def look():
    monotonic, wall = next(times)
    return Moment(boot="b1", monotonic=monotonic, wall=1_790_000_000_000 + wall)
clock = Clock(Path(sys.argv[1]), look)
for _ in range(3):
    clock.look()
os.kill(os.getpid(), signal.SIGKILL)
"""


class Shifted:
    """Clocks that a test sets."""

    def __init__(self) -> None:
        self.monotonic, self.wrong, self.boot = 0, 0, "b1"

    def __call__(self) -> Moment:
        return Moment(boot=self.boot, monotonic=self.monotonic, wall=WALL + self.monotonic + self.wrong)


@pytest.fixture
def shifted() -> Shifted:
    return Shifted()


def rows(folder: Path) -> list[tuple[str, int, int, int]]:
    with closing(sqlite3.connect(folder / NAME)) as database:
        return database.execute("SELECT boot, ahead, since, until FROM segments ORDER BY number").fetchall()


def test_it_marks_each_minute_and_each_step_and_nothing_between(tmp_path: Path, shifted: Shifted) -> None:
    with closing(Clock(tmp_path, shifted)) as clock:
        shifted.monotonic = MARK - 1
        clock.look()
        assert rows(tmp_path)[-1][3] == 0
        shifted.monotonic = MARK
        clock.look()
        assert rows(tmp_path)[-1][3] == MARK
        shifted.monotonic, shifted.wrong = MARK + 1000, HOUR
        counted = STEPS._value.get()
        clock.look()
        assert [row[:2] for row in rows(tmp_path)] == [("b1", WALL), ("b1", WALL + HOUR)]
        assert STEPS._value.get() == counted + 1
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600


def test_after_a_restart_it_goes_on_in_the_segment_that_it_was_in(tmp_path: Path, shifted: Shifted) -> None:
    Clock(tmp_path, shifted).close()
    shifted.monotonic = HOUR
    with closing(Clock(tmp_path, shifted)) as clock:
        assert [one.id for one in clock.segments.all] == [f"b1.{WALL}"]
    shifted.boot, shifted.monotonic = "b2", 0
    with closing(Clock(tmp_path, shifted)) as clock:
        assert [one.boot for one in clock.segments.all] == ["b1", "b2"]


def test_a_kill_forgets_at_most_a_minute(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=Path(__file__).parents[4], timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert [row[:2] + row[3:] for row in rows(tmp_path)] == [("b1", WALL, 1000), ("b1", WALL - HOUR, 61_000)]


def test_a_disk_that_takes_nothing_is_said_once_and_the_clock_goes_on(tmp_path: Path, shifted: Shifted) -> None:
    with capture_logs() as logs, closing(Clock(tmp_path / "not there", shifted)) as clock:
        for _ in range(3):
            shifted.monotonic += MARK
            shifted.wrong += HOUR
            clock.look()
        assert len(clock.segments.all) == 4
        errors = [line["event"] for line in logs if line["log_level"] == "error"]
        assert len(errors) == 1
        assert errors[0].startswith(f"CHEVET_STATE_DIR: expected to write {tmp_path / 'not there' / NAME}, got: ")
        (tmp_path / "not there").mkdir()
        shifted.monotonic += MARK
        clock.look()
        assert logs[-1]["event"] == "the journal of the clock is written again"
    assert len(rows(tmp_path / "not there")) == 4


def test_a_full_disk_stops_nothing_and_what_it_missed_is_written_later(tmp_path: Path, shifted: Shifted) -> None:
    with closing(Clock(tmp_path, shifted)) as clock, closing(sqlite3.connect(tmp_path / NAME)) as other:
        other.execute("PRAGMA journal_mode")
        assert clock._database is not None
        pages = clock._database.execute("PRAGMA page_count").fetchone()[0]
        clock._database.execute(f"PRAGMA max_page_count={pages}")
        with capture_logs() as logs:
            for _ in range(KEPT):
                shifted.monotonic += 1000
                shifted.wrong += HOUR
                clock.look()
        assert any("database or disk is full" in line["event"] for line in logs)
        assert clock.segments.all[-1].ahead == WALL + shifted.wrong
    assert len(rows(tmp_path)) == KEPT


def test_a_clock_that_steps_without_end_fills_no_disk(tmp_path: Path, shifted: Shifted) -> None:
    with closing(Clock(tmp_path, shifted)) as clock:
        for _ in range(KEPT + 20):
            shifted.monotonic += 1000
            shifted.wrong += HOUR
            clock.look()
    assert len(rows(tmp_path)) == KEPT
    assert rows(tmp_path)[-1][1] == WALL + shifted.wrong


def test_a_file_that_is_no_journal_is_replaced(tmp_path: Path, shifted: Shifted) -> None:
    (tmp_path / NAME).write_bytes(b"not a database, and long enough to be taken for one" * 100)
    Clock(tmp_path, shifted).close()
    assert [row[:2] for row in rows(tmp_path)] == [("b1", WALL)]


def test_the_machines_clocks_are_read_together() -> None:
    looks = [clocks.look() for _ in range(200)]
    assert max(one.ahead for one in looks) - min(one.ahead for one in looks) <= 50
    assert {one.boot for one in looks} == {clocks.boot()}
    assert looks[0].monotonic <= looks[-1].monotonic
