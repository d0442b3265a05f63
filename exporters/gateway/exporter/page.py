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

PATH = "/metrics"
SINCE = "from"
"""The parameter by which Prometheus says since when, in milliseconds, the gateway has been with the target's patient:
what was measured before was another's."""
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


def application(speaking: Callable[[int], CollectorRegistry], token: str) -> Application:
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
        since = parse_qs(environ.get("QUERY_STRING", "")).get(SINCE, ["0"])[0]
        if not (since.isascii() and since.isdigit() and len(since) < 16):
            start("400 Bad Request", [*_TEXT])
            return [f"{SINCE}: expected milliseconds since 1970\n".encode()]
        encode, content_type = choose_encoder(environ.get("HTTP_ACCEPT", ""))
        body = encode(speaking(int(since)))
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
