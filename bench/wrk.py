"""The load: wrk with 64 connections, each request once, and the rate from the first byte to the last answer."""

from __future__ import annotations

import json
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.errors import Unmeasured
from provisioning.local.programs import program

SCRIPT = Path(__file__).with_name("load.lua")
CONNECTIONS, THREADS = 64, 2
LONGEST_SECONDS = 120
LOOK_EVERY = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one run of wrk came to: requests that were answered 204, those refused, and how long it took."""

    taken: int
    refused: int
    said: int
    seconds: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.taken / self.seconds


def request(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """A POST as it goes over the wire."""
    head = {"Host": "bench", "Content-Length": str(len(body))} | headers
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


def run(url: str, idle: str, requests: Iterator[bytes]) -> Load:
    """Send them all, each once; `idle` is a path there that is answered with 200.

    Raises Unmeasured where wrk does not come to the end of them.
    """
    with tempfile.TemporaryDirectory(prefix="chevet-load-") as name:
        folder = Path(name)
        _write(folder, requests)
        parts = _parts(url, idle, folder)
    return Load(
        taken=sum(part["taken"] for part in parts),
        refused=sum(part["refused"] for part in parts),
        said=max(part["said"] for part in parts),
        seconds=max(part["last"] for part in parts) - min(part["first"] for part in parts),
    )


def _write(folder: Path, requests: Iterator[bytes]) -> None:
    """In turn for each thread; a request's length stands before it in eight digits."""
    files = [(folder / f"requests-{number}").open("wb") for number in range(THREADS)]
    for number, one in enumerate(requests):
        files[number % THREADS].write(b"%08d" % len(one) + one)
    for file in files:
        file.close()


def _parts(url: str, idle: str, folder: Path) -> list[dict[str, Any]]:
    command = (program("wrk"), f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{LONGEST_SECONDS}s", "--timeout", "30s")
    child = subprocess.Popen(
        [*command, "-s", str(SCRIPT), url, "--", str(folder), idle], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    done = [folder / f"done-{number}" for number in range(THREADS)]
    deadline = time.monotonic() + LONGEST_SECONDS
    try:
        while not all(one.exists() for one in done):
            if child.poll() is not None or time.monotonic() > deadline:
                raise Unmeasured(f"wrk: expected every request to be answered, {_said(child)}")
            time.sleep(LOOK_EVERY)
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
            child.communicate()
    return [json.loads(one.read_text()) for one in done]


def _said(child: subprocess.Popen[bytes]) -> str:
    if child.poll() is None:
        return "some were not in time"
    return f"it ended with {child.communicate()[0].decode(errors='replace').strip()!r}"
