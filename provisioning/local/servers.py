"""Real servers for tests and measurements: the rows of the demo, on free ports, in a directory that is thrown away.

with servers.running(tmp_path, servers.RABBITMQ, servers.PROMETHEUS) as stack:
    vhost = stack.rabbitmq.new_vhost()
    stack.rabbitmq.amqp_url(vhost)
    stack.prometheus.url
"""

from __future__ import annotations

import base64
import itertools
import json
import secrets
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from provisioning.local import alertmanager, keycloak, postgresql, prometheus, rabbitmq, throwaway
from provisioning.local.probes import DIRECT
from provisioning.local.process import inherited
from provisioning.local.programs import program
from provisioning.local.rows import LOOPBACK, Row, with_companions
from provisioning.local.supervisor import Supervisor
from provisioning.render import realm, realm_clients
from provisioning.render.site import Site

USER = "chevet"
PASSWORD = secrets.token_urlsafe(12)
ADMINISTRATOR = rabbitmq.Account(user=USER, password=PASSWORD, vhost="/", tags="administrator")

# With the management plugin the broker takes six seconds to end well, and what it would save is thrown away.
RABBITMQ = replace(rabbitmq.row((ADMINISTRATOR,), management=True), stop_within=1.0)
PROMETHEUS = prometheus.row()
ALERTMANAGER = alertmanager.row()
POSTGRESQL = postgresql.row(PASSWORD)
QUICK_POSTGRESQL = postgresql.row(PASSWORD, durable=False)
"""For tests, which make a database each: with waits for the disk that takes most of their time."""

CLIENT_SECRETS = {client: secrets.token_urlsafe(24) for client in realm_clients.clients(Site())}
KEYCLOAK = keycloak.row(lambda _: Site(), CLIENT_SECRETS, PASSWORD)

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Broker:
    """The running RABBITMQ row: vhosts are made on demand, and USER rules each of them."""

    stack: Stack

    @property
    def amqp_port(self) -> int:
        return self.stack.supervisor.ports["rabbitmq"]["amqp"]

    @property
    def mqtt_port(self) -> int:
        return self.stack.supervisor.ports["rabbitmq"]["mqtt"]

    @property
    def pid(self) -> int:
        return self.stack.pid("rabbitmq")

    def amqp_url(self, vhost: str) -> str:
        return f"amqp://{USER}:{PASSWORD}@{LOOPBACK}:{self.amqp_port}/{quote(vhost, safe='')}"

    def mqtt_user(self, vhost: str) -> str:
        """As the MQTT plugin wants it: the vhost before the name. The password is `servers.PASSWORD`."""
        return f"{vhost}:{USER}"

    def new_vhost(self, name: str = "") -> str:
        """An empty vhost of its own (about 20 ms). The name is made up when none is given."""
        vhost = name or f"t{next(_numbers)}"
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        self.manage("PUT", f"/api/vhosts/{quote(vhost, safe='')}", {})
        self.manage("PUT", f"/api/permissions/{quote(vhost, safe='')}/{USER}", everything)
        return vhost

    def remove_vhost(self, vhost: str) -> None:
        self.manage("DELETE", f"/api/vhosts/{quote(vhost, safe='')}")

    def control(self, *arguments: str) -> str:
        """What `rabbitmqctl` answers, such as to set_disk_free_limit (about two seconds)."""
        return rabbitmq.control(self.stack.supervisor.place("rabbitmq"), *arguments)

    def manage(self, method: str, path: str, body: object = None) -> object:
        """One request to the management API; the answer's JSON, or None."""
        port = self.stack.supervisor.ports["rabbitmq"]["management"]
        basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        request = urllib.request.Request(
            f"http://{LOOPBACK}:{port}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Basic {basic}", "Content-Type": "application/json"},
        )
        with DIRECT.open(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None


@dataclass(frozen=True, slots=True)
class WebServer:
    """A running row that speaks HTTP."""

    stack: Stack
    name: str

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.stack.supervisor.ports[self.name]['http']}"

    @property
    def pid(self) -> int:
        return self.stack.pid(self.name)


@dataclass(frozen=True, slots=True)
class Cluster:
    """The running POSTGRESQL row: databases are made on demand, and USER owns each of them."""

    stack: Stack

    @property
    def port(self) -> int:
        return self.stack.supervisor.ports["postgresql"]["sql"]

    @property
    def pid(self) -> int:
        return self.stack.pid("postgresql")

    def url(self, database: str, password: str = PASSWORD) -> str:
        return f"postgresql+asyncpg://{postgresql.USER}:{password}@{LOOPBACK}:{self.port}/{database}"

    def new_database(self, template: str = "template0") -> str:
        """The name of a new database, a copy of `template` (some 50 ms)."""
        name = f"t{next(_numbers)}"
        self._run("createdb", f"--template={template}", name)
        return name

    def remove_database(self, name: str) -> None:
        """Also while somebody is in it."""
        self._run("dropdb", "--force", "--if-exists", name)

    def _run(self, tool: str, *arguments: str) -> None:
        there = ("--host", LOOPBACK, "--port", str(self.port), "--username", postgresql.USER)
        known = {**inherited(), "PGPASSWORD": PASSWORD, "PGCONNECT_TIMEOUT": "10"}
        subprocess.run((program(tool), *there, *arguments), env=known, check=True, timeout=60, capture_output=True)


@dataclass(frozen=True, slots=True)
class Identity(WebServer):
    """The running KEYCLOAK row: keycloak.ADMINISTRATOR rules it by PASSWORD, CLIENT_SECRETS are its clients'."""

    @property
    def issuer(self) -> str:
        return f"{self.url}/realms/{realm.NAME}"


@dataclass(frozen=True, slots=True)
class Stack:
    """What runs, by name."""

    supervisor: Supervisor

    @property
    def rabbitmq(self) -> Broker:
        return Broker(self)

    @property
    def prometheus(self) -> WebServer:
        return WebServer(self, "prometheus")

    @property
    def alertmanager(self) -> WebServer:
        return WebServer(self, "alertmanager")

    @property
    def keycloak(self) -> Identity:
        return Identity(self, keycloak.NAME)

    @property
    def postgresql(self) -> Cluster:
        return Cluster(self)

    def pid(self, name: str) -> int:
        """The process as it runs now; another after it died and was started again."""
        return self.supervisor.processes[name].pid


def on_free_ports(row: Row) -> Row:
    """The row without its default ports, so that it never meets a demo or another test."""
    return replace(row, ports=dict.fromkeys(row.ports, 0), companions=tuple(map(on_free_ports, row.companions)))


@contextmanager
def running(directory: Path, *rows: Row) -> Iterator[Stack]:
    """The rows, ready, on free ports; stopped when the block ends. What a killed run left is cleared first."""
    throwaway.clear()
    try:
        with Supervisor(directory) as supervisor, throwaway.noted(supervisor.directory):
            supervisor.start(*(on_free_ports(row) for row in with_companions(rows)))
            yield Stack(supervisor)
    finally:
        if postgresql.NAME in {row.name for row in rows}:  # it may lie elsewhere
            postgresql.discard(supervisor.place(postgresql.NAME))
