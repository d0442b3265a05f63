"""Two doctors who are of no team together, and a nurse: what tests of care have them ask."""

from __future__ import annotations

from typing import Any

import httpx2

from tests.analysis_service.conftest import Service

MINUTE = 60_000
ANNE, BO = {"sub": "anne", "name": "Dr Anne"}, {"sub": "bo", "name": "Dr Bo"}
NURSE = {"sub": "nadia", "name": "Nadia"}


class Carers:
    """What they ask of the service, and what they are answered."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def headers(self, who: dict[str, str]) -> dict[str, str]:
        return self.service.as_("nurse" if who is NURSE else "doctor", **who)

    async def ask(
        self, who: dict[str, str], method: str, path: str, body: object = None, edition: int | None = None
    ) -> httpx2.Response:
        headers = self.headers(who) | ({} if edition is None else {"If-Match": f'"{edition}"'})
        return await self.service.client.request(method, f"/api/v1{path}", json=body, headers=headers)

    async def made(self, who: dict[str, str], path: str, body: object = None) -> dict[str, Any]:
        answer = await self.ask(who, "POST", path, body)
        assert answer.status_code in (200, 201), answer.text
        made: dict[str, Any] = answer.json()
        return made

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
