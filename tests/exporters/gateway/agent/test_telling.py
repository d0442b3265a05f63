"""What is told stands at the service's time, in requests of a bounded size, and no stranger sets the clock."""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from chevet.remote_write import Series, series
from chevet.segments import Moment
from exporters.gateway import clocks
from exporters.gateway.agent.telling import Teller
from exporters.gateway.server import Server, Tokens
from tests.exporters.gateway.uplink.homes import GATEWAY, STORED, Scripted

HOUR = 3_600_000
TRUE_LOOK = clocks.look


def set_clock(monkeypatch: pytest.MonkeyPatch, wrong_by: int, boot: str = "b1", lasting: int = 0) -> None:
    """A wall clock that is wrong by so many milliseconds; each look takes `lasting` longer by the other clock."""
    late = itertools.count(0, lasting)

    def look() -> Moment:
        true, more = TRUE_LOOK(), next(late)
        return replace(true, boot=boot, monotonic=true.monotonic + more, wall=true.wall + wrong_by + more)

    monkeypatch.setattr(clocks, "look", look)


@asynccontextmanager
async def telling(service: Scripted, credentials: Path) -> AsyncIterator[Teller]:
    async with Server(service.url, Tokens(credentials)) as server:
        yield Teller(GATEWAY, server)


def times(service: Scripted) -> set[int]:
    return {at for asked in service.batches for one in asked.series for at, _ in one.samples}


async def test_a_gateway_two_hours_behind_tells_at_the_services_time(
    monkeypatch: pytest.MonkeyPatch, service: Scripted, credentials: Path
) -> None:
    set_clock(monkeypatch, -2 * HOUR)
    async with telling(service, credentials) as teller:
        assert teller.offset is None
        assert await teller.beat({})
        assert teller.offset == pytest.approx(2 * HOUR, abs=1500)
        await teller.push([series("chevet_journal_bytes", {"gateway": GATEWAY, "process": "uplink"}, (0, 5.0))])
    (at,) = times(service)
    assert abs(at - time.time() * 1000) < 30_000


async def test_a_clock_that_is_right_within_two_seconds_is_left_as_it_is(
    monkeypatch: pytest.MonkeyPatch, service: Scripted, credentials: Path
) -> None:
    async with telling(service, credentials) as teller:
        await teller.beat({})
        assert teller.offset is not None
        before = clocks.look().wall
        assert before <= teller.now <= clocks.look().wall


async def test_another_boot_knows_nothing_of_the_clock_before(
    monkeypatch: pytest.MonkeyPatch, service: Scripted, credentials: Path
) -> None:
    set_clock(monkeypatch, -2 * HOUR)
    async with telling(service, credentials) as teller:
        await teller.beat({})
        set_clock(monkeypatch, -2 * HOUR, boot="b2")
        assert teller.offset is None


async def test_the_time_of_something_on_the_way_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, service: Scripted, credentials: Path
) -> None:
    service.answer = lambda _: (204, {}, b"")
    async with telling(service, credentials) as teller:
        assert await teller.beat({})
        assert teller.offset is None


async def test_an_answer_that_took_long_says_nothing_of_the_time(
    monkeypatch: pytest.MonkeyPatch, service: Scripted, credentials: Path
) -> None:
    set_clock(monkeypatch, 0, lasting=10_000)
    async with telling(service, credentials) as teller:
        assert await teller.beat({})
        assert teller.offset is None


async def test_many_samples_leave_in_requests_of_five_hundred(service: Scripted, credentials: Path) -> None:
    def own(number: int) -> Series:
        labels = {"gateway": GATEWAY, "process": "uplink", "queue": f"q{number}"}
        return series("chevet_bus_queue_messages", labels, (0, float(number)))

    async with telling(service, credentials) as teller:
        await teller.push([own(number) for number in range(1100)])
    assert [len(asked.series) for asked in service.batches] == [500, 500, 100]
    assert len(times(service)) == 1
    assert len({asked.batch for asked in service.batches}) == 3
    values = {one.samples[0][1] for asked in service.batches for one in asked.series}
    assert values == set(range(1100))


async def test_after_a_request_that_failed_no_more_are_tried(service: Scripted, credentials: Path) -> None:
    answers = iter([STORED, (503, {"X-Chevet": "1"}, b"")])
    service.answer = lambda _: next(answers)
    one = series("chevet_journal_bytes", {"gateway": GATEWAY, "process": "uplink"}, (0, 5.0))
    async with telling(service, credentials) as teller:
        await teller.push([one] * 1600)
    assert len(service.batches) == 2


async def test_a_service_that_is_away_answers_nothing(credentials: Path) -> None:
    async with Server("http://127.0.0.1:9", Tokens(credentials)) as server:
        assert not await Teller(GATEWAY, server).beat({})
