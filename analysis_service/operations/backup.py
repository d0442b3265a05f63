"""A backup: the database as one state, the files of its Prometheus, keys and anchor, in one encrypted file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from analysis_service.clock import Clock, shown
from analysis_service.database import Database
from analysis_service.operations import archive, rows, series_files
from analysis_service.operations.archive import PIECE_BYTES, Nothing, Writing
from analysis_service.operations.refusals import BadBackup, OperationRefused
from analysis_service.operations.sealed import Opening, Sealing

PROMETHEUS, KEYS = "prometheus", "keys"
Tell = Callable[[str], None]


async def make(
    database: Database,
    kept: Mapping[str, Path],
    prometheus: Path | None,
    key: bytes,
    out: Path,
    clock: Clock,
    tell: Tell,
) -> Path:
    """Make one; the file, which is there whole or not at all. Raises OperationRefused."""
    made_ms = clock()
    target = out / f"chevet-{shown(made_ms)[:19].replace(':', '')}Z.backup" if out.is_dir() else out
    with draft_of(target) as file:
        # The anchor is read before the database is, and so knows no seal that this state of the database has not.
        keys = {name: _content_of(path) for name, path in kept.items()}
        async with database.reading() as session:
            revision = await rows.revision_of(session)
            if revision is None:
                raise OperationRefused(
                    "CHEVET_DATABASE_URL: expected a database with the service's tables, got another"
                )
            writing = Writing(Sealing(file, key, {"revision": revision, "made_ms": made_ms}))
            for table in await rows.tables_of(session):
                names = [column.name for column in rows.columns_of(table)]
                counted = writing.table(table.name, names)
                async for piece in rows.lines(session, table, counted):
                    writing.rows(piece)
                tell(f"{table.name}: {counted.rows} rows")
        if prometheus is not None:
            _add_series(writing, prometheus, tell)
        for name, content in keys.items():
            writing.data(writing.file(KEYS, name), content)
        tell(f"keys: {', '.join(sorted(keys))}")
        writing.finish()
    return target


def _content_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise OperationRefused(f"{path}: expected a key that can be read: {error.strerror}") from None


def _add_series(writing: Writing, prometheus: Path, tell: Tell) -> None:
    with series_files.held(prometheus) as files:
        for one in files:
            counted = writing.file(PROMETHEUS, one.name)
            left = one.size
            while left and (piece := one.file.read(min(left, PIECE_BYTES))):
                writing.data(counted, piece)
                left -= len(piece)
        tell(f"Prometheus: {len(files)} files, {sum(one.size for one in files)} bytes")


@contextmanager
def draft_of(target: Path) -> Iterator[BinaryIO]:
    """A file that takes its name once it is on disk; nothing is left of one that was not finished."""
    if target.exists():
        raise OperationRefused(f"--out: expected a file that is not there yet, {target} is")
    draft = target.with_name(f".{target.name}.new")
    try:
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except OSError as error:
        raise OperationRefused(
            f"--out: expected a place that can be written, {target} cannot: {error.strerror}"
        ) from None
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def opened(path: Path, key: bytes) -> Iterator[Opening]:
    """A backup. Raises BadBackup."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise BadBackup(path, f"expected a file that can be read: {error.strerror}") from None
    with file:
        yield Opening(file, path, key)


async def verify(path: Path, key: bytes) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The header and the manifest of one that can be read to its end. Raises BadBackup."""
    with opened(path, key) as opening:
        return opening.header, await archive.read(opening, path, Nothing())
