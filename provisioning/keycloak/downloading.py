"""One file of a known size and digest from the internet: what came before it was cut is not fetched twice."""

from __future__ import annotations

import hashlib
import http.client
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from provisioning.errors import NotFetched

CHUNK = 2**18
PATIENCE = 30.0
TRIES = 5
"""In a row that bring nothing new."""
TOLD_EVERY = 10
"""Percent between two lines about how far it is."""

Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Download:
    """What is wanted: `sha256` is written down here, so that whoever holds the server cannot choose it."""

    name: str
    url: str
    size: int
    sha256: str

    @property
    def megabytes(self) -> int:
        return round(self.size / 1e6)


def fetched(wanted: Download, file: Path, tell: Tell) -> Path:
    """The file, whole and checked. Raises NotFetched; what came so far stays beside it and is gone on from."""
    if file.exists():  # whoever brought it there
        _require_digest(wanted, file)
        return file
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.part")
    _require_room(wanted, file.parent, _size(part))
    tell(f"{wanted.name}: fetching {wanted.megabytes} MB into {file.parent}")
    if _size(part):
        tell(f"{wanted.name}: {_size(part) / 1e6:.0f} MB are there from before")
    _fill(wanted, part, tell)
    _require_digest(wanted, part)
    part.replace(file)
    return file


def _fill(wanted: Download, part: Path, tell: Tell) -> None:
    """By as many requests as it takes, each from where the last one was cut."""
    fruitless = 0
    while _size(part) < wanted.size:
        before = _size(part)
        try:
            _add(wanted, part, tell)
            why = "the answer ended too early"
        except (OSError, http.client.HTTPException) as problem:  # urllib's own errors are OSErrors
            why = str(problem)
        fruitless = 0 if _size(part) > before else fruitless + 1
        if fruitless == TRIES:
            raise NotFetched(
                f"{wanted.name}: expected {wanted.size} bytes from {wanted.url}, got {_size(part)} ({why}); "
                "what is there is kept, run it again to go on",
                field=wanted.url,
            )


def _add(wanted: Download, part: Path, tell: Tell) -> None:
    had = _size(part)
    request = urllib.request.Request(wanted.url, headers={"Range": f"bytes={had}-"} if had else {})  # noqa: S310 - a row's
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - through the proxies that are set
        if had and answer.status != http.client.PARTIAL_CONTENT:  # a server that knows no ranges begins anew
            had = 0
        told = _percent(had, wanted)
        with part.open("r+b" if had else "wb") as file:
            file.seek(had)
            while chunk := answer.read(CHUNK):
                file.write(chunk)
                had += len(chunk)
                if had > wanted.size:
                    break
                if _percent(had, wanted) >= told + TOLD_EVERY:
                    told = _percent(had, wanted) // TOLD_EVERY * TOLD_EVERY
                    tell(f"{wanted.name}: {told} % of {wanted.megabytes} MB")


def _percent(had: int, wanted: Download) -> int:
    return 100 * had // wanted.size


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _require_room(wanted: Download, folder: Path, had: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < wanted.size - had:
        raise NotFetched(
            f"{folder}: expected {wanted.megabytes} MB of free disk for {wanted.name}, got {free / 1e6:.0f} MB",
            field=str(folder),
        )


def _require_digest(wanted: Download, part: Path) -> None:
    """What is not what was meant is removed: nothing good can be added to it."""
    with part.open("rb") as file:
        got = hashlib.file_digest(file, "sha256").hexdigest()
    if got != wanted.sha256:
        part.unlink()
        raise NotFetched(
            f"{wanted.name}: expected SHA-256 {wanted.sha256} of {wanted.url}, got {got}; it is removed",
            field=wanted.url,
        )
