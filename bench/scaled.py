"""The servers for some number of patients: PostgreSQL, Prometheus and the service, each fresh, on free ports."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx2

from analysis_service import migrations
from analysis_service.database import Database
from analysis_service.records.tables import AssignmentRow, PatientRow
from bench.progress import Tell
from bench.tokens import Signing
from chevet import metrics
from chevet.remote_write import Label, Series
from provisioning import secrets
from provisioning.local import chevet, postgresql, prometheus, servers
from provisioning.local.servers import on_free_ports
from provisioning.local.supervisor import Supervisor

STOOD_MS = 24 * 3600 * 1000
MEASURED = ("service", "postgresql", "prometheus")
Samples = dict[int, float]


def gateway(number: int) -> str:
    """The name of the gateway of the patient of this number."""
    return f"scale-{number:05}"


def pseudonym(number: int) -> str:
    """That patient's."""
    return f"p{number:016x}"


@dataclass(frozen=True, slots=True)
class Scaled:
    """The servers: `async with Scaled.of(directory, workers, tell) as stack: …`."""

    supervisor: Supervisor
    workers: int

    @classmethod
    def of(cls, directory: Path, workers: int, tell: Tell) -> Self:
        """In a directory of their own."""
        return cls(Supervisor(directory, tell), workers)

    async def __aenter__(self) -> Self:
        self.supervisor.__enter__()
        try:
            await self._start()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *why: object) -> None:
        await asyncio.to_thread(self.supervisor.__exit__, None, None, None)
        postgresql.discard(self.supervisor.place("postgresql"))

    @property
    def pids(self) -> dict[str, int]:
        """Of what is measured."""
        return {name: self.supervisor.processes[name].pid for name in MEASURED}

    @property
    def address(self) -> tuple[str, int]:
        """Where the service listens."""
        host, _, port = self.supervisor.place("service").address("http").partition(":")
        return host, int(port)

    async def register(self, patients: int) -> None:
        """Each with a gateway for a day already: by the API an assignment begins only after it is saved."""
        now = time.time_ns() // 1_000_000
        database = Database(self.database_url)
        async with database.writing() as session:
            session.add_all(
                PatientRow(patient=pseudonym(number), name="Bench", created_ms=now) for number in range(patients)
            )
            await session.flush()
            session.add_all(
                AssignmentRow(
                    id=f"scale-{number}",
                    gateway=gateway(number),
                    patient=pseudonym(number),
                    from_ms=now - STOOD_MS,
                    until_ms=None,
                    saved_ms=now,
                    saved_by="bench",
                )
                for number in range(patients)
            )
        await database.close()

    def tokens(self, patients: int) -> list[str]:
        """Of each gateway."""
        signing = self.signing
        return [signing.of_gateway(gateway(number)) for number in range(patients)]

    @property
    def signing(self) -> Signing:
        """What makes tokens of this stack."""
        return Signing(self._keys, self.supervisor.place("issuer").url())

    async def stored(self, number: int, seconds: int, at: float) -> dict[tuple[Label, ...], Samples]:
        """What Prometheus has of a gateway, by labels; of the `seconds` before `at`."""
        query = {"query": f'{{{metrics.GATEWAY}="{gateway(number)}"}}[{seconds}s]', "time": str(at)}
        async with httpx2.AsyncClient(timeout=60, trust_env=False) as client:
            answer = await client.get(f"{self.supervisor.place('prometheus').url()}/api/v1/query", params=query)
        answer.raise_for_status()
        return {
            tuple(sorted(row["metric"].items())): {round(when * 1000): float(value) for when, value in row["values"]}
            for row in answer.json()["data"]["result"]
        }

    @property
    def _keys(self) -> Path:
        return self.supervisor.directory / "secrets"

    @property
    def database_url(self) -> str:
        """The service's database."""
        return servers.Cluster(servers.Stack(self.supervisor)).url(postgresql.DATABASE)

    async def _start(self) -> None:
        self.supervisor.assign_ports(on_free_ports(chevet.issuer(self._keys)))  # it need not run: its keys are a file
        secrets.make(self._keys, ())
        rows = (on_free_ports(servers.POSTGRESQL), on_free_ports(prometheus.row()))
        await asyncio.to_thread(self.supervisor.start, *rows)
        await migrations.upgrade(self.database_url)
        own = {"CHEVET_DATABASE_URL": self.database_url, "CHEVET_WORKERS": str(self.workers)}
        service = on_free_ports(chevet.service(self._keys, more=own))
        await asyncio.to_thread(self.supervisor.start, service)


def stamped(series: Series, number: int) -> tuple[Label, ...]:
    """Its labels as they are stored: with the patient's pseudonym."""
    return tuple(sorted((*series.labels, (metrics.PATIENT, pseudonym(number)))))
