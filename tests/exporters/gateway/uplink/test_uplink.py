"""What uplink does with readings and with each answer of the service: nothing lost, nothing twice, the same bytes."""

from __future__ import annotations

from collections import Counter

import pytest

from chevet import windows
from chevet.readings import Reading
from chevet.windows import Cutter
from exporters.gateway import topology
from tests.exporters.gateway.uplink.homes import Asked, Home, Scripted, reading, until

MINUTE = 60_000
START = 1_700_000_040_000


def half_hour(start: int = START) -> list[Reading]:
    """Heart rate each 10 s, a straggler, two temperatures of one moment, and a last reading that closes windows."""
    steady = [reading(number, start + number * 10_000, 60.0 + number % 7) for number in range(180)]
    late = reading(180, start + 5 * MINUTE, 66.0)
    same = [reading(n, start + MINUTE, 37.0 + n, "body_temperature", device="patch") for n in range(2)]
    return [*steady, late, *same, reading(181, start + 40 * MINUTE, 80.0)]


def samples(asked: list[Asked]) -> Counter[tuple[tuple[tuple[str, str], ...], int, str]]:
    """Each sample once for each different batch that brought it."""
    batches = {one.batch: one for one in asked}
    return Counter(
        (series.labels, at, repr(value))
        for one in batches.values()
        for series in one.series
        for at, value in series.samples
    )


def expected() -> Counter[tuple[tuple[tuple[str, str], ...], int, str]]:
    """What `chevet.windows` makes of it; the second temperature of one moment stands a millisecond later."""
    cutter, cuts = Cutter(), []
    for one in half_hour():
        moved = one.vital == "body_temperature" and one.sequence == 1
        fields = {name: getattr(one, name) for name in one.__dataclass_fields__}
        cuts += cutter.add(Reading(**fields | {"measured_at": one.measured_at + moved}), 0.0)
    return Counter((s.labels, at, repr(float(v))) for s in windows.to_series(cuts) for at, v in s.samples)


async def test_what_is_published_arrives_as_windows_once(home: Home, service: Scripted) -> None:
    await home.publish(*half_hour())
    home.start()
    await until(lambda: sum(samples(service.batches).values()) >= sum(expected().values()), "all samples came")
    assert samples(service.batches) == expected()
    await until(lambda: home.rows("SELECT count(*) FROM batches") == [(0,)], "the batches are marked")
    assert home.stop() == 0, home.log
    assert await home.bus.depth(topology.UPLINK) == 0


@pytest.mark.parametrize("step", ["journal/ack", "journal/POST", "2xx/mark"])
async def test_a_kill_between_two_acts_loses_nothing_and_doubles_nothing(
    home: Home, service: Scripted, step: str
) -> None:
    await home.publish(*half_hour())
    home.start(kill_at=step)
    await home.died()
    home.start()
    await until(lambda: samples(service.batches) == expected(), "the ledger is even")
    bodies = {}
    for one in service.batches:
        assert bodies.setdefault(one.batch, one.body) == one.body, "a retry sent other bytes"
    assert home.rows("SELECT count(*) FROM readings") == [(len(half_hour()),)]
