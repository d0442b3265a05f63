"""Questions whose answer says that a server is ready: each asks once, briefly, and never raises."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from collections.abc import Callable

from provisioning.local.rows import LOOPBACK, Place

Probe = Callable[[Place], bool]
PATIENCE = 2.0
# Loopback is never behind a proxy, whatever the variables say.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def http(path: str, use: str = "http") -> Probe:
    """Answers 2xx to GET."""

    def ready(place: Place) -> bool:
        try:
            with DIRECT.open(place.url(use) + path, timeout=PATIENCE) as answer:
                return bool(200 <= answer.status < 300)
        except (OSError, urllib.error.URLError):
            return False

    return ready


def speaks(use: str, hello: bytes = b"", answer: bytes = b"") -> Probe:
    """Accepts a connection and, where a hello is given, begins its answer as expected."""

    def ready(place: Place) -> bool:
        try:
            with socket.create_connection((LOOPBACK, place.port(use)), timeout=PATIENCE) as connection:
                connection.sendall(hello)
                return not answer or connection.recv(len(answer)) == answer
        except OSError:
            return False

    return ready


def every(*probes: Probe) -> Probe:
    return lambda place: all(probe(place) for probe in probes)


def started(_: Place) -> bool:
    """For a process that has nothing to ask: it runs, that is all there is to know."""
    return True
