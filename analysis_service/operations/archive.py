"""What stands in a backup: tables and their rows, files and their bytes, and a manifest of all of it at the end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from analysis_service.operations.refusals import BadBackup
from analysis_service.operations.rows import Counted
from analysis_service.operations.sealed import Opening, Sealing

TABLE, ROWS, FILE, DATA, END = b"T", b"R", b"F", b"D", b"E"
PIECE_BYTES = 1024 * 1024


class Taker(Protocol):
    """What becomes of the records of a backup."""

    async def table(self, name: str, columns: list[str]) -> None:
        """The rows that follow are of this table."""

    async def rows(self, piece: bytes) -> None:
        """Lines of rows."""

    async def file(self, place: str, name: str) -> None:
        """The bytes that follow are of this file."""

    async def data(self, piece: bytes) -> None:
        """Bytes of the file."""


class Nothing:
    """The taker of who only wants to know whether all of it can be read."""

    async def table(self, name: str, columns: list[str]) -> None:
        """As a Taker."""

    async def rows(self, piece: bytes) -> None:
        """As a Taker."""

    async def file(self, place: str, name: str) -> None:
        """As a Taker."""

    async def data(self, piece: bytes) -> None:
        """As a Taker."""


class Writing:
    """Puts tables and files into a sealed file, and counts them."""

    def __init__(self, sealing: Sealing) -> None:
        self._sealing = sealing
        self.tables: dict[str, Counted] = {}
        self.files: dict[str, Counted] = {}

    def table(self, name: str, columns: list[str]) -> Counted:
        """The rows that follow are of this table; whoever gives them counts them there."""
        self._sealing.add(TABLE + json.dumps({"table": name, "columns": columns}).encode())
        self.tables[name] = Counted()
        return self.tables[name]

    def rows(self, piece: bytes) -> None:
        """Lines of rows."""
        self._sealing.add(ROWS + piece)

    def file(self, place: str, name: str) -> Counted:
        """The bytes that follow are of this file."""
        self._sealing.add(FILE + json.dumps({"place": place, "name": name}).encode())
        return self.files.setdefault(f"{place}/{name}", Counted())

    def data(self, counted: Counted, piece: bytes) -> None:
        """Bytes of the file."""
        counted.digest.update(piece)
        counted.rows += len(piece)
        self._sealing.add(DATA + piece)

    def finish(self) -> None:
        """The manifest, and nothing after it."""
        self._sealing.finish(END + json.dumps(manifest(self.tables, self.files), sort_keys=True).encode())


async def read(opening: Opening, path: Path, taker: Taker) -> Mapping[str, Any]:
    """Hand everything to `taker`; the manifest, which is as what came. Raises BadBackup."""
    tables: dict[str, Counted] = {}
    files: dict[str, Counted] = {}
    counted = Counted()
    said: Any = None
    for record in opening:
        kind, content = record[:1], record[1:]
        if kind == TABLE:
            known = json.loads(content)
            counted = tables[known["table"]] = Counted()
            await taker.table(known["table"], known["columns"])
        elif kind == ROWS:
            for line in content.splitlines(keepends=True):
                counted.add(line)
            await taker.rows(content)
        elif kind == FILE:
            known = json.loads(content)
            counted = files[f"{known['place']}/{known['name']}"] = Counted()
            await taker.file(known["place"], known["name"])
        elif kind == DATA:
            counted.digest.update(content)
            counted.rows += len(content)
            await taker.data(content)
        else:
            said = json.loads(content)
    if said != manifest(tables, files):
        raise BadBackup(path, "expected what its manifest counts, got another number or other content")
    found: Mapping[str, Any] = said
    return found


def manifest(tables: Mapping[str, Counted], files: Mapping[str, Counted]) -> dict[str, Any]:
    """How many rows and bytes of what, and the SHA-256 of each."""
    return {
        "tables": {name: counted.said() for name, counted in tables.items()},
        "files": {
            name: {"bytes": counted.rows, "sha256": counted.digest.hexdigest()} for name, counted in files.items()
        },
    }
