"""Keycloak killed: tokens that are good go on working, and once it is back all is as before."""

from __future__ import annotations

import os
import signal
import time

import httpx2

from provisioning.local import servers
from tests.stack.conftest import DEADLINE, Service
from tests.stack.people import Realm


def answers(realm: Realm) -> bool:
    try:
        return httpx2.get(realm.identity.issuer, trust_env=False, timeout=2).status_code == 200
    except httpx2.HTTPError:
        return False


def test_valid_tokens_go_on_working_and_old_secrets_are_good_when_it_is_back(
    identity: servers.Identity, realm: Realm, service: Service
) -> None:
    token = realm.token("prometheus")
    assert service.ask("GET", "/metrics", token).status_code == 200
    os.kill(identity.pid, signal.SIGKILL)
    service.clock.aside += 6 * 60_000  # the keys are due to be asked for again, and cannot be had
    later = service.ask("GET", "/metrics", token)
    service.clock.aside -= 6 * 60_000
    assert later.status_code == 401, "a token that has expired is refused, whoever is away"
    assert "expired" in later.json()["detail"]
    assert service.ask("GET", "/metrics", token).status_code == 200
    deadline = time.monotonic() + 2 * DEADLINE
    while not answers(realm) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert service.ask("GET", "/metrics", realm.token("prometheus")).status_code == 200
