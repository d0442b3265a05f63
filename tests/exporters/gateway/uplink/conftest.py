"""A gateway's uplink between a real broker and a scripted service."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from provisioning.local import servers
from tests.exporters.gateway.uplink.homes import Home, Scripted, connected, handler


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
async def home(rabbitmq: servers.Broker, vhost: str, service: Scripted, tmp_path: Path) -> AsyncIterator[Home]:
    """A gateway whose uplink is not yet started."""
    url = rabbitmq.amqp_url(vhost)
    one = Home(broker_url=url, folder=tmp_path, server_url=service.url, token_url=f"{service.url}/token")
    async with connected(url) as one.bus:
        yield one
        if one.child is not None and one.child.poll() is None:
            one.child.kill()
            one.child.wait()
