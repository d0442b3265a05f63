"""Ports on loopback: defaults give way when they are taken, what the user set is refused with who holds it."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Callable, Mapping

import psutil

from provisioning.errors import PortTaken
from provisioning.local.rows import LOOPBACK, Row

# Below the range from which Linux gives ports to outgoing connections, so that none of those can take one in between.
FREE_PORTS = range(20_000, 32_000)

Ports = dict[str, dict[str, int]]


def setting(row: str, use: str) -> str:
    """The environment variable that sets a port: CHEVET_RABBITMQ_AMQP_PORT."""
    return f"CHEVET_{row}_{use}_PORT".upper().replace("-", "_")


def is_free(port: int) -> bool:
    with socket.socket() as attempt:
        # As the servers themselves do: what lingers from a connection that has ended holds nobody up.
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port(taken: frozenset[int] = frozenset()) -> int:
    for port in random.sample(FREE_PORTS, 1_000):
        if port not in taken and is_free(port):
            return port
    raise PortTaken(f"a free port: none found on {LOOPBACK} among 1000 tried from {FREE_PORTS.start} on")


def holder(port: int) -> str:
    """Who listens there, as far as this user may see."""
    for connection in psutil.net_connections("tcp"):
        if connection.laddr and connection.laddr.port == port and connection.status == psutil.CONN_LISTEN:
            if connection.pid is None:
                break
            process = psutil.Process(connection.pid)
            return f"{process.name()} (process {process.pid} of {process.username()})"
    return "a process of another user"


def chosen(row: Row, use: str, default: int, taken: frozenset[int], tell: Callable[[str], None]) -> int:
    if not default:
        return free_port(taken)
    wanted = os.environ.get(setting(row.name, use))
    if wanted is not None:
        return demanded(setting(row.name, use), wanted)
    if default not in taken and is_free(default):
        return default
    port = free_port(taken)
    who = "another part of this stack" if default in taken else holder(default)
    tell(f"{row.name}: port {default} is held by {who}; using {port} instead")
    return port


def demanded(variable: str, wanted: str) -> int:
    if not (wanted.isdecimal() and 0 < int(wanted) < 65_536):
        raise PortTaken(f"{variable}: expected a port from 1 to 65535, got {wanted!r}", field=variable)
    if not is_free(int(wanted)):
        sentence = f"{variable}: expected a free port, got {wanted}, which is held by {holder(int(wanted))}"
        raise PortTaken(sentence, field=variable)
    return int(wanted)


def assign(rows: tuple[Row, ...], known: Mapping[str, Mapping[str, int]], tell: Callable[[str], None]) -> Ports:
    """A port for each use of each row; rows that have theirs keep them."""
    ports: Ports = {name: dict(uses) for name, uses in known.items()}
    taken = {port for uses in ports.values() for port in uses.values()}
    for row in rows:
        if row.name in ports:
            continue
        ports[row.name] = {}
        for use, default in row.ports.items():
            ports[row.name][use] = chosen(row, use, default, frozenset(taken), tell)
            taken.add(ports[row.name][use])
    return ports
