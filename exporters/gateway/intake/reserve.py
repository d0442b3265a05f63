"""Room on a disk that is kept to be given up: a database on a full disk cannot even take rows out without some."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

BYTES = 16 * 2**20
"""More than SQLite's log grows to before it is folded into the file, twice over."""


class Reserve:
    """A file of zeros beside the database."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def hold(self, spare: int = 0) -> None:
        """Take the room, if it is not held already. Raises OSError where the disk has not also `spare` beside it."""
        if self._file.exists():
            return
        if shutil.disk_usage(self._file.parent).free < BYTES + spare:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self._file)
        descriptor = os.open(self._file, os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, BYTES)
        except OSError:
            self.release()
            raise
        finally:
            os.close(descriptor)

    def release(self) -> None:
        """Give the room up."""
        self._file.unlink(missing_ok=True)
