"""Files that are restored: beside their place until all is there, then in it; nothing is left where that fails."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from analysis_service.operations.refusals import OperationRefused

DRAFT = ".restoring"


class Placing:
    """Into `directory`, which is empty or not there. Raises OperationRefused where it is neither."""

    def __init__(self, directory: Path, option: str) -> None:
        self._directory = directory
        self._option = option
        self._draft = directory / DRAFT
        self._open: BinaryIO | None = None
        self._placed: list[Path] = []

    def __enter__(self) -> Self:
        if self._directory.exists() and any(one for one in self._directory.iterdir() if one.name != DRAFT):
            raise OperationRefused(f"{self._option}: expected an empty directory, {self._directory} is not")
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.rmtree(self._draft, ignore_errors=True)
        self._draft.mkdir(mode=0o700)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        if error is not None:
            for path in self._placed:
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        shutil.rmtree(self._draft, ignore_errors=True)

    def begin(self, name: str) -> None:
        """The bytes that follow are of the file `name`, from the directory on."""
        self._close()
        path = self._draft / name
        if not path.resolve().is_relative_to(self._draft.resolve()):
            raise OperationRefused(f"{self._option}: expected a file within {self._directory}, got {name!r}")
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._open = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def add(self, piece: bytes) -> None:
        """Bytes of it."""
        assert self._open is not None  # noqa: S101 - a file was begun
        self._open.write(piece)

    def place(self) -> None:
        """All of it is there."""
        self._close()
        for path in sorted(self._draft.iterdir()):
            self._placed.append(path.rename(self._directory / path.name))

    def _close(self) -> None:
        if self._open is not None:
            self._open.flush()
            os.fsync(self._open.fileno())
            self._open.close()
            self._open = None
