"""Puts the demo's people, homes and contacts into the service by its own API; what is there already is left alone."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import jwt

from chevet.errors import ChevetError
from provisioning import secrets

TEAM = "Soins à domicile"
"""Looks after everybody in the demo."""
PAST_SECONDS = 15 * 86_400
"""Assignments of the demo reach so far back: its history is theirs too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Resident:
    """Who lives with which gateway, and whom to call."""

    gateway: str
    name: str
    contacts: tuple[Mapping[str, Any], ...] = ()
    devices: Mapping[str, list[str]]
    pull_address: str | None = None


class Registrar:
    """Speaks to the service as a doctor, and as an SRE for the fleet."""

    def __init__(self, service_url: str, keys: Path) -> None:
        self._http = httpx2.Client(base_url=service_url, timeout=30, trust_env=False)
        self._keys = secrets.Secrets(directory=keys)
        self._tokens: dict[str, str] = {}

    def register(self, residents: Iterable[Resident]) -> dict[str, str]:
        """Everything about these residents. Returns the pseudonym of each by gateway."""
        self._gather()
        known = {row["name"]: row["patient"] for row in self._ask("doctor", "GET", "/patients")}
        return {resident.gateway: self._settle(resident, known) for resident in residents}

    def _gather(self) -> None:
        """The team whose doctor makes the dossiers, and whose nurse is of it."""
        known = {row["name"]: row["id"] for row in self._ask("doctor", "GET", "/teams")}
        team = known.get(TEAM) or self._ask("doctor", "POST", "/teams", {"name": TEAM})["id"]
        path = f"/teams/{team}/members"
        standing = {row["subject"] for row in self._ask("doctor", "GET", path) if row["until_ms"] is None}
        nurse = jwt.decode(self._token("nurse"), options={"verify_signature": False})  # asked for just now
        if nurse["sub"] not in standing:
            self._ask("doctor", "POST", path, {"subject": nurse["sub"], "name": nurse["name"]})

    def _settle(self, resident: Resident, known: Mapping[str, str]) -> str:
        path = f"/gateways/{resident.gateway}"
        mode = "pull" if resident.pull_address else "push"
        fleet = {"mode": mode} | ({"address": resident.pull_address} if resident.pull_address else {})
        self._ask("sre", "PUT", path, fleet)
        standing = self._ask("doctor", "GET", f"{path}/assignments")
        if standing and standing[-1]["until_ms"] is None:
            return _own(resident, standing[-1]["patient"])
        patient = (
            known.get(resident.name) or self._ask("doctor", "POST", "/patients", {"name": resident.name})["patient"]
        )
        self._replace(f"{path}/devices", {"devices": dict(resident.devices)})
        if resident.contacts:
            self._replace(f"/patients/{patient}/contacts", {"contacts": list(resident.contacts)})
        begins = round((time.time() - PAST_SECONDS + 60) * 1000)
        self._ask("doctor", "POST", f"{path}/assignments", {"patient": patient, "from_ms": begins})
        return str(patient)

    def _replace(self, path: str, body: object) -> None:
        """The newest edition by another."""
        edition = self._answer("doctor", "GET", path).headers["ETag"]
        self._answer("doctor", "PUT", path, body, {"If-Match": edition})

    def _ask(self, who: str, method: str, path: str, body: object = None) -> Any:
        return self._answer(who, method, path, body).json()

    def _answer(
        self, who: str, method: str, path: str, body: object = None, more: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self._token(who)}", **(more or {})}
        answer = self._http.request(method, f"/api/v1{path}", json=body, headers=headers)
        if not answer.is_success:
            raise ChevetError(
                f"{method} {path}: expected the service to accept it, got {answer.status_code} {answer.text}"
            )
        return answer

    def _token(self, who: str) -> str:
        if who not in self._tokens:
            known = json.loads(self._keys.client_credentials(who).read_text())
            form = {"grant_type": "client_credentials", **{key: known[key] for key in ("client_id", "client_secret")}}
            answer = self._http.post(known["token_url"], data=form)
            answer.raise_for_status()
            self._tokens[who] = answer.json()["access_token"]
        return self._tokens[who]


def _own(resident: Resident, patient: str | None) -> str:
    """The pseudonym of whom the gateway stands with. Raises ChevetError where they are in another's care."""
    if patient is None:
        raise ChevetError(
            f"{resident.gateway}: expected it to stand with a patient of {TEAM}, it stands with one of nobody's; "
            f"give those from before there were teams to it by `python -m analysis_service hand-over --team '{TEAM}'`"
        )
    return patient
