"""The people of a hospital as the service knows them: teams, their patients, and relatives who were granted something.

All of it is made by the service's own routes, as people would.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import cramjam
import httpx2
from sqlalchemy import text

from analysis_service.database import Database
from bench.scaled import Scaled
from bench.tokens import Signing
from bench.users import PANEL, PANEL_SECONDS, PATIENTS_OF_A_TEAM, SHARES, User
from chevet.remote_write import Series, encode, series
from chevet.roles import Role

AT_A_TIME = 8
EVERY = 60
GRANTED = ("heart_rate", "state")
WRITTEN = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"}
WRITTEN |= {"X-Prometheus-Remote-Write-Version": "0.1.0"}


@dataclass(slots=True)
class Hospital:
    """Who there is. `patients` are known once they are registered."""

    counts: Mapping[Role, int]
    users: list[User] = field(default_factory=list)
    patients: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, users: int) -> Self:
        """With so many people, each role by its share."""
        counts = {role: max(1, math.floor(users * share)) for role, share in SHARES.items()}
        counts[Role.NURSE] += users - sum(counts.values())
        return cls(counts)

    async def open(self, stack: Scaled) -> None:
        """Register everybody, and give each patient an hour of heart rate."""
        base = stack.supervisor.place("service").url()
        teams = math.ceil(self.counts[Role.PATIENT] / PATIENTS_OF_A_TEAM)
        async with httpx2.AsyncClient(base_url=base, timeout=60, trust_env=False) as client:
            desk = Desk(client, stack.signing, asyncio.Semaphore(AT_A_TIME))
            async with asyncio.TaskGroup() as together:
                for number in range(teams):
                    together.create_task(self._open_team(desk, number, teams))
        self.users += [User(subject=f"sre-{number}", role=Role.SRE) for number in range(self.counts[Role.SRE])]
        await self._fill(stack.supervisor.place("prometheus").url())

    async def _open_team(self, desk: Desk, number: int, teams: int) -> None:
        doctors, nurses = (
            [f"{role}-{one}" for one in range(number, self.counts[role], teams)] for role in (Role.DOCTOR, Role.NURSE)
        )
        first = doctors[0] if doctors else f"{Role.DOCTOR}-{number}"
        accounts = range(number, self.counts[Role.PATIENT], teams)
        patients = tuple([await self._admit(desk, first, f"{Role.PATIENT}-{one}") for one in accounts])
        (care,) = await desk.ask(first, Role.DOCTOR, "GET", f"/api/v1/patients/{patients[0]}/teams")
        for subject in (*doctors[1:], *nurses):
            body = {"subject": subject, "name": subject}
            await desk.ask(first, Role.DOCTOR, "POST", f"/api/v1/teams/{care['team']}/members", body)
        for role, subjects in ((Role.DOCTOR, doctors), (Role.NURSE, nurses)):
            self.users += [User(subject=subject, role=role, patients=patients) for subject in subjects]
        for one, patient in zip(range(number, self.counts[Role.RELATIVE], teams), patients, strict=False):
            await self._let_see(
                desk, f"{Role.PATIENT}-{number + one // teams * teams}", f"{Role.RELATIVE}-{one}", patient
            )

    async def _admit(self, desk: Desk, doctor: str, account: str) -> str:
        made = await desk.ask(doctor, Role.DOCTOR, "POST", "/api/v1/patients", {"name": f"Bench {account}"})
        patient = str(made["patient"])
        invited = await desk.ask(doctor, Role.DOCTOR, "POST", f"/api/v1/patients/{patient}/invitation")
        await desk.ask(account, Role.PATIENT, "POST", "/api/v1/claims", {"code": invited["code"]})
        self.users.append(User(subject=account, role=Role.PATIENT, patients=(patient,)))
        self.patients.append(patient)
        return patient

    async def _let_see(self, desk: Desk, account: str, relative: str, patient: str) -> None:
        body = {"relative": relative, "signals": list(GRANTED)}
        made = await desk.ask(account, Role.PATIENT, "POST", f"/api/v1/patients/{patient}/consents", body)
        code = {"code": made["invitation"]["code"]}
        await desk.ask(relative, Role.RELATIVE, "POST", "/api/v1/claims", code)
        self.users.append(User(subject=relative, role=Role.RELATIVE, patients=(patient,)))

    async def _fill(self, prometheus: str) -> None:
        now = int(time.time()) // EVERY * EVERY
        times = [(now - EVERY * back) * 1000 for back in reversed(range(PANEL_SECONDS // EVERY))]
        many = [_heart_rate(patient, number, times) for number, patient in enumerate(self.patients)]
        async with httpx2.AsyncClient(timeout=60, trust_env=False) as client:
            body = bytes(cramjam.snappy.compress_raw(encode(many)))
            (await client.post(f"{prometheus}/api/v1/write", content=body, headers=WRITTEN)).raise_for_status()


@dataclass(frozen=True, slots=True)
class Desk:
    """Where people are registered, some at a time."""

    client: httpx2.AsyncClient
    signing: Signing
    turn: asyncio.Semaphore

    async def ask(self, subject: str, role: Role, method: str, path: str, body: object = None) -> Any:
        """The answer's JSON. Raises httpx2.HTTPStatusError where it is a refusal."""
        headers = {"Authorization": f"Bearer {self.signing.token(subject, role)}"}
        async with self.turn:
            answer = await self.client.request(method, path, json=body, headers=headers)
        return answer.raise_for_status().json()


def _heart_rate(patient: str, number: int, times: list[int]) -> Series:
    labels = {"patient": patient, "gateway": f"bench-{number}", "device": "d1"}
    return series(PANEL, labels, *((at, 60.0 + (number + step) % 40) for step, at in enumerate(times)))


async def missing(database_url: str, written: Mapping[str, int]) -> int:
    """How many rows are not there of those whose writing was answered with success."""
    database = Database(database_url)
    try:
        async with database.reading() as session:
            found = {table: await session.scalar(text(f"SELECT count(*) FROM {table}")) for table in written}  # noqa: S608 - names of ours
    finally:
        await database.close()
    return sum(max(0, count - int(found[table] or 0)) for table, count in written.items())
