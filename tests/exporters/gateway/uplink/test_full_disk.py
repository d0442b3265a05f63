"""The journal on a small disk that somebody else has filled."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from exporters.gateway.intake import reserve
from exporters.gateway.uplink.journal import SPARE, Journal

MIB = 2**20
DISK = 48 * MIB


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() != 0 or libc.mount(b"tmpfs", os.fsencode(tmp_path), b"tmpfs", 0, b"size=%d" % DISK) != 0:
        pytest.skip("only a root that may mount has a small disk")
    yield tmp_path
    libc.umount(os.fsencode(tmp_path))


@pytest.mark.parametrize(("more", "full"), [(-MIB, True), (MIB, False)], ids=["too little", "enough"])
def test_readings_are_let_in_only_where_there_is_room_beside_the_reserve(disk: Path, more: int, full: bool) -> None:
    with closing(Journal(disk)) as journal:
        assert not journal.full
        journal._reserve.release()  # as a transaction does that the disk had no room for
        stat = os.statvfs(disk)
        taken = stat.f_bavail * stat.f_frsize - reserve.BYTES - SPARE - more
        with (disk / "of somebody else").open("wb") as other:
            os.posix_fallocate(other.fileno(), 0, taken)
        journal.find_room()
        assert journal.full is full
        (disk / "of somebody else").unlink()
        journal.find_room()
        assert not journal.full
