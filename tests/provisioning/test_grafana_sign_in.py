"""Who may come into Grafana and as what, by the JMESPath that it is given; and that it asks with each one's token."""

from __future__ import annotations

import configparser
from typing import Any

import jmespath
import pytest
import yaml
from jmespath.exceptions import JMESPathError

from chevet.roles import Role
from provisioning.render import grafana, grafana_sign_in
from provisioning.render.site import Site

SITE = Site(
    service="http://10.0.0.3:8000",
    authorize="https://id.example.org/realms/chevet/protocol/openid-connect/auth",
    tokens="https://id.example.org/realms/chevet/protocol/openid-connect/token",
    userinfo="https://id.example.org/realms/chevet/protocol/openid-connect/userinfo",
    end_session="https://id.example.org/realms/chevet/protocol/openid-connect/logout",
    grafana="https://grafana.example.org",
)


@pytest.fixture(scope="module")
def settings() -> configparser.RawConfigParser:
    """As a reader of .ini files takes it."""
    read = configparser.RawConfigParser()
    read.read_string(grafana_sign_in.rendered(SITE))
    return read


def role_of(settings: configparser.RawConfigParser, claims: dict[str, Any]) -> Any:
    """What Grafana makes of claims: a role is a text, and everything else is none."""
    try:
        found = jmespath.search(settings["auth.generic_oauth"]["role_attribute_path"], claims)
    except JMESPathError:
        return None
    return found if isinstance(found, str) else None


EXPECTED = {
    Role.DOCTOR: "Viewer",
    Role.NURSE: "Viewer",
    Role.SRE: "Editor",
    Role.PATIENT: None,
    Role.RELATIVE: None,
    Role.ANALYST: None,
    Role.FLOW_MANAGER: None,
    Role.GATEWAY: None,
    Role.PROMETHEUS: None,
    Role.ALERTMANAGER: None,
}


@pytest.mark.parametrize("role", Role)
def test_each_role_is_this_in_grafana_or_is_refused(settings: configparser.RawConfigParser, role: Role) -> None:
    assert role_of(settings, {"realm_access": {"roles": [role.value]}}) == EXPECTED[role]


@pytest.mark.parametrize(
    ("roles", "expected"),
    [(["patient", "nurse"], "Viewer"), (["doctor", "sre"], "Editor"), (["doctors"], None), ([], None)],
)
def test_of_several_roles_the_one_that_may_most_counts(
    settings: configparser.RawConfigParser, roles: list[str], expected: str | None
) -> None:
    assert role_of(settings, {"realm_access": {"roles": roles}}) == expected


@pytest.mark.parametrize("claims", [{}, {"realm_access": {}}, {"realm_access": None}, {"roles": ["sre"]}])
def test_claims_without_roles_are_nobodys(settings: configparser.RawConfigParser, claims: dict[str, Any]) -> None:
    assert role_of(settings, claims) is None


def test_who_has_no_role_is_refused_and_nobody_is_let_in_without_the_provider(
    settings: configparser.RawConfigParser,
) -> None:
    oauth = settings["auth.generic_oauth"]
    assert (oauth["enabled"], oauth["role_attribute_strict"], oauth["skip_org_role_sync"]) == ("true", "true", "false")
    assert oauth["allow_assign_grafana_admin"] == "false"
    assert (settings["auth.anonymous"]["enabled"], settings["auth"]["disable_login_form"]) == ("false", "true")
    assert settings["users"]["allow_sign_up"] == "false"


def test_it_signs_in_with_pkce_and_renews_the_token_that_it_hands_on(settings: configparser.RawConfigParser) -> None:
    oauth = settings["auth.generic_oauth"]
    assert (oauth["use_pkce"], oauth["use_refresh_token"]) == ("true", "true")
    assert (oauth["auth_url"], oauth["token_url"], oauth["api_url"]) == (SITE.authorize, SITE.tokens, SITE.userinfo)
    (source,) = yaml.safe_load(grafana.data_source(SITE))["datasources"]
    assert source["url"] == "http://10.0.0.3:8000/prometheus"
    assert source["access"] == "proxy"
    assert source["jsonData"]["oauthPassThru"] is True


def test_it_lasts_no_longer_than_a_sign_in_and_signing_out_ends_that_too(
    settings: configparser.RawConfigParser,
) -> None:
    auth = settings["auth"]
    assert auth["login_maximum_inactive_lifetime_duration"] == "30m"
    assert auth["login_maximum_lifetime_duration"] == "720m"
    assert auth["signout_redirect_url"] == (
        f"{SITE.end_session}?client_id=grafana&post_logout_redirect_uri=https%3A%2F%2Fgrafana.example.org%2F"
    )


def test_no_secret_is_in_the_file_and_its_cookie_is_for_tls_alone(settings: configparser.RawConfigParser) -> None:
    assert settings["auth.generic_oauth"]["client_secret"] == "$__file{/etc/chevet/secrets/clients/grafana.secret}"
    assert settings["security"]["cookie_secure"] == "true"


def test_an_account_has_an_address_that_is_nobodys(settings: configparser.RawConfigParser) -> None:
    path = settings["auth.generic_oauth"]["email_attribute_path"]
    assert jmespath.search(path, {"preferred_username": "cmoreau"}) == "cmoreau@chevet.invalid"
