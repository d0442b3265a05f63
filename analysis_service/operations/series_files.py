"""The files of a Prometheus that runs, as they are at one moment.

Its own snapshot is not taken: it leaves out whatever came out of order and is not in a block yet (seen with 2.42), and
that is what a gateway brings after hours without a link. What Prometheus would start from after a power cut has all
that it ever took, and that is copied: blocks, which never change, and the logs up to where they reach.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from analysis_service.operations.refusals import OperationRefused

LOGS = ("wbl", "wal", "chunks_head")
"""In the order in which each speaks of what the next has: no end is taken that lies before what it is spoken of."""
BLOCK_NAME = 26
ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Held:
    """A file that stays as it was when it was opened, whatever Prometheus removes or adds since."""

    name: str
    file: BinaryIO
    size: int


@contextmanager
def held(directory: Path) -> Iterator[list[Held]]:
    """Its files at one moment. Raises OperationRefused where `directory` is none of a Prometheus."""
    if not os.path.isdir(directory / "wal"):
        raise OperationRefused(f"--prometheus-data: expected the directory of a Prometheus, got {directory}")
    for _ in range(ATTEMPTS):
        with ExitStack() as opened:
            try:
                files = _opened(directory, opened)
            except OSError as error:
                raise OperationRefused(
                    f"--prometheus-data: expected files that can be read, {error.filename} cannot: {error.strerror}"
                ) from None
            if files is not None:
                yield files
                return
    raise OperationRefused(
        f"--prometheus-data: expected {directory} to stay as it is for a moment, it changes all the time"
    )


def _opened(directory: Path, opened: ExitStack) -> list[Held] | None:
    """None where files came or went meanwhile: a log may have been cut before its block was seen."""
    before = names(directory)
    found = []
    for name in before:
        try:
            file = opened.enter_context((directory / name).open("rb"))
        except FileNotFoundError:
            return None
        found.append(Held(name, file, os.fstat(file.fileno()).st_size))
    return found if names(directory) == before else None


def names(directory: Path) -> list[str]:
    """The files of its logs and of its whole blocks, from `directory` on."""
    blocks = sorted(
        one.name for one in directory.iterdir() if len(one.name) == BLOCK_NAME and (one / "meta.json").exists()
    )
    return [
        str(path.relative_to(directory))
        for part in (*LOGS, *blocks)
        for path in sorted(_within(directory / part))
        if not any(".tmp" in name for name in path.relative_to(directory).parts)
    ]


def _within(directory: Path) -> Iterator[Path]:
    """Every file, however deep. Raises OSError where one may not look: a glob would pass that over."""
    for folder, _, files in os.walk(directory, onerror=_unless_gone):
        yield from (Path(folder, name) for name in files)


def _unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error
