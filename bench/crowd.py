"""People at work: each does one thing after another, with pauses, by a connection and a token of their own."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass

import httpx2

from bench.hospital import Hospital
from bench.progress import Tell
from bench.scaled import Scaled
from bench.users import Act, User, of

TIMEOUT_SECONDS = 60.0
TOLD = 10
"""Of answers that are wrong; more would say nothing new."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One act and what became of it."""

    act: Act
    seconds: float
    right: bool


class Crowd:
    """All of them. `written` counts what was written, by table."""

    def __init__(self, hospital: Hospital, stack: Scaled, pause: float, seed: int, tell: Tell) -> None:
        self._users = hospital.users
        self._base = stack.supervisor.place("service").url()
        self._signing = stack.signing
        self._pause, self._seed, self._tell = pause, seed, tell
        self.answered: list[Answered] = []
        self.written: Counter[str] = Counter()

    async def work(self, seconds: float) -> None:
        """Until the time is over, and what was begun is answered."""
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
        async with httpx2.AsyncClient(
            base_url=self._base, timeout=TIMEOUT_SECONDS, limits=limits, trust_env=False
        ) as client:
            end = time.monotonic() + seconds
            async with asyncio.TaskGroup() as together:
                for number, user in enumerate(self._users):
                    together.create_task(self._work(client, user, random.Random(self._seed * 10_000 + number), end))

    async def _work(self, client: httpx2.AsyncClient, user: User, luck: random.Random, end: float) -> None:
        headers = {"Authorization": f"Bearer {self._signing.token(user.subject, user.role)}"}
        acts, weights = of(user.role)
        await asyncio.sleep(luck.uniform(0, self._pause))
        while time.monotonic() < end:
            (act,) = luck.choices(acts, weights)
            await self._do(client, user, act, luck, headers)
            await asyncio.sleep(luck.expovariate(1 / self._pause) if self._pause else 0)

    async def _do(
        self, client: httpx2.AsyncClient, user: User, act: Act, luck: random.Random, headers: dict[str, str]
    ) -> None:
        path = act.path.format(patient=luck.choice(user.patients) if user.patients else "")
        begun = time.perf_counter()
        try:
            answer = await client.request(
                "POST" if act.writes else "GET",
                path,
                params=dict(act.parameters()) if act.parameters else None,
                json=dict(act.body(luck)) if act.body else None,
                headers=headers,
            )
            said, right = f"{answer.status_code} {answer.text[:200]}", answer.status_code == act.status
        except httpx2.HTTPError as error:
            said, right = repr(error), False
        self.answered.append(Answered(act, time.perf_counter() - begun, right))
        if right and act.writes:
            self.written[act.table] += 1
        elif not right and sum(not one.right for one in self.answered) <= TOLD:
            self._tell(f"{act.role}: {act.what}: expected {act.status}, got {said}")
