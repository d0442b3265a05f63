"""`/metrics` behind a bearer token, over HTTP."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from exporters.gateway import addresses
from exporters.gateway.exporter.newest import Span

PATH = "/metrics"
SPAN = {"from": "since", "until": "until"}
"""Parameters by which Prometheus says from when until when, in milliseconds, the gateway is with the target's patient:
what was measured before or after is another's."""
REQUEST_SECONDS = 30
_TEXT = [("Content-Type", "text/plain; charset=utf-8")]
"""Always copied: wsgiref puts the length of an answer into the list that it is given."""
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    timeout = REQUEST_SECONDS

    def log_message(self, format: str, *args: Any) -> None:
        """Prometheus asks every few seconds: that is no news."""


def application(speaking: Callable[[Span], CollectorRegistry], token: str) -> Application:
    """Answers whoever brings `token` with what speaks of the time asked for; 401 to all others, whatever they ask."""
    wanted = f"Bearer {token}".encode()

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        brought = str(environ.get("HTTP_AUTHORIZATION", "")).encode("latin-1", "replace")
        if not hmac.compare_digest(brought, wanted):
            start("401 Unauthorized", [*_TEXT, ("WWW-Authenticate", "Bearer")])
            return [b"authorization: expected the bearer token of CHEVET_EXPORTER_TOKEN_FILE\n"]
        if environ["PATH_INFO"] != PATH:
            start("404 Not Found", [*_TEXT])
            return [f"path: expected {PATH}\n".encode()]
        if environ["REQUEST_METHOD"] != "GET":
            start("405 Method Not Allowed", [*_TEXT, ("Allow", "GET")])
            return [b"method: expected GET\n"]
        asked = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        given = {name: asked[name][0] for name in SPAN if name in asked}
        if not all(time.isascii() and time.isdigit() and len(time) < 16 for time in given.values()):
            start("400 Bad Request", [*_TEXT])
            return [f"{', '.join(given)}: expected milliseconds since 1970\n".encode()]
        encode, content_type = choose_encoder(environ.get("HTTP_ACCEPT", ""))
        body = encode(speaking(Span(**{SPAN[name]: int(time) for name, time in given.items()})))
        start("200 OK", [("Content-Type", content_type)])
        return [body]

    return answer


@contextmanager
def serving(address: str, app: Application) -> Iterator[None]:
    """The application at `address` for as long as the process is at work."""
    host, port = addresses.split(address)
    server = make_server(host, port, app, _Server, _Handler)
    thread = Thread(target=server.serve_forever, args=(0.1,), name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
