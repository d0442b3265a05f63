"""Somebody for each column of the table, and what they are to one patient: made by the service's own routes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx2

from chevet.alerts import Alert
from tests.analysis_service.conftest import Service
from tests.analysis_service.raised import raised

MINUTE, DAY = 60_000, 86_400_000
ROLES = {
    "own": "patient",
    "patient": "patient",
    "granted": "relative",
    "relative": "relative",
    "nurse": "nurse",
    "nurse2": "nurse",
    "doctor": "doctor",
    "doctor2": "doctor",
    "glass": "doctor",
    "analyst": "analyst",
    "flow": "flow_manager",
    "sre": "sre",
    "gateway": "gateway",
    "gateway2": "gateway",
    "prometheus": "prometheus",
    "alertmanager": "alertmanager",
}
SIGNALS = ["heart_rate", "state", "alerts"]
LIMIT = {"vital": "oxygen_saturation", "side": "low", "severity": "high", "value": 84, "reason": "COPD"}
MEASURED = {"values": [{"vital": "heart_rate", "value": 76}]}
DRAFT = {"title": "Suivi", "language": "fr", "sections": [{"text": "Va bien."}]}
REASON = {"reason": "fell in the corridor"}


@dataclass
class World:
    """`ids` are of what stands in addresses; `gateway` is with the patient, `gateway2` with another."""

    service: Service
    ids: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, tuple[int, dict[str, str]]] = field(default_factory=dict)

    async def ask(self, actor: str, method: str, path: str, body: object = None, **headers: str) -> httpx2.Response:
        own = {} if actor == "nobody" else self.token(actor)
        content = {} if body is None else {"json": body}
        if isinstance(body, bytes):
            content = {"content": body}
        return await self.service.client.request(method, path, headers=own | headers, **content)

    def token(self, actor: str) -> dict[str, str]:
        """A header with one that is good for a while: to sign one takes as long as to answer a request."""
        now = self.service.clock()
        made, header = self.tokens.get(actor, (0, {}))
        if now - made > MINUTE:
            header = self.service.as_(ROLES[actor], **self.claims(actor))
            self.tokens[actor] = now, header
        return header

    def claims(self, actor: str) -> dict[str, object]:
        named: dict[str, object] = {"sub": actor, "name": actor}
        return named | ({"gateway": self.ids[actor]} if actor.startswith("gateway") else {})

    async def made(self, actor: str, path: str, body: object = None, **headers: str) -> dict[str, Any]:
        answer = await self.ask(actor, "POST", path, body, **headers)
        assert answer.is_success, (actor, path, answer.text)
        found: dict[str, Any] = answer.json()
        return found

    @property
    def own(self) -> str:
        """The address of the patient."""
        return f"/api/v1/patients/{self.ids['patient']}"

    async def dossier(self, doctor: str, account: str, relative: str) -> str:
        """A patient of that doctor's with an account, who grants a relative something."""
        patient = (await self.made(doctor, "/api/v1/patients", {"name": account}))["patient"]
        path = f"/api/v1/patients/{patient}"
        invited = await self.made(doctor, f"{path}/invitation")
        await self.made(account, "/api/v1/claims", {"code": invited["code"]})
        granted = await self.made(account, f"{path}/consents", {"relative": relative, "signals": SIGNALS})
        await self.made(relative, "/api/v1/claims", {"code": granted["invitation"]["code"]})
        return str(patient)

    async def team_of(self, doctor: str) -> str:
        """The one team that they are of."""
        teams = (await self.ask(doctor, "GET", "/api/v1/teams")).json()
        for team in teams:
            members = (await self.ask(doctor, "GET", f"/api/v1/teams/{team['id']}/members")).json()
            if any(one["subject"] == doctor for one in members):
                return str(team["id"])
        raise AssertionError(doctor)


async def world(service: Service) -> World:
    """Everybody, and what they are to the patient."""
    made = World(service)
    patient = await made.dossier("doctor", "own", "granted")
    other = await made.dossier("doctor2", "patient", "relative")
    made.ids = {"patient": patient, "gateway": service.gateway, "gateway2": f"{service.gateway}-2"}
    made.ids["team"] = await made.team_of("doctor")
    for nurse, team in (("nurse", made.ids["team"]), ("nurse2", await made.team_of("doctor2"))):
        await made.made("doctor" + nurse[5:], f"/api/v1/teams/{team}/members", {"subject": nurse, "name": nurse})
    made.ids["ward"] = (await made.made("doctor", "/api/v1/wards", {"name": "Cardiologie"}))["id"]
    for actor, whose, name in (("doctor", patient, "gateway"), ("doctor2", other, "gateway2")):
        await made.ask("sre", "PUT", f"/api/v1/gateways/{made.ids[name]}", {"mode": "push"})
        await made.made(actor, f"/api/v1/gateways/{made.ids[name]}/assignments", {"patient": whose})
    service.clock.aside += MINUTE  # by then they stand
    broken = await made.made("glass", f"{made.own}/break-glass", REASON)
    assert broken["until_ms"] > service.clock()
    return made


def alert_of(service: Service, number: int) -> Alert:
    """One that the gateway raises, over before the next begins: else they would be one."""
    onset = service.clock() - DAY + number * 4 * MINUTE
    return raised(service, onset, device=f"oximeter-{number}", cleared_at=onset + 2 * MINUTE)
