"""What processes cost: seconds of CPU of each and of all its children, the dead ones too, and memory at its peak."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psutil

LOOK_EVERY = 1.0
MIB = 2**20


@dataclass(slots=True)
class Usage:
    """`cpu` in seconds; `memory` in bytes, what is shared counted once."""

    cpu: float = 0.0
    memory: int = 0


@asynccontextmanager
async def watched(pids: Mapping[str, int]) -> AsyncIterator[dict[str, Usage]]:
    """What each process of `pids` costs while the block runs; complete when it is left."""
    found = {name: Usage() for name in pids}
    before = {name: _cpu(pid) for name, pid in pids.items()}
    watching = asyncio.create_task(_watch(pids, found))
    try:
        yield found
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        for name, pid in pids.items():
            found[name].cpu = _cpu(pid) - before[name]
            found[name].memory = max(found[name].memory, _memory(pid))


async def _watch(pids: Mapping[str, int], found: dict[str, Usage]) -> None:
    while True:
        for name, pid in pids.items():
            found[name].memory = max(found[name].memory, await asyncio.to_thread(_memory, pid))
        await asyncio.sleep(LOOK_EVERY)


def _family(pid: int) -> Iterator[psutil.Process]:
    process = psutil.Process(pid)
    yield process
    yield from process.children(recursive=True)


def _cpu(pid: int) -> float:
    total = 0.0
    for one in _family(pid):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def _memory(pid: int) -> int:
    total = 0
    for one in _family(pid):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            total += one.memory_full_info().pss
    return total
