"""Where Alertmanager tells its alerts: a web server on loopback in the place of the service, noting when each came."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from provisioning.local.rows import LOOPBACK

TOKENS = "/token"
_TOKEN = {"access_token": "of-the-bench", "token_type": "Bearer", "expires_in": 3600}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """`at` is when it came, `began` when Prometheus says that it began, both in seconds since 1970."""

    at: float
    began: str
    name: str
    patient: str


class Webhook:
    """Runs until it is closed; it gives a token to whoever asks."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer((LOOPBACK, 0), _handler(self))
        self.url = f"http://{LOOPBACK}:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, name="webhook", daemon=True).start()

    def take(self, at: float, body: dict[str, Any]) -> None:
        """A notification has come."""
        with self._lock:
            for alert in body.get("alerts", ()):
                labels = alert["labels"]
                if alert["status"] == "firing" and "patient" in labels:
                    name, patient = labels["alertname"], labels["patient"]
                    self.told.append(Told(at=at, began=alert["startsAt"], name=name, patient=patient))

    def close(self) -> None:
        """No more notifications."""
        self._server.shutdown()
        self._server.server_close()


def _handler(webhook: Webhook) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            at, body = time.time(), self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path != TOKENS:
                webhook.take(at, json.loads(body))
            answer = json.dumps(_TOKEN if self.path == TOKENS else {}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            return

    return Handler
