"""Fills the disks under a home in the middle of a run, and frees them: its state and its broker each on a small tmpfs.

Only root may mount. The disk of the state is filled to the last byte: what the gateway's processes kept for themselves
is all that they have then. That of the broker is filled until it asks for more than is free, and takes nothing more.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.drained import connected
from bench.errors import BadOption, Unmeasured
from bench.progress import Tell
from bench.stack import GATEWAY, Stack
from provisioning.local.rabbitmq import DISK_FREE

OPTION = "--fill-disk"
BALLAST = "ballast"
FILL_AFTER, FILL_FOR = 20.0, 25.0
"""Seconds: the run goes on so long before the disks are full, and they are full so long."""

TAKES_WITHIN = 60.0
_TMPFS, _DETACH = b"tmpfs", 2
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """A folder that becomes a disk of `size` bytes, of which a ballast leaves `left`."""

    folder: str
    size: int
    left: int


DISKS = (
    Disk(folder=f"{GATEWAY}-state", size=256 * 2**20, left=0),
    Disk(folder="rabbitmq", size=512 * 2**20, left=DISK_FREE * 3 // 4),
)


@contextmanager
def small_disks(directory: Path) -> Iterator[None]:
    """The DISKS below `directory` while the block lasts; what they hold then stays there as files. Raises BadOption."""
    with ExitStack() as mounted:
        for disk in DISKS:
            _mount(directory / disk.folder, disk.size)
            mounted.callback(_unmount, directory / disk.folder)
        yield


class Filling:
    """Fills the disks below `directory` once."""

    def __init__(self, directory: Path, tell: Tell) -> None:
        self._directory, self._tell = directory, tell
        self._taken: dict[str, int] = {}
        self._seconds = 0.0

    async def run(self) -> None:
        """Fill after a while, hold, and free; also where it is cancelled."""
        await asyncio.sleep(FILL_AFTER)  # the life of a disk that is not full, not a wait
        began = time.monotonic()
        try:
            self._taken = {disk.folder: _fill(self._directory / disk.folder, disk.left) for disk in DISKS}
            self._tell(f"the disks are full, for {FILL_FOR:.0f} s")
            await asyncio.sleep(FILL_FOR)
        finally:
            for disk in DISKS:
                (self._directory / disk.folder / BALLAST).unlink(missing_ok=True)
        self._seconds = time.monotonic() - began
        self._tell("the disks are free again")

    def result(self) -> dict[str, Any]:
        """What was filled, in bytes, and for how long. Raises Unmeasured where that never came."""
        if not self._seconds:
            raise Unmeasured(f"{OPTION}: expected the disks to be filled and freed, and they were not")
        return {"bytes": self._taken, "seconds": round(self._seconds, 1)}


async def taken_again(stack: Stack) -> None:
    """Until the broker, which looks at its disk again only after a while, takes messages. Raises Unmeasured."""
    async with connected(stack.bus()) as bus:
        try:
            await asyncio.wait_for(bus.publish("", "to.nobody", b""), TAKES_WITHIN)
        except TimeoutError:
            sentence = (
                f"the broker: expected it to take messages within {TAKES_WITHIN:.0f} s of having room, it does not"
            )
            raise Unmeasured(sentence) from None


def _fill(folder: Path, left: int) -> int:
    """Bytes that the ballast takes. Others write meanwhile, so it grows in smaller steps the fuller the disk is."""
    with (folder / BALLAST).open("wb") as ballast:
        step = taken = 0
        while (free := _free(folder) - left) > 0:
            step = min(step or free, free)
            try:
                os.posix_fallocate(ballast.fileno(), taken, step)
            except OSError:
                step //= 2
                if not step:
                    break
            else:
                taken += step
    return taken


def _free(folder: Path) -> int:
    stat = os.statvfs(folder)
    return stat.f_bavail * stat.f_frsize


def _mount(place: Path, size: int) -> None:
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    asked = b"size=%d,mode=0700" % size
    if os.geteuid() != 0 or _LIBC.mount(_TMPFS, os.fsencode(place), _TMPFS, 0, asked) != 0:
        raise BadOption(f"{OPTION}: expected a root that may mount a small disk, and this user may not", field=OPTION)


def _unmount(place: Path) -> None:
    kept = place.with_suffix(".kept")
    shutil.copytree(place, kept, ignore=shutil.ignore_patterns(BALLAST), dirs_exist_ok=True)
    _LIBC.umount2(os.fsencode(place), _DETACH)
    place.rmdir()
    kept.rename(place)
