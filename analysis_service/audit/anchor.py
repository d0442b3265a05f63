"""The file outside the database that knows every seal: a line each, only ever added, on disk before it counts."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

from analysis_service.settings import BadSettings
from chevet.audit import Anchor

SETTING = "CHEVET_AUDIT_ANCHOR_FILE"
ROOM_BYTES = 4096
"""What a disk must take at the start: a line has about 150."""
NAMES = tuple(one.name for one in fields(Anchor))


class AnchorFile:
    """Of one host. The process that holds it is the one that seals there; the kernel lets go of it for the dead."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def require_room(self) -> None:
        """Raises BadSettings where a line could not be kept now."""
        probe = self._path.with_name(f".{self._path.name}.{os.getpid()}.room")
        try:
            os.close(self._opened())
            _keep(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), b" " * ROOM_BYTES)
        except OSError as error:
            sentence = f"expected a file that can be added to, {self._path} cannot: {error.strerror}"
            raise BadSettings(f"{SETTING}: {sentence}") from None
        finally:
            probe.unlink(missing_ok=True)

    def hold(self) -> bool:
        """Whether this process is the one that seals; it tries to become it, and stays it."""
        if self._file is not None:
            return True
        file = self._opened()
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Let another process seal."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def read(self) -> list[Anchor]:
        """Every whole line. One that a full disk or a kill left torn is none: what it was to say stands further on."""
        try:
            lines = self._path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        return [found for line in lines if (found := _anchor(line)) is not None]

    def add(self, anchors: Sequence[Anchor]) -> None:
        """Write them down; on disk when this returns. Raises OSError, and then they may be there in part."""
        assert self._file is not None  # noqa: S101 - only who holds it adds
        size = os.fstat(self._file).st_size
        torn = b"\n" if size and os.pread(self._file, 1, size - 1) != b"\n" else b""
        lines = b"".join(json.dumps(asdict(one), sort_keys=True).encode() + b"\n" for one in anchors)
        _keep(os.dup(self._file), torn + lines)

    def _opened(self) -> int:
        return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def _keep(file: int, content: bytes) -> None:
    """Write all of it, on to the disk, and close the file."""
    with os.fdopen(file, "wb", buffering=0) as opened:
        while content:
            content = content[opened.write(content) or 0 :]
        os.fsync(opened.fileno())


def _anchor(line: bytes) -> Anchor | None:
    try:
        known = json.loads(line)
        found = Anchor(**{name: known[name] for name in NAMES})
    except (ValueError, TypeError, KeyError):
        return None
    return found if isinstance(found.seal, int) and isinstance(found.code, str) else None
