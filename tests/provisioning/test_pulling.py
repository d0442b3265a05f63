"""Prometheus as it is rendered, before one server that is service, issuer and gateway at once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest

from provisioning import secrets
from provisioning.local import prometheus, servers
from provisioning.local.site import rendered
from provisioning.render.install import install
from provisioning.render.site import Site

HEART_RATE = "chevet_vital_heart_rate_per_minute"
SHOWN = f"""\
{HEART_RATE}{{device="watch",gateway="g02"}} 71
{HEART_RATE}{{device="other",gateway="g03"}} 99
chevet_disk_free_bytes{{gateway="g02",process="agent"}} 5
"""


class Everything(ThreadingHTTPServer):
    """Remembers what it was asked."""

    asked: list[str]


class Answers(BaseHTTPRequestHandler):
    server: Everything

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.path == "/api/v1/http_sd":
            labels = {"gateway": "g02", "patient": "p1", "__param_from": "1900000000000"}
            address = f"127.0.0.1:{self.server.server_port}"
            self._say("application/json", json.dumps([{"targets": [address], "labels": labels}]))
        else:
            self._say("text/plain; version=0.0.4", SHOWN)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._say("application/json", json.dumps({"access_token": "t", "token_type": "Bearer", "expires_in": 300}))

    def _say(self, kind: str, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not worth a line."""


@pytest.fixture
def everything() -> Iterator[Everything]:
    server = Everything(("127.0.0.1", 0), Answers)
    server.asked = []
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def pulled(url: str, name: str) -> list[dict[str, str]]:
    """The labels of a metric's series, but for those of the service itself: here one address answers for both."""
    answer = httpx2.get(f"{url}/api/v1/query", params={"query": name + '{job=""}'})
    return [row["metric"] for row in answer.json()["data"]["result"]]


def test_a_target_is_asked_since_its_assignment_and_shows_no_other_gateways_patient(
    everything: Everything, tmp_path: Path
) -> None:
    url = f"http://127.0.0.1:{everything.server_port}"
    stack, keys = tmp_path / "stack", tmp_path / "keys"
    secrets.make(keys, ())
    elsewhere = dict.fromkeys(("service", "prometheus", "alertmanager"), url)
    install(Site(**elsewhere, tokens=f"{url}/token", directory=str(rendered(stack)), secrets=str(keys)))
    with servers.running(stack, prometheus.row(with_rules=True)) as running:
        deadline = time.monotonic() + 60
        while not pulled(running.prometheus.url, "chevet_disk_free_bytes") and time.monotonic() < deadline:
            time.sleep(0.1)
        own = {"gateway": "g02", "patient": "p1"}
        machinery = {"__name__": "chevet_disk_free_bytes", "gateway": "g02", "process": "agent"}
        assert pulled(running.prometheus.url, "chevet_disk_free_bytes") == [machinery], "it is no patient's"
        assert pulled(running.prometheus.url, HEART_RATE) == [own | {"__name__": HEART_RATE, "device": "watch"}]
    assert "/metrics?from=1900000000000" in everything.asked
