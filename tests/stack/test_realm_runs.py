"""What was rendered is what runs, as Keycloak's own administration says it; and nothing beside it."""

from __future__ import annotations

import json
from typing import Any

import psutil
import pytest
from keycloak import KeycloakAdmin

from provisioning.local import servers
from provisioning.local.rows import LOOPBACK
from provisioning.render.realm import realm as rendered
from provisioning.render.site import Site
from tests.stack.people import Realm

OF_KEYCLOAK = {"account", "account-console", "broker", "realm-management", "security-admin-console"}
"""Clients that Keycloak makes in each realm for itself."""
NOT_SETTINGS = {"clientScopes", "clients", "components", "roles", "users", "scopeMappings", "clientScopeMappings"}


@pytest.fixture(scope="session")
def wanted(site: Site) -> dict[str, Any]:
    return dict(json.loads(rendered(site)))


def holds(wanted: Any, found: Any) -> bool:
    """Whether `found` says all that `wanted` does; lists of names in whatever order."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(holds(value, found.get(key)) for key, value in wanted.items())
    if isinstance(wanted, list):
        return sorted(map(str, wanted)) == sorted(map(str, found or []))
    return bool(wanted == found)


def test_every_setting_of_the_realm_is_as_it_was_rendered(admin: KeycloakAdmin, wanted: dict[str, Any]) -> None:
    found = admin.get_realm("chevet")
    differing = {
        name: (value, found.get(name))
        for name, value in wanted.items()
        if name not in NOT_SETTINGS and not holds(value, found.get(name))
    }
    assert differing == {}


def test_its_clients_are_those_that_were_rendered_and_keycloaks_own(
    admin: KeycloakAdmin, wanted: dict[str, Any]
) -> None:
    found = {client["clientId"]: client for client in admin.get_clients()}
    ours = {client["clientId"]: client for client in wanted["clients"]}
    assert {name for name in found if not name.startswith("gateway-")} == ours.keys() | OF_KEYCLOAK
    for name, client in ours.items():
        for setting, value in client.items():
            if setting != "secret":
                assert holds(value, found[name].get(setting)), f"{name}: {setting} is {found[name].get(setting)}"


@pytest.mark.parametrize("client", servers.CLIENT_SECRETS)
def test_each_secret_is_what_the_variable_said_and_not_its_name(admin: KeycloakAdmin, client: str) -> None:
    secret = admin.get_client_secrets(admin.get_client_id(client))["value"]
    assert secret == servers.CLIENT_SECRETS[client]


def test_a_new_account_has_no_role_of_ours(realm: Realm) -> None:
    nobody = realm.new_person()
    roles = {role["name"] for role in realm.admin.get_realm_roles_of_user(nobody.id)}
    assert roles == {"default-roles-chevet"}
    composites = {role["name"] for role in realm.admin.get_composite_realm_roles_of_role("default-roles-chevet")}
    assert composites <= {"offline_access", "uma_authorization", "manage-account", "view-profile"}


def test_who_administers_is_on_record_and_no_secret_with_it(admin: KeycloakAdmin, realm: Realm) -> None:
    realm.new_person("nurse")
    client = admin.get_client_id("grafana")
    admin.update_client(client, {"clientId": "grafana", "secret": servers.CLIENT_SECRETS["grafana"]})
    events = admin.get_admin_events({"max": 20})
    assert {"USER", "CLIENT"} <= {event["resourceType"] for event in events}
    assert servers.CLIENT_SECRETS["grafana"] not in json.dumps(events)


def test_who_enrols_gateways_reaches_nothing_but_clients(realm: Realm) -> None:
    enroller = KeycloakAdmin(
        server_url=realm.identity.url,
        realm_name="chevet",
        client_id="provisioner",
        client_secret_key=servers.CLIENT_SECRETS["provisioner"],
    )
    assert enroller.get_client_id("grafana")
    for act in (enroller.get_users, enroller.get_realm_roles, enroller.get_events):
        with pytest.raises(Exception, match="403"):
            act()


def test_it_listens_on_loopback_alone_and_in_the_memory_that_it_was_given(identity: servers.Identity) -> None:
    process = psutil.Process(identity.pid)
    listening = {one.laddr.ip for one in process.net_connections() if one.status == psutil.CONN_LISTEN}
    assert {address.removeprefix("::ffff:") for address in listening} == {LOOPBACK}
    assert process.memory_info().rss < 700 * 2**20
