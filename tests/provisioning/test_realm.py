"""The rendered realm, its numbers by hand: who signs in to what, for how long, and that no secret is in it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from analysis_service.access.provider import SCOPE
from analysis_service.fleet.keycloak import SCOPES
from chevet.roles import MACHINES, Role
from provisioning.errors import BadSecrets, NotInstalled
from provisioning.keycloak import distribution
from provisioning.local import keycloak, servers
from provisioning.local.rows import Place
from provisioning.render.realm import realm, variables
from provisioning.render.site import Site

SITE = Site(portal="https://chevet.example.org", grafana="https://grafana.example.org")
REALM = json.loads(realm(SITE))
CLIENTS = {client["clientId"]: client for client in REALM["clients"]}
SIGNED_IN_TO = ("chevet-service", "grafana")
ACTING_ALONE = ("prometheus", "alertmanager", "provisioner")
PLACE = Place(row="keycloak", directory=Path("/nowhere"), ports={"keycloak": {"http": 1}})


def test_the_realm_knows_every_role_and_no_other() -> None:
    assert {role["name"] for role in REALM["roles"]["realm"]} == {role.value for role in Role}


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("accessTokenLifespan", 300),
        ("ssoSessionIdleTimeout", 1_800),
        ("ssoSessionMaxLifespan", 43_200),
        ("revokeRefreshToken", True),
        ("refreshTokenMaxReuse", 0),
        ("bruteForceProtected", True),
        ("failureFactor", 5),
        ("waitIncrementSeconds", 300),
        ("maxFailureWaitSeconds", 3_600),
        ("permanentLockout", False),
        ("passwordPolicy", "length(12) and maxLength(128) and notUsername(undefined) and passwordHistory(5)"),
        ("registrationAllowed", False),
        ("loginWithEmailAllowed", False),
        ("resetPasswordAllowed", False),
        ("sslRequired", "external"),
        ("eventsEnabled", True),
        ("eventsExpiration", 31_536_000),
        ("adminEventsEnabled", True),
        ("attributes", {"adminEventsExpiration": "31536000"}),
        ("defaultSignatureAlgorithm", "RS256"),
    ],
)
def test_the_policy_is_this(setting: str, value: object) -> None:
    assert REALM[setting] == value


@pytest.mark.parametrize("client", SIGNED_IN_TO)
def test_people_sign_in_by_code_with_pkce_and_come_back_to_one_exact_address(client: str) -> None:
    row = CLIENTS[client]
    assert row["attributes"]["pkce.code.challenge.method"] == "S256"
    assert (row["standardFlowEnabled"], row["serviceAccountsEnabled"], row["publicClient"]) == (True, False, False)
    assert not [address for address in row["redirectUris"] if "*" in address]
    assert len(row["redirectUris"]) == 1


def test_each_application_is_come_back_to_at_its_own_address() -> None:
    assert CLIENTS["chevet-service"]["redirectUris"] == ["https://chevet.example.org/sign-in/callback"]
    assert CLIENTS["grafana"]["redirectUris"] == ["https://grafana.example.org/login/generic_oauth"]


@pytest.mark.parametrize("client", ACTING_ALONE)
def test_programs_act_by_their_own_account_and_nobody_signs_in_to_them(client: str) -> None:
    row = CLIENTS[client]
    assert (row["standardFlowEnabled"], row["serviceAccountsEnabled"], row["publicClient"]) == (False, True, False)
    assert row["redirectUris"] == []


@pytest.mark.parametrize("client", CLIENTS)
def test_nobody_gets_a_token_for_a_name_and_a_password_nor_by_the_implicit_flow(client: str) -> None:
    assert CLIENTS[client]["directAccessGrantsEnabled"] is False
    assert CLIENTS[client].get("implicitFlowEnabled", False) is False


@pytest.mark.parametrize("client", [*SIGNED_IN_TO, *ACTING_ALONE])
def test_a_token_says_only_the_roles_that_its_client_may_learn_of(client: str) -> None:
    assert CLIENTS[client]["fullScopeAllowed"] is False


def roles_of(client: str) -> set[str]:
    return {role for one in REALM["scopeMappings"] if one["client"] == client for role in one["roles"]}


def test_no_machines_role_comes_by_a_sign_in_and_grafana_learns_of_those_it_lets_in() -> None:
    assert roles_of("chevet-service") == {role.value for role in set(Role) - MACHINES}
    assert roles_of("grafana") == {"doctor", "nurse", "sre"}
    assert roles_of("prometheus") == {"prometheus"}
    assert roles_of("provisioner") == set()


def test_the_service_asks_for_no_scope_that_the_realm_does_not_know() -> None:
    known = {scope["name"] for scope in REALM["clientScopes"]}
    assert set(SCOPE.split()) - {"openid"} <= known
    assert set(SCOPES) <= known


def test_who_enrols_gateways_may_manage_clients_and_is_no_caller_of_ours() -> None:
    account = next(user for user in REALM["users"] if user["serviceAccountClientId"] == "provisioner")
    assert account["clientRoles"] == {"realm-management": ["manage-clients"]}
    assert "realmRoles" not in account
    assert CLIENTS["provisioner"]["defaultClientScopes"] == ["basic"]


def secrets_in(content: Any) -> list[str]:
    """Every value of a key that speaks of a secret, wherever it stands."""
    if isinstance(content, list):
        return [found for one in content for found in secrets_in(one)]
    if not isinstance(content, dict):
        return []
    here = [value for key, value in content.items() if re.search("secret$|password$|credential", key, re.I)]
    return [*here, *(found for value in content.values() for found in secrets_in(value))]


def test_every_secret_is_the_name_of_a_variable() -> None:
    assert sorted(secrets_in(REALM)) == [
        "${CHEVET_CLIENT_SECRET_ALERTMANAGER}",
        "${CHEVET_CLIENT_SECRET_CHEVET_SERVICE}",
        "${CHEVET_CLIENT_SECRET_GRAFANA}",
        "${CHEVET_CLIENT_SECRET_PROMETHEUS}",
        "${CHEVET_CLIENT_SECRET_PROVISIONER}",
    ]
    assert {f"${{{name}}}" for name in variables(realm(SITE))} == set(secrets_in(REALM))


@pytest.mark.parametrize("client", servers.CLIENT_SECRETS)
def test_it_does_not_start_where_one_of_them_is_missing_or_empty(client: str) -> None:
    for known in ({}, {client: ""}):
        others = {name: secret for name, secret in servers.CLIENT_SECRETS.items() if name != client}
        row = keycloak.row(lambda _: SITE, others | known, "a password")
        name = f"CHEVET_CLIENT_SECRET_{client.upper().replace('-', '_')}"
        with pytest.raises(BadSecrets, match=f"^{name}: expected the secret of a client of the realm, got none$"):
            row.launch(PLACE)


def test_where_it_was_never_fetched_the_sentence_says_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(NotInstalled, match=r"expected Keycloak 26\.7\.3, found nothing; `python -m provisioning keyc"):
        distribution.require_home()
