"""A box with a claim code becomes a gateway of the real Keycloak, and stops being one when it is revoked."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from pathlib import Path

import httpx2
import jwt
import pytest

from analysis_service.fleet.schemas import EXAMPLE
from exporters.gateway.__main__ import main
from exporters.gateway.server import Tokens
from tests.stack.conftest import Service
from tests.stack.people import Flow, Realm

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Box:
    """A gateway's machine, and somebody who keeps the fleet."""

    service: Service
    gateway: str
    sre: str

    def manage(self, method: str, path: str = "", **given: object) -> httpx2.Response:
        return self.service.ask(method, f"/api/v1/gateways/{self.gateway}{path}", self.sre, **given)

    def enrolled(self) -> dict[str, str]:
        """By a new code, the credentials."""
        code = self.manage("POST", "/claim-codes").json()["code"]
        answer = self.service.ask("POST", "/api/v1/enrolments", json={"code": code})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def token(self, credentials: dict[str, str]) -> httpx2.Response:
        form = {name: credentials[name] for name in ("client_id", "client_secret")}
        form["grant_type"] = "client_credentials"
        return httpx2.post(credentials["token_url"], data=form, trust_env=False)


@pytest.fixture
def box(realm: Realm, service: Service, grafana: Flow) -> Box:
    sre = grafana.tokens(realm.new_person("sre"))["access_token"]
    made = Box(service, f"g{next(_numbers)}", sre)
    assert made.manage("PUT", json={"mode": "push"}).status_code == 200
    return made


def test_with_its_credentials_it_speaks_for_its_own_gateway_and_no_other(box: Box) -> None:
    credentials = box.enrolled()
    assert credentials["client_id"] == f"gateway-{box.gateway}"
    token = box.token(credentials).json()["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["gateway"], claims["realm_access"]) == (box.gateway, {"roles": ["gateway"]})
    assert claims["aud"] == "chevet"
    own = box.service.ask("GET", f"/api/v1/gateways/{box.gateway}", token)
    assert (own.status_code, own.json()["gateway"]) == (200, box.gateway)
    assert box.service.ask("GET", "/api/v1/gateways/another", token).status_code == 403
    assert box.service.ask("GET", "/api/v1/patients", token).status_code == 403


def test_enrolled_again_it_has_another_secret_and_the_first_is_good_no_more(box: Box) -> None:
    first, second = box.enrolled(), box.enrolled()
    assert first["client_id"] == second["client_id"]
    assert box.token(first).status_code == 401
    assert box.token(second).status_code == 200


def test_a_revoked_gateway_gets_no_token_until_it_is_enrolled_anew(box: Box) -> None:
    before = box.enrolled()
    answer = box.manage("POST", "/revocation")
    assert (answer.status_code, answer.json()["revoked_ms"] is None) == (200, False)
    assert box.token(before).status_code == 401
    after = box.enrolled()
    assert box.token(before).status_code == 401
    assert box.token(after).status_code == 200
    assert box.manage("GET").json()["revoked_ms"] is None


def test_to_revoke_one_that_was_never_enrolled_is_no_mistake(box: Box) -> None:
    assert box.manage("POST", "/revocation").status_code == 200


def test_a_new_box_enrols_itself_by_one_command_and_its_processes_have_their_token(box: Box, tmp_path: Path) -> None:
    file, code = tmp_path / "credentials.json", box.manage("POST", "/claim-codes").json()["code"]
    asked = ("--server", box.service.url, "--code", code, "--file", str(file))
    assert main(["enrol", *asked]) == 0
    assert main(["enrol", *asked]) == 2, "the code is good once"

    async def token() -> str:
        async with httpx2.AsyncClient(trust_env=False) as http:
            return await Tokens(file).token(http)

    beat = box.service.ask("POST", f"/api/v1/gateways/{box.gateway}/heartbeat", asyncio.run(token()), json=EXAMPLE)
    assert beat.status_code == 204, beat.text
    assert box.manage("GET").json()["online"]
