"""How far the gateway's clock is off: asked of the service once for each segment, journaled, and added to readings."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import pytest

from chevet.readings import Quality, Reading
from chevet.segments import DAY, UNKNOWN, Moment
from exporters.gateway import clocks
from exporters.gateway.server import Server, Tokens
from exporters.gateway.uplink.journal import SCHEMA, Journal
from exporters.gateway.uplink.restating import TRIES, Restating, clock_offset
from tests.exporters.gateway.uplink.homes import Scripted, reading, until

YEAR = 365 * DAY
TOLERANCE = 2000


class Clock:
    """This machine's clocks, with a wall clock that is wrong by as much as a test says."""

    def __init__(self) -> None:
        self.wrong, self.slept, self.boot = 0, 0, clocks.boot()

    def __call__(self) -> Moment:
        now = clocks.look()
        monotonic = now.monotonic + self.slept
        return Moment(boot=self.boot, monotonic=monotonic, wall=now.wall + self.slept + self.wrong)

    @property
    def segment(self) -> str:
        now = self()
        return f"{now.boot}.{now.ahead}"


@pytest.fixture
def clock() -> Clock:
    return Clock()


Open = Callable[[], AbstractAsyncContextManager[Restating]]


@pytest.fixture
def opened(service: Scripted, tmp_path: Path, clock: Clock) -> Open:
    credentials = tmp_path / "credentials.json"
    credentials.write_text(json.dumps({"token_url": f"{service.url}/token", "client_id": "g", "client_secret": "s"}))

    @asynccontextmanager
    async def made() -> AsyncIterator[Restating]:
        with closing(Journal(tmp_path)) as journal:
            async with Server(service.url, Tokens(credentials)) as server:
                restating = Restating(journal, server, clock)
                task = asyncio.create_task(restating.run())
                yield restating
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    return made


@pytest.fixture
def kept(tmp_path: Path) -> Callable[[], dict[str, int]]:
    def read() -> dict[str, int]:
        with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as db:
            return dict(db.execute("SELECT segment, milliseconds FROM offsets"))

    return read


def stamped(clock: Clock) -> Reading:
    return reading(1, clock().wall, segment=clock.segment)


@pytest.mark.parametrize("wrong", [-10 * YEAR, 50 * YEAR, -3000, 3000])
async def test_a_reading_by_a_wrong_clock_is_moved_to_when_it_was_measured(
    service: Scripted, opened: Open, clock: Clock, wrong: int
) -> None:
    service.tells_time, clock.wrong = True, wrong
    true, one = time.time() * 1000, stamped(clock)
    async with opened() as restating:
        assert restating.restated(one) is None
        await asyncio.wait_for(restating.settled(), 30)
        assert abs(restating.restated(one).measured_at - true) <= TOLERANCE
        assert abs(restating.now() - time.time()) <= TOLERANCE / 1000


async def test_less_than_two_seconds_are_no_offset(
    service: Scripted, opened: Open, clock: Clock, kept: Callable[[], dict[str, int]]
) -> None:
    service.tells_time, clock.wrong = True, 400
    one = stamped(clock)
    async with opened() as restating:
        restating.restated(one)
        await asyncio.wait_for(restating.settled(), 30)
        assert restating.restated(one) == one
    assert kept()[one.segment] == 0


async def test_until_the_service_has_told_the_time_nobody_knows_and_then_it_never_changes(
    service: Scripted, opened: Open, clock: Clock, tmp_path: Path, kept: Callable[[], dict[str, int]]
) -> None:
    clock.wrong = -YEAR
    one = stamped(clock)
    async with opened() as restating:
        assert restating.restated(one) is None
        assert clock_offset(tmp_path, clock) is None
        service.tells_time = True
        await asyncio.wait_for(restating.settled(), 60)
        moved = restating.restated(one)
        assert clock_offset(tmp_path, clock) == pytest.approx(YEAR / 1000, abs=2)
    service.ahead = 500.0
    async with opened() as restating:
        assert restating.restated(one) == moved
    assert kept()[one.segment] == moved.measured_at - one.measured_at


async def test_a_segment_that_ended_before_the_link_came_up_is_moved_by_as_much_as_it_was_off(
    service: Scripted, opened: Open, clock: Clock
) -> None:
    moments = []
    for wrong in (-10 * YEAR, 0, -3_600_000):
        clock.wrong = wrong
        moments.append((time.time() * 1000, stamped(clock)))
    service.tells_time = True
    async with opened() as restating:
        for true, one in moments:
            restating.restated(one)
            await asyncio.wait_for(restating.settled(), 30)
            assert abs(restating.restated(one).measured_at - true) <= TOLERANCE
        assert service.told == 1


async def test_a_segment_of_an_earlier_boot_is_known_if_it_was_and_suspect_if_it_was_not(
    service: Scripted, opened: Open, clock: Clock
) -> None:
    service.tells_time, clock.wrong = True, -YEAR
    measured, unmeasured = stamped(clock), replace(stamped(clock), segment=f"earlier.{clock().ahead}")
    async with opened() as restating:
        restating.restated(measured)
        await asyncio.wait_for(restating.settled(), 30)
        moved = restating.restated(measured)
    clock.boot = "the next"
    async with opened() as restating:
        assert restating.restated(measured) == moved
        left = restating.restated(unmeasured)
    assert (left.quality, left.measured_at) == (Quality.SUSPECT, unmeasured.measured_at)


async def test_a_step_while_it_runs_is_compared_again_after_some_hours(
    service: Scripted, opened: Open, clock: Clock
) -> None:
    service.tells_time = True
    async with opened() as restating:
        await until(lambda: service.told == 1, "the present segment is compared without a reading of it")
        clock.slept += 7 * 3_600_000
        clock.wrong = -YEAR
        service.ahead = 7 * 3600.0
        one = stamped(clock)
        restating.restated(one)
        await asyncio.wait_for(restating.settled(), 30)
        assert service.told == 2
        assert abs(restating.restated(one).measured_at - (time.time() + service.ahead) * 1000) <= TOLERANCE


async def test_the_answer_that_came_quickest_counts(service: Scripted, opened: Open, clock: Clock) -> None:
    service.tells_time, clock.wrong, service.slow = True, -YEAR, [4.0]
    one, true = stamped(clock), time.time() * 1000
    async with opened() as restating:
        restating.restated(one)
        await asyncio.wait_for(restating.settled(), 60)
        assert service.told == 2 <= TRIES
        assert abs(restating.restated(one).measured_at - true) <= TOLERANCE


async def test_a_date_that_is_not_the_services_own_is_not_believed(
    service: Scripted, opened: Open, clock: Clock
) -> None:
    async with opened() as restating:
        assert restating.restated(stamped(clock)) is None
        await until(lambda: service.tokens == 1, "something on the way was asked")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(restating.settled(), 2)


@pytest.mark.parametrize("segment", [UNKNOWN, "s1", "4c1f0a2e-aaaa-bbbb-cccc-000000000000"])
async def test_an_id_that_tells_no_clock_is_left_as_it_is(opened: Open, segment: str) -> None:
    one = reading(1, 5000, segment=segment)
    async with opened() as restating:
        assert restating.restated(one) == one


@pytest.fixture
def first_version(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as db:
        db.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = 1; COMMIT;")


@pytest.mark.usefixtures("first_version")
async def test_a_journal_of_before_still_opens(service: Scripted, opened: Open, clock: Clock) -> None:
    service.tells_time = True
    one = stamped(clock)
    async with opened() as restating:
        restating.restated(one)
        await asyncio.wait_for(restating.settled(), 30)
        assert restating.restated(one) == one


async def test_what_cannot_be_journaled_is_not_used(
    service: Scripted, opened: Open, clock: Clock, tmp_path: Path
) -> None:
    one = stamped(clock)
    async with opened() as restating:
        restating.restated(one)
        with closing(sqlite3.connect(tmp_path / "journal.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            service.tells_time = True
            await until(lambda: service.told == 1, "the time was told")
            assert restating.restated(one) is None
            other.execute("ROLLBACK")
        await asyncio.wait_for(restating.settled(), 60)
        assert restating.restated(one) == one


def test_without_a_journal_no_offset_is_known(tmp_path: Path) -> None:
    assert clock_offset(tmp_path) is None
