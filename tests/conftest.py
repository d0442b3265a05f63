"""Real servers for every test that asks for one: each starts once in a session, when it is first wanted."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from functools import cache

import httpcore2
import pytest
import structlog

from provisioning.local import servers
from tests.filled.store import Filled, filled_store

FIRST = (
    "tests/provisioning/test_demo.py",
    "tests/provisioning/test_supervisor.py",
    "tests/provisioning/test_elsewhere.py",
)
"""Files that take minutes: begun last, they would keep one worker busy while the others have nothing left to do."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those of FIRST before all others, in their own order."""
    items.sort(key=lambda item: not item.nodeid.startswith(FIRST))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """A test that runs a command sets up that command's logs; they are none of the next test's."""
    before = structlog.get_config()
    try:
        return (yield)
    finally:
        structlog.configure(**before)


@pytest.fixture(scope="session", autouse=True)
def one_list_of_authorities() -> Iterator[None]:
    """To read the system's, which every client does, takes as long as a small test; nobody asked here is on it."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(httpcore2, "default_ssl_context", cache(httpcore2.default_ssl_context))
        yield


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Broker]:
    """A broker with the MQTT plugin. `rabbitmq.new_vhost()`, `.amqp_url(vhost)`, `.mqtt_port`, `.mqtt_user(vhost)`."""
    with servers.running(tmp_path_factory.mktemp("rabbitmq"), servers.RABBITMQ) as stack:
        yield stack.rabbitmq


@pytest.fixture
def vhost(rabbitmq: servers.Broker) -> Iterator[str]:
    """An empty vhost of the test's own."""
    name = rabbitmq.new_vhost()
    yield name
    rabbitmq.remove_vhost(name)


@pytest.fixture(scope="session")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.WebServer]:
    """A receiver of remote write, shared: tests keep apart by their labels. `prometheus.url`."""
    with servers.running(tmp_path_factory.mktemp("prometheus"), servers.PROMETHEUS) as stack:
        yield stack.prometheus


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Cluster]:
    """A cluster. `postgresql.new_database()`, `.url(database)`, `.remove_database(database)`."""
    with servers.running(tmp_path_factory.mktemp("postgresql"), servers.QUICK_POSTGRESQL) as stack:
        yield stack.postgresql


@pytest.fixture(scope="session")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.WebServer]:
    with servers.running(tmp_path_factory.mktemp("alertmanager"), servers.ALERTMANAGER) as stack:
        yield stack.alertmanager


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """A Prometheus with a ward's fourteen days behind it, to be asked at its own moment: for dashboards and rules."""
    with filled_store(tmp_path_factory.mktemp("filled")) as store:
        yield store
