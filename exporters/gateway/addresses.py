"""Addresses to listen on, and who holds one that is taken."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from chevet.errors import ChevetError

_LISTENING = "0A"


class Taken(ChevetError):
    """An address of ours is held by somebody else."""


def split(address: str) -> tuple[str, int]:
    """Host and port of «127.0.0.1:9801». Raises ValueError with what was expected."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("expected host:port such as 127.0.0.1:9801")
    return host, int(port)


def require_free(setting: str, address: str) -> None:
    """Raise Taken with a sentence that says who listens there, as far as we may know."""
    host, port = split(address)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            sentence = f"{setting}: expected a free address, but {address} cannot be taken ({error.strerror})"
            raise Taken(f"{sentence}{holder(port)}", field=setting) from None


def holder(port: int) -> str:
    """« by process 4711 (rabbitmq)», or nothing where the system does not tell us."""
    inodes = set(_listening_inodes(port))
    for pid in (entry for entry in os.listdir("/proc") if entry.isdigit()) if inodes else ():
        try:
            links = {os.readlink(link) for link in Path("/proc", pid, "fd").iterdir()}
            name = Path("/proc", pid, "comm").read_text().strip()
        except OSError:
            continue
        if links & {f"socket:[{inode}]" for inode in inodes}:
            return f"; process {pid} ({name}) holds it"
    return ""


def _listening_inodes(port: int) -> list[str]:
    rows = [row.split() for table in ("tcp", "tcp6") for row in _lines(Path("/proc/net", table))]
    return [row[9] for row in rows if row[3] == _LISTENING and int(row[1].rpartition(":")[2], 16) == port]


def _lines(table: Path) -> list[str]:
    try:
        return table.read_text().splitlines()[1:]
    except OSError:
        return []
