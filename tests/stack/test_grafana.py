"""What a Grafana would make of the real Keycloak's tokens, and what the service answers to those it hands on.

No Grafana runs here: its code flow is gone step by step, and its JMESPath is read as it reads it.
"""

from __future__ import annotations

from typing import Any

import httpx2
import jmespath
import jwt
import pytest
from jmespath.exceptions import JMESPathError

from provisioning.render import grafana_sign_in
from provisioning.render.site import Site
from tests.stack.conftest import Service
from tests.stack.people import Browser, Flow, Realm

QUERY = "/prometheus/api/v1/query?query=vector(1)"


def path_of(site: Site, setting: str) -> str:
    return str(grafana_sign_in.sign_in(site)["auth.generic_oauth"][setting])


def role_in(site: Site, claims: dict[str, Any]) -> str | None:
    try:
        found = jmespath.search(path_of(site, "role_attribute_path"), claims)
    except JMESPathError:
        return None
    return found if isinstance(found, str) else None


@pytest.mark.parametrize(
    ("role", "expected"),
    [("doctor", "Viewer"), ("nurse", "Viewer"), ("sre", "Editor"), ("patient", None), ("analyst", None)],
)
def test_the_id_token_and_the_userinfo_say_the_role_that_grafana_gives(
    realm: Realm, grafana: Flow, site: Site, role: str, expected: str | None
) -> None:
    tokens = grafana.tokens(realm.new_person(role))
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    said = httpx2.get(f"{realm.endpoint}/userinfo", headers=bearer, trust_env=False).json()
    for claims in (jwt.decode(tokens["id_token"], options={"verify_signature": False}), said):
        assert role_in(site, claims) == expected
        assert claims["name"] == "Claire Moreau"
        address = jmespath.search(path_of(site, "email_attribute_path"), claims)
        assert address == f"{claims['preferred_username']}@chevet.invalid"


@pytest.mark.parametrize(
    ("role", "status"), [("doctor", {200, 502, 503}), ("sre", {200, 502, 503}), ("patient", {403})]
)
def test_the_service_answers_the_token_that_is_handed_on(
    realm: Realm, grafana: Flow, service: Service, role: str, status: set[int]
) -> None:
    token = grafana.tokens(realm.new_person(role))["access_token"]
    assert service.ask("GET", QUERY, token).status_code in status
    assert service.ask("GET", QUERY).status_code == 401


def test_whoever_signs_out_of_grafana_has_to_say_again_who_they_are(realm: Realm, grafana: Flow, site: Site) -> None:
    browser, nurse = Browser(), realm.new_person("nurse")
    code = grafana.code(nurse, browser)
    id_token = grafana.exchanged(code).json()["id_token"]
    assert browser.go(grafana.begins(), until=grafana.callback).status_code == 302
    browser.go(
        f"{realm.endpoint}/logout?id_token_hint={id_token}&post_logout_redirect_uri={site.grafana}/", site.grafana
    )
    assert "kc-form-login" in browser.go(grafana.begins(), until=grafana.callback).text
