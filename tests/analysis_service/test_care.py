"""Wards and care teams: who makes and changes them, who joins, who is handed over, and what is refused."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tests.analysis_service.conftest import Service

MINUTE = 60_000
ANNE, BO = {"sub": "anne", "name": "Dr Anne"}, {"sub": "bo", "name": "Dr Bo"}
NURSE = {"sub": "nadia", "name": "Nadia"}


class People:
    """What two doctors and a nurse ask of the service."""

    def __init__(self, service: Service) -> None:
        self.service = service

    async def ask(
        self, who: dict[str, str], method: str, path: str, body: object = None, edition: int | None = None
    ) -> httpx2.Response:
        headers = self.service.as_("nurse" if who is NURSE else "doctor", **who)
        headers |= {} if edition is None else {"If-Match": f'"{edition}"'}
        return await self.service.client.request(method, f"/api/v1{path}", json=body, headers=headers)

    async def made(self, who: dict[str, str], path: str, body: object = None) -> dict[str, Any]:
        answer = await self.ask(who, "POST", path, body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    async def refused(self, status: int, who: dict[str, str], method: str, path: str, *given: Any) -> str:
        answer = await self.ask(who, method, path, *given)
        assert answer.status_code == status, answer.text
        return str(answer.json()["detail"])

    async def seen(self, who: dict[str, str]) -> set[str]:
        """The patients whose dossiers somebody may read."""
        answer = await self.ask(who, "GET", "/patients")
        assert answer.status_code == 200, answer.text
        return {one["patient"] for one in answer.json()}

    async def patient(self, who: dict[str, str] = ANNE) -> str:
        return str((await self.made(who, "/patients", {"name": "Marie Lefèvre"}))["patient"])

    async def own_team(self, patient: str) -> str:
        (team,) = (await self.ask(ANNE, "GET", f"/patients/{patient}/teams")).json()
        return str(team["team"])


@pytest.fixture
def people(service_without_store: Service) -> People:
    return People(service_without_store)


async def test_who_makes_a_dossier_without_a_team_founds_one_that_looks_after_it(people: People) -> None:
    patient = await people.patient()
    (team,) = (await people.ask(ANNE, "GET", f"/patients/{patient}/teams")).json()
    assert (team["name"], team["patient"], team["until_ms"], team["saved_by"]) == ("Dr Anne", patient, None, "anne")
    (member,) = (await people.ask(NURSE, "GET", f"/teams/{team['team']}/members")).json()
    assert (member["subject"], member["name"], member["saved_by"]) == ("anne", "Dr Anne", "anne")
    second = await people.patient()
    assert await people.own_team(second) == team["team"]
    assert await people.seen(ANNE) == {patient, second}
    assert await people.seen(BO) == set()
