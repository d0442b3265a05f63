"""A gateway's agent as a process of its own, between a real broker and a scripted service."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from provisioning.local import servers
from tests.exporters.gateway.uplink.homes import GATEWAY, Scripted, free_port, handler

ROOT = Path(__file__).parents[4]
HEARTBEAT = f"/api/v1/gateways/{GATEWAY}/heartbeat"


@dataclass
class AgentProcess:
    """`python -m exporters.gateway agent` with a state folder that outlives each start."""

    folder: Path
    settings: dict[str, str]
    metrics_port: int = field(default_factory=free_port)
    child: subprocess.Popen[bytes] | None = None

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def start(self, **changed: str) -> None:
        named = {
            "GATEWAY": GATEWAY,
            "STATE_DIR": str(self.state),
            "METRICS_ADDRESS": f"127.0.0.1:{self.metrics_port}",
            "HEARTBEAT_SECONDS": "0.3",
            "PROCESSES": f"uplink=127.0.0.1:{free_port()}",
        } | self.settings
        environment = os.environ | {f"CHEVET_{name}": text for name, text in (named | changed).items()}
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, "-m", "exporters.gateway", "agent"]
            self.child = subprocess.Popen(command, env=environment, stderr=log, cwd=ROOT)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.child is not None
        self.child.send_signal(number)
        return self.child.wait(30)

    def end(self) -> None:
        if self.child is not None and self.child.poll() is None:
            self.stop(signal.SIGKILL)


@pytest.fixture
def service() -> Iterator[Scripted]:
    scripted = Scripted()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(scripted))
    server.daemon_threads = True
    scripted.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield scripted
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def credentials(tmp_path: Path, service: Scripted) -> Path:
    path = tmp_path / "credentials.json"
    path.write_text(json.dumps({"token_url": f"{service.url}/token", "client_id": GATEWAY, "client_secret": "s"}))
    return path


@pytest.fixture
def lonely(tmp_path: Path, service: Scripted, credentials: Path) -> Iterator[AgentProcess]:
    """An agent whose broker is away."""
    settings = {
        "BROKER_URL": "amqp://g01:secret@127.0.0.1:9/g01",
        "SERVER_URL": service.url,
        "CREDENTIALS_FILE": str(credentials),
    }
    process = AgentProcess(tmp_path, settings)
    yield process
    process.end()


@pytest.fixture
def agent(lonely: AgentProcess, rabbitmq: servers.Broker, vhost: str) -> AgentProcess:
    """An agent not yet started, with its broker."""
    lonely.settings["BROKER_URL"] = rabbitmq.amqp_url(vhost)
    return lonely


@pytest.fixture
def beats(service: Scripted) -> Callable[[], list[dict[str, Any]]]:
    """The bodies of the heartbeats that came."""
    return lambda: [json.loads(one.body) for one in service.of(HEARTBEAT)]
