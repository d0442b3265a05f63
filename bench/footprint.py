"""What a gateway takes: bytes on the disk, and the memory that each of its processes had at most."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from bench.killing import process_rows
from bench.stack import Stack, peak_memory

BROKER = "rabbitmq"


def on_disk(folder: Path) -> int:
    """Bytes that the files in `folder` take, as the file system counts them."""
    return sum(_allocated(Path(place) / name) for place, _, names in os.walk(folder) for name in names)


def memory(stack: Stack) -> dict[str, int]:
    """The peak of each process; the broker's is that of its largest, the virtual machine."""
    found = {process: peak_memory(stack.pid(row)) for process, row in process_rows().items()}
    return found | {BROKER: max(map(peak_memory, [stack.pid(BROKER), *_descendants(stack.pid(BROKER))]))}


def _allocated(file: Path) -> int:
    try:
        return file.stat().st_blocks * 512
    except FileNotFoundError:  # a log that was folded meanwhile
        return 0


def _descendants(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            yield child
            yield from _descendants(child)
