"""The servers under this measurement: Prometheus, the service before it with a fleet in its records, and the sink."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2
import psutil

from bench import fleet, sink, wrk
from bench.bodies import Sweep, bodies
from bench.progress import Tell
from provisioning import secrets
from provisioning.local import chevet, prometheus
from provisioning.local.rows import Launch, Place, Row
from provisioning.local.servers import on_free_ports
from provisioning.local.supervisor import Supervisor

LOOK, AT_REST, RESTED_WITHIN = 1.0, 0.1, 30.0
"""Seconds between two looks at Prometheus, the share of a core that is rest, and seconds that it is given for it."""
PATH = "/api/v1/write"
WRITES = 'prometheus_http_requests_total{code="204",handler="/api/v1/write"}'
REMOTE_WRITE = {
    "Content-Encoding": "snappy",
    "Content-Type": "application/x-protobuf",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is sent to: its name, the server that answers there, a path that says 200, and the gateways that send."""

    name: str
    url: str
    idle: str
    prefix: str


class Guarded:
    """One run of the servers: `with Guarded(directory, workers, tell) as stack: …`."""

    def __init__(self, directory: Path, workers: int, tell: Tell) -> None:
        self._supervisor = Supervisor(directory, tell)
        self._keys = self._supervisor.directory / "secrets"
        self._workers = workers
        self._tokens: list[str] = []

    def __enter__(self) -> Self:
        supervisor = self._supervisor.__enter__()
        issuer = on_free_ports(chevet.issuer(self._keys))
        supervisor.assign_ports(issuer)  # it need not run: the service has its keys by file
        secrets.make(self._keys, ())
        service = _with_workers(on_free_ports(chevet.service(self._keys)), self._workers)
        try:
            supervisor.start(*map(on_free_ports, (prometheus.row(), sink.row())), service)
            database = supervisor.place("service").directory / "chevet.sqlite"
            asyncio.run(fleet.register(f"sqlite+aiosqlite:///{database}", self.guard.prefix))
        except BaseException:
            supervisor.__exit__(None, None, None)
            raise
        self._tokens = fleet.tokens(self._keys, supervisor.place("issuer").url(), self.guard.prefix)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._supervisor.__exit__(kind, error, trace)

    @property
    def guard(self) -> Target:
        """The service."""
        return Target(name="guard", url=self._url("service"), idle="/healthz", prefix="guarded-")

    @property
    def direct(self) -> Target:
        """Prometheus itself."""
        return Target(name="direct", url=self._url("prometheus"), idle="/-/healthy", prefix="direct-")

    @property
    def null(self) -> Target:
        """The sink."""
        return Target(name="null", url=self._url("sink"), idle="/healthz", prefix="guarded-")

    def send(self, target: Target, sweep: Sweep) -> wrk.Load:
        """Every body of a sweep, once; the head of a request is the same wherever it goes."""
        return wrk.run(target.url, target.idle, self._requests(sweep))

    def rest(self) -> None:
        """Until Prometheus rests: the blocks that it still cuts for one round are none of the next one's work."""
        process = psutil.Process(self._supervisor.processes["prometheus"].pid)
        until = time.monotonic() + RESTED_WITHIN
        while time.monotonic() < until:
            before = process.cpu_times()
            time.sleep(LOOK)
            after = process.cpu_times()
            if after.user + after.system - before.user - before.system < LOOK * AT_REST:
                return

    def writes(self) -> int:
        """How many writes Prometheus has answered, whoever sent them."""
        told = httpx2.get(f"{self.direct.url}/metrics", timeout=30).text
        return round(sum(float(line.rsplit(" ", 1)[1]) for line in told.splitlines() if line.startswith(WRITES)))

    def _requests(self, sweep: Sweep) -> Iterator[bytes]:
        for number, body in enumerate(bodies(sweep)):
            token = self._tokens[number % len(self._tokens)]
            yield wrk.request(PATH, REMOTE_WRITE | {"Authorization": f"Bearer {token}"}, body)

    def _url(self, name: str) -> str:
        return self._supervisor.place(name).url()


def _with_workers(row: Row, workers: int) -> Row:
    def launch(place: Place) -> Launch:
        usual = row.launch(place)
        return replace(usual, environment={**usual.environment, "CHEVET_WORKERS": str(workers)})

    return replace(row, launch=launch)
