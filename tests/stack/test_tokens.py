"""What the real Keycloak signs, the service takes or refuses: programs, gateways, another audience, and a new key."""

from __future__ import annotations

import jwt
import pytest
from keycloak import KeycloakAdmin

from tests.stack.conftest import Service
from tests.stack.people import Flow, Person, Realm


def claims(token: str) -> dict:
    return jwt.decode(token, options={"verify_signature": False})


def test_prometheus_scrapes_with_the_token_of_its_own_account(realm: Realm, service: Service) -> None:
    token = realm.token("prometheus")
    assert (claims(token)["aud"], claims(token)["realm_access"]) == ("chevet", {"roles": ["prometheus"]})
    assert claims(token)["exp"] - claims(token)["iat"] == 300
    assert service.ask("GET", "/metrics", token).status_code == 200


def test_alertmanager_tells_and_does_not_scrape(realm: Realm, service: Service) -> None:
    assert service.ask("GET", "/metrics", realm.token("alertmanager")).status_code == 403


def test_a_token_without_our_audience_is_nobodys(realm: Realm, service: Service) -> None:
    """The enroller's is one: good for Keycloak itself, and not for the service."""
    refusal = service.ask("GET", "/metrics", realm.token("provisioner"))
    assert refusal.status_code == 401
    assert "aud" in refusal.json()["detail"]


def test_a_token_of_another_realm_is_nobodys(realm: Realm, service: Service) -> None:
    refusal = service.ask("GET", "/metrics", realm.admin.connection.token["access_token"])
    assert refusal.status_code == 401


def test_no_token_is_had_for_a_name_and_a_password(realm: Realm, doctor: Person) -> None:
    for client in ("chevet-service", "grafana", "prometheus"):
        refusal = realm.asked(client, grant_type="password", username=doctor.username, password="whatever it is")
        assert (refusal.status_code, refusal.json()["error"]) == (400, "unauthorized_client")


@pytest.fixture
def new_key(admin: KeycloakAdmin):
    """A key that Keycloak prefers from now on; it goes with the test."""
    parent = admin.get_realm("chevet")["id"]
    key = {
        "name": "newer",
        "providerId": "rsa-generated",
        "providerType": "org.keycloak.keys.KeyProvider",
        "parentId": parent,
        "config": {"priority": ["200"], "algorithm": ["RS256"], "keySize": ["2048"]},
    }
    admin.create_component(key)
    yield
    (made,) = admin.get_components({"name": "newer"})
    admin.delete_component(made["id"])


def test_tokens_of_a_new_key_are_taken_and_those_of_the_old_one_still(
    realm: Realm, service: Service, request: pytest.FixtureRequest
) -> None:
    old = realm.token("prometheus")
    assert service.ask("GET", "/metrics", old).status_code == 200
    request.getfixturevalue("new_key")
    new = realm.token("prometheus")
    assert jwt.get_unverified_header(new)["kid"] != jwt.get_unverified_header(old)["kid"]
    service.clock.aside += 6_000  # a stranger's key is asked for every five seconds at most
    for token in (new, old):
        assert service.ask("GET", "/metrics", token).status_code == 200


def test_a_role_that_was_taken_is_in_no_token_after(
    realm: Realm, service: Service, doctor: Person, grafana: Flow
) -> None:
    tokens = grafana.tokens(doctor)
    assert claims(tokens["access_token"])["realm_access"]["roles"] == ["doctor"]
    assert service.ask("GET", "/api/v1/patients", tokens["access_token"]).status_code == 200
    realm.take(doctor, "doctor")
    renewed = grafana.renewed(tokens["refresh_token"]).json()["access_token"]
    assert "realm_access" not in claims(renewed)
    assert service.ask("GET", "/api/v1/patients", renewed).status_code == 403
