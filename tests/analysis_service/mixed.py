"""A gateway that was recorded with one patient and stood with another, and workers at its correction: for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx2

from analysis_service.alerts.reattributed import Reattribution
from analysis_service.corrections.steps import SETTLED_MS, Steps
from analysis_service.database import Database
from analysis_service.ingest.quarantine import Quarantine
from analysis_service.ingest.restamping import Restamping
from analysis_service.ingest.store import Store, session
from analysis_service.ingest.stored import Stored
from analysis_service.records.service import Records
from chevet.vitals import BY_KEY
from tests.analysis_service.conftest import HEART_RATE, Clock, Service

MINUTE = 60_000
WINDOW = (BY_KEY["heart_rate"].window or 0) * 1000
LATEST = f"{HEART_RATE}_latest"
MEANS = range(31)
CUT_EVERY = 2 * 60 * MINUTE


@asynccontextmanager
async def worker(
    url: str, prometheus: str, clock: Clock, passed: Callable[[str], None] = lambda _: None
) -> AsyncIterator[Steps]:
    """Another process's worker, as far as anything is concerned that outlives one."""
    database = Database(url)
    async with httpx2.AsyncClient() as client, session(60.0) as to_store:
        store, stored = Store(to_store, f"{prometheus}/api/v1/write", prometheus), Stored(client, prometheus)
        restamping = Restamping(store, stored, Quarantine(database, clock, 2**30))
        records = Records(database, clock, 30.0, None)  # type: ignore[arg-type] # it signs nothing
        yield Steps(database, clock, records, Reattribution(database, clock).reattribute, restamping, passed)
    await database.close()


def beside_a_cut(now: int) -> int:
    """When half an hour of the last one begins that lies on one side of an even hour, or a little earlier.

    There Prometheus cuts; what was written across it is hidden hours later, and the job would wait for that.
    """
    began, long = now - 50 * MINUTE, len(MEANS) * MINUTE
    cut = (began + long) // CUT_EVERY * CUT_EVERY
    if began >= cut:
        return began
    return cut + MINUTE if cut + MINUTE + long <= now else cut - MINUTE - long


class Mixed:
    """A gateway that was recorded with one patient, and stood with another for ten minutes of the last hour."""

    def __init__(self, service: Service, wrong: str, right: str) -> None:
        self.service, self.wrong, self.right = service, wrong, right
        self.began = beside_a_cut(service.clock())
        self.times = (self.began + 10 * MINUTE, self.began + 20 * MINUTE)
        self.means = [(self.began + n * MINUTE + 137, 60.0 + n) for n in MEANS]
        self.latest = [(self.began + n * MINUTE, 70.0 + n) for n in MEANS]

    async def measure(self) -> None:
        for name, samples in ((HEART_RATE, self.means), (LATEST, self.latest)):
            answer = await self.service.write(self.service.vital(*samples, name=name))
            assert (answer.status_code, answer.headers.get("X-Chevet-Quarantined", "0")) == (204, "0")

    async def ask(self, **changed: object):
        path = f"/api/v1/gateways/{self.service.gateway}/corrections"
        from_ms, until_ms = self.times
        body = {"patient": self.right, "from_ms": from_ms, "until_ms": until_ms, "reason": "boxes were exchanged"}
        doctor = self.service.as_("doctor", name="Dr Diallo")
        return await self.service.client.post(path, json=body | changed, headers=doctor)

    async def seen(self, id: str) -> dict:
        path = f"/api/v1/gateways/{self.service.gateway}/corrections/{id}"
        answer = await self.service.client.get(path, headers=self.service.as_("doctor"))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def by_patient(self, name: str, device: str = "d1") -> dict[str, list[tuple[int, float]]]:
        found = await self.service.stored(name)
        return {
            dict(labels)["patient"]: [(at, float(value)) for at, value in many]
            for labels, many in found.items()
            if dict(labels)["device"] == device
        }

    async def require_right(self) -> None:
        """Each sample under the one whom it is of; those of a moment at which the gateway changed hands set aside."""
        from_ms, until_ms = self.times
        within = [one for one in self.means if one[0] - WINDOW >= from_ms and one[0] <= until_ms]
        outside = [one for one in self.means if one[0] <= from_ms or one[0] - WINDOW >= until_ms]
        assert await self.by_patient(HEART_RATE) == {self.right: within, self.wrong: outside}
        latest = [one for one in self.latest if from_ms <= one[0] < until_ms]
        others = [one for one in self.latest if one not in latest]
        assert await self.by_patient(LATEST) == {self.right: latest, self.wrong: others}
        aside = [tuple(one) for row in await self.service.quarantine() for one in row["series"]["samples"]]
        nobodys = [one for one in self.means if one not in within and one not in outside]
        assert sorted((at, float(value)) for at, value in aside) == nobodys
        assert nobodys, "some were measured at such a moment"


async def mixed(service: Service, gateway: str = "") -> Mixed:
    service.gateway = gateway or service.gateway
    right = await service.patient("Paul")
    found = Mixed(service, await service.assigned(days_ago=1), right)
    await found.measure()
    return found


async def finish(steps: Steps, clock: Clock, state: Callable[[], Awaitable[str]]) -> None:
    """Work until it is done; whenever nothing is due, it is later."""
    for _ in range(60):
        if await steps.work():
            continue
        if await state() not in ("queued", "running"):
            return
        clock.aside += SETTLED_MS
    raise AssertionError("expected a correction to end")


async def assignments(service: Service) -> list[dict]:
    path = f"/api/v1/gateways/{service.gateway}/assignments"
    return (await service.client.get(path, headers=service.as_("doctor"))).json()


async def state_of(case: Mixed, id: str) -> str:
    return str((await case.seen(id))["state"])
