"""A house: its broker, a phone, a service that answers, and urgent as a child process that may be killed."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jwt
import pika
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chevet.readings import Quality, Reading
from chevet.sheet import Contact, Sheet

VICTIM = """
import os, signal, sys
from exporters.gateway import steps
from exporters.gateway.__main__ import main
wanted = sys.argv[1]
if wanted:
    steps.hook = lambda name: os.kill(os.getpid(), signal.SIGKILL) if name == wanted else None
sys.exit(main(["urgent"]))
"""
LOCAL, FIRST, SECOND = "+33600000000", "+33600000001", "+33600000002"


def now() -> int:
    return time.time_ns() // 1_000_000


def wait_for(found: Callable[[], Any], within: float = 30.0) -> Any:
    """What `found` gives as soon as it is something."""
    deadline = time.monotonic() + within
    while not (value := found()):
        assert time.monotonic() < deadline, "what was expected did not come in time"
        time.sleep(0.02)
    return value


@dataclass(slots=True)
class World:
    """What the house's HTTP server shows and received. `phone` is the status that its sender answers."""

    sheet: str = ""
    phone: int = 200
    hang: float = 0
    taken: set[str] = field(default_factory=set)
    sms: list[dict[str, Any]] = field(default_factory=list)
    tried: list[dict[str, Any]] = field(default_factory=list)
    polls: int = 0


def handler(world: World) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path.startswith("/token"):
                self.reply(200, {"access_token": "t", "expires_in": 300})
                return
            message = json.loads(body) | {"at": time.monotonic(), "path": self.path}
            time.sleep(world.hang)
            world.tried.append(message)
            status = 500 if self.path.startswith("/broken") else world.phone
            if status == 200:
                world.sms.append(message)
            self.reply(status, {})

        def do_GET(self) -> None:
            if self.path.endswith("/sheet"):
                world.polls += 1
                self.reply(200, {"sheet": world.sheet}) if world.sheet else self.reply(404, {})
                return
            alert = self.path.rpartition("/")[2]
            self.reply(200, {"id": alert, "taken_by": "Nurse Roux" if alert in world.taken else None})

        def reply(self, status: int, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("X-Chevet", "1")
            self.send_header("Content-Length", str(len(body)))
            with contextlib.suppress(ConnectionError):  # who asked may have been killed, or has given up
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class House:
    """One gateway's house."""

    folder: Path
    amqp_url: str
    world: World
    http: str
    key: Ed25519PrivateKey
    settings: dict[str, str]
    sequence: int = 0
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, die_at: str = "", **settings: str) -> subprocess.Popen[bytes]:
        """urgent, which kills itself at the step `die_at`."""
        environment = os.environ | self.settings | {f"CHEVET_{key.upper()}": value for key, value in settings.items()}
        with (self.folder / "log").open("ab") as log:
            child = subprocess.Popen([sys.executable, "-c", VICTIM, die_at], env=environment, stderr=log)
        self.children.append(child)
        return child

    def ready(self, die_at: str = "", **settings: str) -> subprocess.Popen[bytes]:
        """urgent that has read its queues and lives by the service's sheet."""
        child = self.start(die_at, **settings)
        wait_for(lambda: self.said("reading what waited") and self.said("lives by a sheet"))
        return child

    def kill(self) -> None:
        for child in self.children:
            child.kill()
            child.wait()

    def log(self) -> list[dict[str, Any]]:
        lines = (self.folder / "log").read_text().splitlines() if (self.folder / "log").exists() else []
        return [json.loads(line) for line in lines if line.startswith("{")]

    def said(self, event: str) -> bool:
        return any(event in line["event"] for line in self.log())

    @contextmanager
    def channel(self) -> Iterator[Any]:
        connection = pika.BlockingConnection(pika.URLParameters(self.amqp_url))
        channel = connection.channel()
        channel.confirm_delivery()
        yield channel
        connection.close()

    def readings(self, values: list[float | None], *, until: int, every: float = 10, **fields: Any) -> list[Reading]:
        """One reading for each value, the last at `until`; None is a probe that is off."""
        made = []
        for place, value in enumerate(values):
            self.sequence += 1
            given = {
                "gateway": "g01",
                "device": "oximeter",
                "vital": "oxygen_saturation",
                "value": value,
                "measured_at": until - round((len(values) - 1 - place) * every * 1000),
                "segment": "s1",
                "run": "r1",
                "sequence": self.sequence,
                "quality": Quality.GOOD if value is not None else Quality.MISSING,
                "origin": "zigbee2mqtt",
            }
            made.append(Reading(**given | fields))
        return made

    def publish(self, readings: list[Reading]) -> None:
        with self.channel() as channel:
            for one in readings:
                channel.basic_publish(
                    "chevet.urgent",
                    f"{one.vital}.{one.device}",
                    one.to_json().encode(),
                    pika.BasicProperties(delivery_mode=2),
                    mandatory=True,
                )

    def outbox(self) -> list[dict[str, Any]]:
        """Every state of an alert that was registered, oldest first; they stay in the queue."""
        with self.channel() as channel:
            found = []
            while (got := channel.basic_get("alerts.outbox"))[0] is not None:
                found.append(json.loads(got[2]))
            return found

    def alerts(self) -> dict[str, dict[str, Any]]:
        """The newest state of each registered alert."""
        return {one["id"]: one for one in self.outbox()}

    def sign(self, sheet: Sheet, key: Ed25519PrivateKey | None = None) -> str:
        return jwt.encode(sheet.to_dict(), key or self.key, algorithm="EdDSA")

    def live_by(self, **fields: Any) -> None:
        """The service's sheet from now on: two contacts, and whatever `fields` say."""
        self.world.sheet = self.sign(sheet_of(**fields))

    def limit_by(self, limits: list[dict[str, Any]]) -> None:
        """The service's sheet with these limits of the patient's own."""
        fields = sheet_of().to_dict() | {"limits": [{"hours": None} | limit for limit in limits]}
        self.world.sheet = jwt.encode(fields, self.key, algorithm="EdDSA")

    @contextmanager
    def disk(self) -> Iterator[sqlite3.Connection]:
        """What urgent keeps."""
        database = sqlite3.connect(Path(self.settings["CHEVET_STATE_DIR"]) / "urgent.sqlite")
        yield database
        database.commit()
        database.close()

    def has_seen(self, sequence: int) -> bool:
        with self.disk() as database:
            return bool(database.execute("SELECT 1 FROM seen WHERE sequence >= ?", (sequence,)).fetchone())

    def texts(self) -> list[tuple[str, str]]:
        return [(one["to"], one["message"]) for one in self.world.sms]


def sheet_of(**fields: Any) -> Sheet:
    given: dict[str, Any] = {
        "gateway": "g01",
        "assignment": "a1",
        "from_ms": now() - 86_400_000,
        "contacts": (
            Contact(number=FIRST, language="en", order=1, signals=("oxygen_saturation",)),
            Contact(number=SECOND, language="fr", order=2),
        ),
    }
    return Sheet(**given | fields)


@pytest.fixture
def house(rabbitmq: Any, vhost: str, tmp_path: Path) -> Iterator[House]:
    world = World()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(world))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    http = f"127.0.0.1:{server.server_port}"
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "sheet.pem").write_bytes(public)
    secret = {"token_url": f"http://{http}/token", "client_id": "g01", "client_secret": "s"}
    (tmp_path / "credentials.json").write_text(json.dumps(secret))
    settings = {
        "GATEWAY": "g01",
        "STATE_DIR": str(tmp_path / "state"),
        "BROKER_URL": rabbitmq.amqp_url(vhost),
        "SERVER_URL": f"http://{http}",
        "CREDENTIALS_FILE": str(tmp_path / "credentials.json"),
        "SHEET_KEY_FILE": str(tmp_path / "sheet.pem"),
        "METRICS_ADDRESS": f"127.0.0.1:{free_port()}",
        "SMS_URLS": f"json://{http}/sms?:to={{number}}",
        "LOCAL_NUMBER": LOCAL,
        "TIMEZONE": "Europe/Paris",
    }
    made = House(
        folder=tmp_path,
        amqp_url=rabbitmq.amqp_url(vhost),
        world=world,
        http=http,
        key=key,
        settings={f"CHEVET_{name}": value for name, value in settings.items()},
    )
    yield made
    made.kill()
    server.shutdown()
    server.server_close()


@pytest.fixture
def running(house: House) -> House:
    """A house with a sheet, whose urgent has read its queues."""
    house.live_by()
    house.ready()
    return house


class Way:
    """A way to the broker that can be cut."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._broker = (parts.hostname, parts.port)
        self._door = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = [self._door]
        self.url = url.replace(f":{parts.port}/", f":{self._door.getsockname()[1]}/")
        threading.Thread(target=self._let_in, daemon=True).start()

    def _let_in(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                ours, _ = self._door.accept()
                theirs = socket.create_connection(self._broker)
                self._open += [ours, theirs]
                for pair in ((ours, theirs), (theirs, ours)):
                    threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)

    def cut(self) -> None:
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@pytest.fixture
def way_to() -> Iterator[Callable[[str], Way]]:
    made: list[Way] = []

    def make(url: str) -> Way:
        made.append(Way(url))
        return made[-1]

    yield make
    for way in made:
        way.cut()


@pytest.fixture(name="now")
def _now() -> Callable[[], int]:
    return now


@pytest.fixture(name="wait_for")
def _wait_for() -> Callable[..., Any]:
    return wait_for


@pytest.fixture(name="sheet_of")
def _sheet_of() -> Callable[..., Sheet]:
    return sheet_of


@pytest.fixture(name="free_port")
def _free_port() -> Callable[[], int]:
    return free_port
