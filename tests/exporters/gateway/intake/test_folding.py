"""A spool folded: windows that are over become parts, nothing else changes, and a kill anywhere loses nothing."""

from __future__ import annotations

import asyncio
import ctypes
import math
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chevet.parts import Part, from_message
from chevet.readings import Quality, Reading
from chevet.vitals import DEVICE_VITALS, GRACE
from exporters.gateway import steps
from exporters.gateway.bus.topology import READINGS, URGENT
from exporters.gateway.intake import folding as foldings
from exporters.gateway.intake import spool as spools
from exporters.gateway.intake.folding import Folding
from exporters.gateway.intake.spool import Spool, SpoolFull
from exporters.gateway.urgent import state as urgent

NOON = 1_700_000_040_000
MINUTE = 60_000


class Leg:
    """A departure that has published everything up to `under_way`, and awaits the broker's answer."""

    def __init__(self, exchange: str, under_way: int = 0) -> None:
        self.exchange, self.under_way = exchange, under_way


def folding_of(spool: Spool, folder: Path, *, under_way: int = 0, limit: int = 1) -> Folding:
    legs: Any = [Leg(URGENT, under_way), Leg(READINGS, under_way)]
    return Folding(spool, legs, limit, folder)


def measured(at: int, value: float | None = 70.0, quality: Quality = Quality.GOOD, **other: Any) -> Reading:
    fields = {"gateway": "g01", "device": "ox", "vital": "heart_rate", "segment": "boot.0", "origin": "test"}
    return Reading(
        **fields | other,
        measured_at=NOON + at,
        run=spools.UNNUMBERED,
        sequence=0,
        quality=quality,
        value=None if quality is Quality.MISSING else value,
    )


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with closing(Spool(tmp_path / "spool.sqlite", 2**30)) as opened:
        yield opened


def add(spool: Spool, *readings: Reading) -> None:
    for one in readings:
        with spool.transaction():
            spool.add(os.urandom(16), [one])


def leaving(spool: Spool, exchange: str = READINGS) -> list[Reading | Part]:
    return [from_message(row.body.encode()) for row in spool.rows(exchange, 0, 10_000)]


def parts(spool: Spool) -> list[Part]:
    return [one for one in leaving(spool) if isinstance(one, Part)]


async def test_a_window_that_is_over_becomes_one_part_in_its_place(spool: Spool, tmp_path: Path) -> None:
    add(spool, *(measured(n * 10_000, 60.0 + n) for n in range(6)), measured(MINUTE), measured(MINUTE + GRACE * 1000))
    await folding_of(spool, tmp_path).fold()
    part, *others = leaving(spool)
    assert isinstance(part, Part)
    assert (part.start, part.first, part.last, part.run) == (NOON, 1, 6, spool.run)
    assert (part.counts, part.sum, part.low, part.high) == ({Quality.GOOD: 6}, 375.0, 60.0, 65.0)
    assert [one.sequence for one in others if isinstance(one, Reading)] == [7, 8]
    assert spool.waiting[READINGS] == 3
    assert spool.waiting[URGENT] == 8, "for urgent nothing is folded"


async def test_a_window_is_not_folded_one_millisecond_before_grace_is_over(spool: Spool, tmp_path: Path) -> None:
    add(spool, measured(0), measured(1), measured(MINUTE + GRACE * 1000 - 1), measured(9 * MINUTE, device="other"))
    await folding_of(spool, tmp_path).fold()
    assert parts(spool) == []
    add(spool, measured(MINUTE + GRACE * 1000))
    await folding_of(spool, tmp_path).fold()
    assert len(parts(spool)) == 1


async def test_the_first_pass_after_a_restart_folds_what_the_one_before_it_would_have(tmp_path: Path) -> None:
    with closing(Spool(tmp_path / "spool.sqlite", 2**30)) as before:
        add(before, *(measured(n * 10_000) for n in range(60)))
    with closing(Spool(tmp_path / "spool.sqlite", 2**30)) as spool:
        await folding_of(spool, tmp_path).fold()
        assert len(parts(spool)) == 9, "all but the window that is still open"


@pytest.mark.parametrize("vital", [row.key for row in DEVICE_VITALS if not row.window])
async def test_a_vital_with_no_window_is_never_folded(spool: Spool, tmp_path: Path, vital: str) -> None:
    add(spool, *(measured(n * MINUTE, vital=vital, quality=Quality.MISSING) for n in range(20)))
    before = leaving(spool)
    await folding_of(spool, tmp_path).fold()
    assert leaving(spool) == before


async def test_what_has_left_is_in_no_part_and_parts_are_not_folded_again(spool: Spool, tmp_path: Path) -> None:
    add(spool, *(measured(n * 1000) for n in range(7)), measured(5 * MINUTE))
    spool.remove(READINGS, [4])
    await folding_of(spool, tmp_path).fold()
    assert [(one.first, one.last) for one in parts(spool)] == [(1, 3), (5, 7)]
    add(spool, measured(8), measured(9))
    await folding_of(spool, tmp_path).fold()
    assert [(one.first, one.last) for one in parts(spool)] == [(1, 3), (5, 7), (9, 10)]


async def test_what_is_being_published_is_left_alone(spool: Spool, tmp_path: Path) -> None:
    add(spool, *(measured(n * 1000) for n in range(6)), measured(5 * MINUTE))
    await folding_of(spool, tmp_path, under_way=3).fold()
    assert [(one.first, one.last) for one in parts(spool)] == [(4, 6)]


async def test_readings_of_two_segments_are_never_in_one_part(spool: Spool, tmp_path: Path) -> None:
    late = [measured(n * 1000, segment="boot.5") for n in range(2)]
    add(spool, measured(0), measured(1), *late, measured(5 * MINUTE), measured(5 * MINUTE, segment="boot.5"))
    await folding_of(spool, tmp_path).fold()
    assert [one.segment for one in parts(spool)] == ["boot.0", "boot.5"]


async def test_what_is_over_is_known_again_after_a_restart(tmp_path: Path) -> None:
    with closing(Spool(tmp_path / "spool.sqlite", 2**30)) as before:
        add(before, measured(0), measured(1), measured(5 * MINUTE))
    with closing(Spool(tmp_path / "spool.sqlite", 2**30)) as after:
        await folding_of(after, tmp_path).fold()
        assert len(parts(after)) == 1
        assert after.waiting == {URGENT: 3, READINGS: 2}


async def test_urgents_rows_go_when_urgent_has_judged_them_and_not_before(spool: Spool, tmp_path: Path) -> None:
    add(spool, *(measured(n * 1000) for n in range(6)))
    folding = folding_of(spool, tmp_path)
    await folding.drop_judged()
    assert spool.waiting[URGENT] == 6, "where there is no state of urgent nothing was judged"
    with closing(urgent.UrgentState(tmp_path)) as state, state.transaction():
        state.save_seen(replace(measured(0), run=spool.run, sequence=4))
        state.save_seen(replace(measured(0), run="another run", sequence=6))
    await folding.drop_judged()
    assert [one.sequence for one in leaving(spool, URGENT) if isinstance(one, Reading)] == [5, 6]
    assert spool.waiting == {URGENT: 2, READINGS: 6}


async def test_above_its_limit_the_spool_folds_by_itself_and_below_it_does_not(
    spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foldings, "LOOK_SECONDS", 0.01)
    add(spool, *(measured(n * 1000) for n in range(600)))
    for limit, folds in ((spool.bytes_used(), False), (spool.bytes_used() - 1, True)):
        task = asyncio.create_task(folding_of(spool, tmp_path, limit=limit).run())
        for _ in range(1000):
            await asyncio.sleep(0.01)
            if parts(spool) or (not folds and _ > 20):
                break
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert bool(parts(spool)) is folds


class Killed(BaseException):
    """The plug is pulled."""


@st.composite
def series(draw: st.DrawFn) -> list[Reading]:
    drawn = draw(
        st.lists(
            st.tuples(
                st.integers(0, 240_000),
                st.floats(20, 60),
                st.sampled_from(Quality),
                st.sampled_from(["heart_rate", "respiratory_rate", "body_temperature"]),
            ),
            min_size=1,
            max_size=60,
        )
    )
    drawn.sort(key=lambda one: one[0] // draw(st.sampled_from([1, 100_000])))
    values = {"body_temperature": lambda value: 36.0}
    return [measured(at, values.get(vital, float)(value), quality, vital=vital) for at, value, quality, vital in drawn]


@settings(max_examples=40, deadline=None)
@given(
    readings=series(),
    left=st.sets(st.integers(1, 60), max_size=20),
    kills=st.lists(st.sampled_from(["read/folded", "folded/committed", ""]), max_size=4),
    most=st.integers(2, 30),
)
def test_however_it_is_folded_and_killed_every_reading_waits_once(
    readings: list[Reading], left: set[int], kills: list[str], most: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    spool = Spool(folder / "spool.sqlite", 2**30)
    with spool.transaction():
        spool.add(b"1", readings)
    numbered = {one.identity: one for one in leaving(spool) if isinstance(one, Reading)}
    gone = [row.id for row in spool.rows(READINGS, 0, 1000) if row.id in left]
    kept = {
        from_message(row.body.encode()).identity  # type: ignore[union-attr]  # nothing is folded yet
        for row in spool.rows(READINGS, 0, 1000)
        if row.id not in left
    }
    spool.remove(READINGS, gone)
    before, foldings.MOST = foldings.MOST, most
    try:
        for kill in [*kills, ""]:
            steps.hook = _dying_at(kill) if kill else None
            try:
                asyncio.run(folding_of(spool, folder).fold())
            except Killed:
                spool.close()
                spool = Spool(folder / "spool.sqlite", 2**30)
    finally:
        steps.hook, foldings.MOST = None, before
    assert_held_once(spool, [numbered[identity] for identity in kept])
    spool.close()
    shutil.rmtree(folder)


def _dying_at(wanted: str) -> Any:
    def hook(step: str) -> None:
        if step == wanted:
            raise Killed

    return hook


def assert_held_once(spool: Spool, readings: list[Reading]) -> None:
    held = leaving(spool)
    alone = [one for one in held if isinstance(one, Reading)]
    within = [(part.key, n) for part in held if isinstance(part, Part) for n in range(part.first, part.last + 1)]
    identities = Counter([(one.identity[:3], one.sequence) for one in alone] + within)
    assert identities == Counter((one.identity[:3], one.sequence) for one in readings)
    assert spool.waiting[READINGS] == len(held)
    by_sequence = {(one.identity[:3], one.sequence): one for one in readings}
    for part in (one for one in held if isinstance(one, Part)):
        inside = [by_sequence[part.key, n] for n in range(part.first, part.last + 1)]
        good = [one.value for one in inside if one.quality is Quality.GOOD and one.value is not None]
        assert part.counts == Counter(one.quality for one in inside)
        assert (part.low, part.high) == (min(good, default=None), max(good, default=None))
        assert part.sum == math.fsum(good)
        assert {one.measured_at // part.period for one in inside} == {part.start // part.period}


def take_without_end(spool: Spool, taken: Counter[str]) -> None:
    while True:
        readings = [measured((taken["readings"] + n) * 100) for n in range(50)]
        with spool.transaction():
            spool.add(os.urandom(16), readings)
        taken["readings"] += 50


def fill(spool: Spool) -> int:
    """Ten readings a second until there is no room; how many were taken."""
    taken: Counter[str] = Counter()
    with pytest.raises(SpoolFull):
        take_without_end(spool, taken)
    return taken["readings"]


async def assert_folding_makes_room(spool: Spool, folder: Path) -> None:
    taken, used = fill(spool), spool.bytes_used()
    await folding_of(spool, folder).fold()
    assert sum(one.total if isinstance(one, Part) else 1 for one in leaving(spool)) == taken
    assert spool.bytes_used() < used
    add(spool, measured(taken * 100))


async def test_a_spool_at_its_limit_is_folded_and_takes_again(tmp_path: Path) -> None:
    with closing(Spool(tmp_path / "spool.sqlite", 2**20)) as spool:
        await assert_folding_makes_room(spool, tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
async def test_a_spool_on_a_disk_that_is_full_to_the_last_byte_is_folded_by_itself_and_takes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foldings, "LOOK_SECONDS", 0.01)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"tmpfs", os.fsencode(tmp_path), b"tmpfs", 0, b"size=40m") != 0:
        pytest.skip(f"this root may not mount: {os.strerror(ctypes.get_errno())}")
    try:
        with closing(Spool(tmp_path / "spool.sqlite", 2**30)) as spool:
            add(spool, *(measured(n * 100) for n in range(2000)))
            with (tmp_path / "of somebody else").open("wb") as other:
                stat = os.statvfs(tmp_path)
                os.posix_fallocate(other.fileno(), 0, stat.f_bavail * stat.f_frsize)
            with pytest.raises(SpoolFull):
                fill_to_the_end(spool)
            before = sum(1 for _ in leaving(spool))
            await fold_by_itself(spool, tmp_path)
            assert sum(one.total if isinstance(one, Part) else 1 for one in leaving(spool)) == before
            assert spool.waiting[READINGS] < before
            (tmp_path / "of somebody else").unlink()
            add(spool, measured(0))
    finally:
        libc.umount(os.fsencode(tmp_path))


async def fold_by_itself(spool: Spool, folder: Path) -> None:
    """Though it has far fewer bytes than its limit."""
    task = asyncio.create_task(folding_of(spool, folder, limit=2**30).run())
    async with asyncio.timeout(30):
        while not parts(spool):
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def fill_to_the_end(spool: Spool) -> None:
    for n in range(200_000):
        with spool.transaction():
            spool.add(b"%d" % n, [measured(n * 100)])


def test_a_state_of_urgent_that_cannot_be_read_has_judged_nothing(tmp_path: Path) -> None:
    (tmp_path / urgent.NAME).write_text("something else" * 1000)
    assert foldings.judged(tmp_path / foldings.SEEN) == {}
    assert foldings.SEEN == urgent.NAME
    with closing(sqlite3.connect(tmp_path / "empty.sqlite")):
        assert foldings.judged(tmp_path / "empty.sqlite") == {}
