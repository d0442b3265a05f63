"""Small disks that are filled and freed, and what they held stays."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import filling
from bench.errors import BadOption, Unmeasured
from bench.filling import BALLAST, DISKS, Filling, small_disks


@pytest.fixture
def disks(tmp_path: Path) -> Iterator[Path]:
    try:
        with small_disks(tmp_path):
            yield tmp_path
    except BadOption:
        pytest.skip("only a root that may mount has small disks")


def free(folder: Path) -> int:
    stat = os.statvfs(folder)
    return stat.f_bavail * stat.f_frsize


async def test_each_disk_is_filled_to_what_is_left_held_and_freed(disks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "FILL_AFTER", 0.0)
    monkeypatch.setattr(filling, "FILL_FOR", 1.0)
    told: list[str] = []
    full: list[int] = []

    def tell(sentence: str) -> None:
        told.append(sentence)
        full.extend(free(disks / disk.folder) for disk in DISKS)

    one = Filling(disks, tell)
    with pytest.raises(Unmeasured, match="--fill-disk: expected the disks to be filled"):
        one.result()
    await asyncio.wait_for(one.run(), 30)
    assert full[: len(DISKS)] == [disk.left for disk in DISKS]
    assert [free(disks / disk.folder) for disk in DISKS] == [disk.size for disk in DISKS]
    assert one.result()["bytes"] == {disk.folder: disk.size - disk.left for disk in DISKS}
    assert one.result()["seconds"] >= 1.0


async def test_a_run_that_is_given_up_frees_the_disks(disks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "FILL_AFTER", 0.0)
    full = asyncio.Event()
    running = asyncio.create_task(Filling(disks, lambda _: full.set()).run())
    await asyncio.wait_for(full.wait(), 30)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert not [disk for disk in DISKS if (disks / disk.folder / BALLAST).exists()]


def test_what_stood_on_a_small_disk_stays_when_it_is_gone(tmp_path: Path) -> None:
    try:
        with small_disks(tmp_path):
            (tmp_path / DISKS[0].folder / "state").write_text("kept")
            (tmp_path / DISKS[0].folder / BALLAST).write_text("not kept")
    except BadOption:
        pytest.skip("only a root that may mount has small disks")
    assert [one.name for one in (tmp_path / DISKS[0].folder).iterdir()] == ["state"]
    assert not os.path.ismount(tmp_path / DISKS[0].folder)


def test_somebody_who_may_not_mount_is_refused_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling.os, "geteuid", lambda: 1000)
    with (
        pytest.raises(BadOption, match=r"^--fill-disk: expected a root that may mount a small disk"),
        small_disks(tmp_path),
    ):
        pass
