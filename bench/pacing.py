"""Gateways that send at their own pace: a connection for each, kept open, one request after the other, all in order."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.errors import Unmeasured
from bench.shifts import Request

PATH = "/api/v1/write"
TAKEN, AWAY = 204, 503
PAUSE = 0.5
MOST_PAUSES = 240
ANSWER_SECONDS = 60.0
HEAD = (
    "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/x-protobuf\r\n"
    "Content-Encoding: snappy\r\nX-Prometheus-Remote-Write-Version: 0.1.0\r\nX-Chevet-Batch: {batch}\r\n"
    "Content-Length: {length}\r\n\r\n"
)


@dataclass(slots=True)
class Sent:
    """What was sent. `behind` is by how many seconds the latest request was late at most."""

    requests: int = 0
    samples: int = 0
    bytes: int = 0
    again: int = 0
    quarantined: int = 0
    behind: float = 0.0


@dataclass(slots=True)
class Pace:
    """`start` of the gateways' time is `begins` on our monotonic clock; theirs runs `speed` times as fast."""

    start: float
    speed: float
    begins: float = field(default_factory=lambda: time.monotonic() + 1.0)

    def due(self, at: float) -> float:
        """When, on our clock."""
        return self.begins + (at - self.start) / self.speed


class Gateway:
    """One gateway and its connection."""

    def __init__(self, name: str, token: str, address: tuple[str, int], sent: Sent) -> None:
        self._name, self._token, self._address, self._sent = name, token, address, sent
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def work(self, shift: Sequence[Request], pace: Pace) -> None:
        """Send a shift. Raises Unmeasured where something is refused, or nothing is taken for long."""
        try:
            for number, request in enumerate(shift):
                wait = pace.due(request.at) - time.monotonic()
                if wait > 0:
                    await asyncio.sleep(wait)
                self._sent.behind = max(self._sent.behind, -wait)
                await self._hand_over(request, f"{self._name}-{number}")
        finally:
            self._hang_up()

    async def _hand_over(self, request: Request, batch: str) -> None:
        """The same bytes until they are taken."""
        host, port = self._address
        head = HEAD.format(path=PATH, host=f"{host}:{port}", token=self._token, batch=batch, length=len(request.body))
        for _ in range(MOST_PAUSES):
            try:
                status, aside = await asyncio.wait_for(self._ask(head.encode() + request.body), ANSWER_SECONDS)
            except (OSError, asyncio.IncompleteReadError):  # it closes connections that were quiet for some seconds
                self._hang_up()
                status, aside = 0, 0
            if status == TAKEN:
                self._sent.requests += 1
                self._sent.samples += request.samples
                self._sent.bytes += len(request.body)
                self._sent.quarantined += aside
                return
            if status not in (0, AWAY):
                raise Unmeasured(f"{self._name}: expected {TAKEN}, got {status} for {batch}")
            self._sent.again += 1
            await asyncio.sleep(PAUSE if status else 0)
        raise Unmeasured(f"{self._name}: expected the service to take {batch}, it was away {MOST_PAUSES} times")

    async def _ask(self, request: bytes) -> tuple[int, int]:
        """The status, and how many samples were set aside."""
        if self._streams is None or self._streams[0].at_eof():
            self._hang_up()
            self._streams = await asyncio.open_connection(*self._address)
        reader, writer = self._streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        await reader.readexactly(int(headers.get("content-length", 0)))
        return int(head[0].split(" ")[1]), int(headers.get("x-chevet-quarantined", 0))

    def _hang_up(self) -> None:
        if self._streams is not None:
            with contextlib.suppress(OSError):
                self._streams[1].close()
        self._streams = None
