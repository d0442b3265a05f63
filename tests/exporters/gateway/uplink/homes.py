"""uplink as a process of its own between a real broker and a web server that says what a test tells it to say."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from chevet import windows
from chevet.readings import Quality, Reading
from chevet.remote_write import Series, decode
from chevet.windows import Cutter
from exporters.gateway.bus import topology
from exporters.gateway.bus.client import Bus
from exporters.gateway.uplink.batches import decompressed

GATEWAY = "g01"
PATIENCE_SECONDS = 20
UPLINK_MAX_BYTES = 2**31
STORED = (204, {"X-Chevet": "1"}, b"")
CREATED = (201, {"X-Chevet": "1", "Content-Type": "application/json"}, b"{}")
Said = tuple[int, dict[str, str], bytes]
Sample = tuple[tuple[tuple[str, str], ...], int, str]
"""Labels, milliseconds, value."""

MINUTE = 60_000

VICTIM = """
import os, signal, sys
from exporters.gateway import __main__, steps
name, left = sys.argv[1], int(sys.argv[2])
def die(passed):
    global left
    if passed == name:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
steps.hook = die
sys.exit(__main__.main(["uplink"]))
"""


# A process whose wall clock is wrong by the milliseconds in a file; the monotonic clock is the machine's own.
SHIFTED = """
import importlib, sys
from dataclasses import replace
from pathlib import Path
from exporters.gateway import __main__, clocks, process, settings, telemetry
name, file = sys.argv[1], Path(sys.argv[2])
def look():
    now = clocks.look()
    return replace(now, wall=now.wall + int(file.read_text()))
[kind] = [one.settings for one in __main__.PROCESSES if one.name == name]
telemetry.log_as_json(name)
sys.exit(process.run(importlib.import_module(f"exporters.gateway.{name}.main").run(settings.read(kind), look)))
"""


def reading(sequence: int, at: int, value: float | None = 70.0, vital: str = "heart_rate", **other: object) -> Reading:
    fields: dict[str, object] = {
        "gateway": GATEWAY,
        "device": "watch",
        "vital": vital,
        "value": value,
        "measured_at": at,
        "segment": "s1",
        "run": "r1",
        "sequence": sequence,
        "quality": Quality.GOOD if value is not None else Quality.MISSING,
        "origin": "test",
    }
    return Reading(**(fields | other))


def samples(asked: list[Asked]) -> Counter[Sample]:
    """Each sample once for each different batch that brought it."""
    batches = {one.batch: one for one in asked}
    return counted(series for one in batches.values() for series in one.series)


def counted(many: Iterable[Series]) -> Counter[Sample]:
    return Counter((one.labels, at, repr(float(value))) for one in many for at, value in one.samples)


def half_hour(start: int) -> list[Reading]:
    """Heart rate each 10 s, a straggler, two temperatures of one moment, and a last reading that closes windows."""
    steady = [reading(number, start + number * 10_000, 60.0 + number % 7) for number in range(180)]
    late = reading(180, start + 5 * MINUTE, 66.0)
    same = [reading(n, start + MINUTE, 37.0 + n, "body_temperature", device="patch") for n in range(2)]
    return [*steady, late, *same, reading(181, start + 40 * MINUTE, 80.0)]


def expected(start: int) -> Counter[Sample]:
    """What `chevet.windows` makes of it; the second temperature of one moment stands a millisecond later."""
    cutter, cuts = Cutter(), []
    for one in half_hour(start):
        moved = one.vital == "body_temperature" and one.sequence == 1
        cuts += cutter.add(replace(one, measured_at=one.measured_at + moved), 0.0)
    return counted(windows.to_series(cuts))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def until(true: Callable[[], object], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for a condition, with a deadline."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.02)


@dataclass
class Asked:
    """One request that came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def batch(self) -> str:
        return self.headers.get("x-chevet-batch", "")

    @property
    def series(self) -> list[Series]:
        return decode(decompressed(self.body))


@dataclass
class Scripted:
    """The service's place: answers what `answer` says, and remembers what came.

    Where it `tells_time`, its clock is `ahead` of this machine's, and it takes each of the seconds in `slow` to tell.
    """

    answer: Callable[[Asked], Said] = lambda asked: STORED
    asked: list[Asked] = field(default_factory=list)
    tokens: int = 0
    url: str = ""
    tells_time: bool = False
    ahead: float = 0.0
    slow: list[float] = field(default_factory=list)
    told: int = 0

    def of(self, path: str, latest: bool = False) -> list[Asked]:
        return [one for one in self.asked if one.path == path and one.batch.startswith("latest-") is latest]

    def hear(self, asked: Asked) -> Said:
        """What is said to one request; one for a token is not remembered."""
        if asked.path == "/token":
            self.tokens += 1
            granted = {"access_token": f"token-{self.tokens}", "expires_in": 300}
            return 200, {"Content-Type": "application/json"}, json.dumps(granted).encode()
        said = self.answer(asked)
        self.asked.append(asked)
        return said

    @property
    def batches(self) -> list[Asked]:
        return self.of("/api/v1/write")

    @property
    def alerts(self) -> list[Asked]:
        return self.of("/api/v1/alerts")

    @property
    def latest(self) -> list[Asked]:
        return self.of("/api/v1/write", latest=True)


def handler(scripted: Scripted) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            if len(body) == length:  # else whoever sends was killed in the middle of it
                headers = {name.lower(): text for name, text in self.headers.items()}
                self._say(*scripted.hear(Asked(self.path, headers, body)))

        def do_GET(self) -> None:
            if not scripted.tells_time:
                self._say(502, {}, b"")
                return
            time.sleep(scripted.slow.pop(0) if scripted.slow else 0)
            scripted.told += 1
            self._say(200, {"X-Chevet": "1"}, b"{}")

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string(time.time() + scripted.ahead if timestamp is None else timestamp)

        def _say(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, text in headers.items():
                self.send_header(name, text)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    return Handler


@dataclass
class Home:
    """One gateway: its vhost, its state, its uplink as a child process."""

    broker_url: str
    folder: Path
    server_url: str
    token_url: str
    metrics_port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    child: subprocess.Popen[str] | None = None
    bus: Bus | None = None

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def environment(self) -> dict[str, str]:
        made = {"token_url": self.token_url, "client_id": GATEWAY, "client_secret": "a secret"}
        credentials = self.folder / "credentials.json"
        credentials.write_text(json.dumps(made))
        named = {
            "GATEWAY": GATEWAY,
            "STATE_DIR": str(self.state),
            "BROKER_URL": self.broker_url,
            "SERVER_URL": self.server_url,
            "CREDENTIALS_FILE": str(credentials),
            "METRICS_ADDRESS": f"127.0.0.1:{self.metrics_port}",
            "BATCH_SECONDS": "0.2",
            "LATEST_SECONDS": "0.2",
            **self.settings,
        }
        return {**os.environ, **{f"CHEVET_{name}": text for name, text in named.items()}}

    def start(self, kill_at: str = "", pass_number: int = 1, shift: Path | None = None) -> None:
        command = ["-m", "exporters.gateway", "uplink"] if not kill_at else ["-c", VICTIM, kill_at, str(pass_number)]
        command = ["-c", SHIFTED, "uplink", str(shift)] if shift else command
        with (self.folder / "log").open("a") as log:
            self.child = subprocess.Popen(
                [sys.executable, *command], env=self.environment(), stderr=log, cwd=Path(__file__).parents[4]
            )

    async def died(self) -> None:
        """Wait until the child has been killed by its own hand."""
        await until(lambda: self.child.poll() is not None, "the child has reached its step")
        assert self.child.returncode == -signal.SIGKILL, self.log

    def stop(self) -> int:
        """End the child as a system does; its exit code."""
        self.child.terminate()
        return self.child.wait(10)

    async def publish(self, *readings: Reading | bytes, queue: str = "") -> None:
        """Give messages to the broker, as intake does, or to one queue."""
        confirmed = [self._publish(one, queue) for one in readings]
        assert all(await asyncio.gather(*confirmed))

    def _publish(self, message: Reading | bytes, queue: str) -> asyncio.Future[bool]:
        if isinstance(message, bytes):
            exchange, key = ("", queue) if queue else (topology.READINGS, "odd.device")
            return self.bus.publish(exchange, key, message)
        key = topology.routing_key(message.vital, message.device)
        return self.bus.publish(topology.READINGS, key, message.to_json())

    def rows(self, query: str) -> list[tuple]:
        with closing(sqlite3.connect(f"file:{self.state / 'journal.sqlite'}?mode=ro", uri=True)) as db:
            return db.execute(query).fetchall()

    def metrics(self) -> dict[str, float]:
        text = urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics").read().decode()
        lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in lines}


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Bus]:
    bus = Bus(url, "test", topology.queues(UPLINK_MAX_BYTES))
    task = asyncio.create_task(bus.run())
    await bus.ready()
    yield bus
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
