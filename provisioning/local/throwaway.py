"""Stacks that are thrown away: what a killed run left behind is ended and removed by whoever starts the next.

Their directories are made up anew each time, so that nobody would find them again: they are noted in one place.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from provisioning.errors import DidNotStart
from provisioning.local import postgresql, record
from provisioning.local.rows import Place


@contextmanager
def noted(directory: Path) -> Iterator[None]:
    """While the block runs, and after it where it is killed, `directory` is among those that `clear` looks at."""
    note = _notes() / hashlib.sha256(str(directory).encode()).hexdigest()[:12]
    note.write_text(str(directory))
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def clear() -> None:
    """End the processes of every stack whose supervisor is dead, and remove what lies outside its directory."""
    for note in _notes().iterdir():
        try:
            directory = Path(note.read_text())
        except FileNotFoundError:  # another run was faster
            continue
        if record.is_held(directory):
            continue
        record.end_leftovers(directory)
        postgresql.discard(Place(row=postgresql.NAME, directory=directory / postgresql.NAME, ports={}))
        note.unlink(missing_ok=True)


def _notes() -> Path:
    """Ours alone: whoever could write there could have us end what we may and they may not."""
    place = Path(tempfile.gettempdir()) / f"chevet-stacks-{os.geteuid()}"
    place.mkdir(mode=0o700, exist_ok=True)
    found = place.lstat()
    if found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise DidNotStart(f"{place}: expected a directory of our own that no other may write to; remove it")
    return place
