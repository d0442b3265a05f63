"""uplink on a machine whose clock is years away: what leaves, what waits, and for how long."""

from __future__ import annotations

import asyncio
import json
import math
import time
from pathlib import Path

import pytest

from chevet.readings import Reading
from chevet.segments import DAY
from exporters.gateway import clocks
from exporters.gateway.bus import topology
from exporters.gateway.bus.told import ONSET, SINCE
from tests.exporters.gateway.uplink.homes import Home, Scripted, reading, until

YEAR = 365 * DAY
WRONG = -10 * YEAR
TOLERANCE = 2000


@pytest.fixture
def shift(tmp_path: Path) -> Path:
    file = tmp_path / "shift"
    file.write_text(str(WRONG))
    return file


def segment(wrong: int = WRONG) -> str:
    return f"{clocks.boot()}.{clocks.look().ahead + wrong}"


def now() -> int:
    return time.time_ns() // 1_000_000


def temperatures(count: int, wrong: int = WRONG) -> list[Reading]:
    began = now() + wrong - count * 1000
    of = {"vital": "body_temperature", "device": "patch", "segment": segment(wrong)}
    return [reading(number, began + number * 1000, 36.5 + number / 100, **of) for number in range(count)]


async def tell_alert(home: Home, id: str, wrong: int = WRONG) -> None:
    body = json.dumps({"id": id, "onset": now() + wrong, "declared_at": now() + wrong, "cleared_at": None})
    clock = segment(wrong)
    assert await home.bus.publish("", topology.OUTBOX, body, {ONSET: clock, SINCE: clock})


@pytest.mark.parametrize("mode", ["push", "pull"])
async def test_until_the_time_is_known_nothing_but_alerts_leaves_and_then_all_at_its_true_time(
    home: Home, service: Scripted, shift: Path, mode: str
) -> None:
    home.settings["MODE"] = mode
    true = now()
    await home.publish(*temperatures(5))
    home.start(shift=shift)
    await tell_alert(home, "a1")
    await until(lambda: service.alerts, "the alert has left", 60)
    async with asyncio.timeout(60):
        while await home.bus.depth(topology.UPLINK) < 5:  # what was taken and could not be placed is there again
            await asyncio.sleep(0.1)
    assert service.batches == service.latest == []
    assert math.isnan(home.metrics()["chevet_clock_offset_seconds"])
    assert home.rows("SELECT * FROM readings") == []
    service.tells_time = True
    await until(lambda: len(home.rows("SELECT * FROM readings")) == 5, "the readings are journaled", 60)
    times = [at for (at,) in home.rows("SELECT measured_at FROM readings ORDER BY id")]
    assert times == sorted(times)
    assert all(abs(at - (true - 5000 + number * 1000)) <= TOLERANCE for number, at in enumerate(times))
    if mode == "push":
        await until(lambda: service.batches and service.latest, "batches and the newest have left", 60)
        sent = [at for one in [*service.batches, *service.latest] for series in one.series for at, _ in series.samples]
        assert all(abs(at - true) <= 5000 + TOLERANCE for at in sent)
    await tell_alert(home, "a2")
    await until(lambda: json.loads(service.alerts[-1].body)["id"] == "a2", "the second alert has left", 60)
    second = json.loads(service.alerts[-1].body)
    assert abs(second["onset"] - now()) <= TOLERANCE + 30_000
    assert abs(second["onset"] - second["declared_at"]) <= 1000
    assert home.metrics()["chevet_clock_offset_seconds"] == pytest.approx(-WRONG / 1000, abs=TOLERANCE / 1000)
    assert home.stop() == 0, home.log


async def test_an_alert_that_is_the_first_to_leave_leaves_at_its_true_time(
    home: Home, service: Scripted, shift: Path
) -> None:
    service.tells_time = True
    await tell_alert(home, "a1")
    true = now()
    home.start(shift=shift)
    await until(lambda: service.alerts, "the alert has left", 60)
    assert abs(json.loads(service.alerts[0].body)["onset"] - true) <= TOLERANCE
    assert home.stop() == 0, home.log


async def test_readings_of_a_boot_that_nobody_can_ask_about_any_more_leave_as_suspect(
    home: Home, service: Scripted, shift: Path
) -> None:
    old = temperatures(3)
    await home.publish(
        *(reading(n, one.measured_at, 36.5, "body_temperature", segment="b0.5") for n, one in enumerate(old))
    )
    home.start(shift=shift)
    await until(lambda: service.batches, "they wait for nothing", 60)
    assert home.rows("SELECT DISTINCT quality FROM readings") == [("suspect",)]
    assert [at for (at,) in home.rows("SELECT measured_at FROM readings ORDER BY id")] == [
        one.measured_at for one in old
    ]
