"""The relative's phone: a web server on loopback that takes each SMS as Apprise posts it, and notes when it came."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`at` in seconds since 1970, taken before anything is read."""

    at: float
    text: str


class Phone:
    """Runs until it is closed. Each message also goes to `log`, a JSON line each."""

    def __init__(self, log: Path) -> None:
        self._messages: list[Message] = []
        self._lock = threading.Lock()
        self._log = log
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, name="phone", daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def messages(self) -> tuple[Message, ...]:
        """What came so far."""
        with self._lock:
            return tuple(self._messages)

    def take(self, message: Message) -> None:
        """A message has come."""
        with self._lock:
            self._messages.append(message)
            with self._log.open("a") as log:
                log.write(json.dumps({"at": message.at, "text": message.text}, ensure_ascii=False) + "\n")

    def close(self) -> None:
        """No more messages."""
        self._server.shutdown()
        self._server.server_close()


def _handler(phone: Phone) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            at, length = time.time(), int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            if len(body) < length:  # who sent it died in the middle: it was not handed over
                return
            phone.take(Message(at=at, text=str(json.loads(body).get("message", ""))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    return Handler
