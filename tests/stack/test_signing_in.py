"""People sign in by the code flow with PKCE, at the real Keycloak's own form, and what ends there ends here."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from keycloak import KeycloakAdmin

from tests.stack.conftest import Service
from tests.stack.people import PASSWORD, Browser, Flow, Person, Realm


def session(service: Service, browser: Browser) -> Any:
    return browser.ask("GET", f"{service.url}/api/v1/session")


def signed_in(service: Service, person: Person) -> Browser:
    """A browser that the service knows."""
    browser = Browser()
    browser.sign_in(f"{service.url}/sign-in?next=/healthz", person.username)
    assert session(service, browser).status_code == 200
    return browser


def test_whoever_signs_in_is_whom_keycloak_says_they_are(service: Service, doctor: Person) -> None:
    browser = Browser()
    came = browser.sign_in(f"{service.url}/sign-in?next=/healthz", doctor.username)
    assert str(came.url) == f"{service.url}/healthz"
    said = session(service, browser).json()
    assert (said["subject"], said["name"], said["roles"]) == (doctor.id, "Claire Moreau", ["doctor"])


def test_the_service_acts_for_whoever_signed_in(service: Service, doctor: Person) -> None:
    browser = signed_in(service, doctor)
    assert browser.ask("GET", f"{service.url}/api/v1/patients").json() == []


def test_a_machines_role_does_not_come_by_a_sign_in(realm: Realm, service: Service, doctor: Person) -> None:
    realm.give(doctor, "prometheus", "gateway")
    said = session(service, signed_in(service, doctor)).json()
    assert said["roles"] == ["doctor"]


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_challenge": None, "code_challenge_method": None}, "Missing parameter: code_challenge_method"),
        ({"code_challenge_method": "plain"}, "Invalid parameter: code challenge method is not matching"),
    ],
    ids=["no PKCE", "PKCE in the clear"],
)
def test_there_is_no_code_without_pkce_by_sha_256(grafana: Flow, changed: dict[str, str | None], error: str) -> None:
    back = Browser().go(grafana.begins(**changed), until=grafana.callback)
    said = parse_qs(urlsplit(back.headers["Location"]).query)
    assert said["error"] == ["invalid_request"]
    assert said["error_description"][0].startswith(error)


@pytest.mark.parametrize("suffix", ["/", "/more", "?next=/", "/../other"])
def test_nobody_is_sent_to_an_address_that_is_not_exactly_the_one(grafana: Flow, suffix: str) -> None:
    answer = Browser().go(grafana.begins(redirect_uri=grafana.callback + suffix))
    assert answer.status_code == 400
    assert "Invalid parameter: redirect_uri" in answer.text


def test_a_code_is_good_for_its_own_verifier_alone_and_once(grafana: Flow, doctor: Person) -> None:
    refused = grafana.exchanged(grafana.code(doctor), code_verifier="x" * 43)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    code = grafana.code(doctor)
    assert grafana.exchanged(code).status_code == 200
    assert grafana.exchanged(code).json()["error"] == "invalid_grant"


def test_a_refresh_token_is_good_once(grafana: Flow, doctor: Person) -> None:
    first = grafana.tokens(doctor)["refresh_token"]
    assert grafana.renewed(first).status_code == 200
    again = grafana.renewed(first)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_a_session_that_the_administrator_ends_is_over_here_at_once(
    admin: KeycloakAdmin, service: Service, doctor: Person
) -> None:
    """Keycloak calls the service by the back channel, before the administrator has an answer."""
    browser = signed_in(service, doctor)
    admin.user_logout(doctor.id)
    assert session(service, browser).status_code == 401


def test_what_is_refreshed_after_an_administrator_ended_it_is_refused(
    admin: KeycloakAdmin, grafana: Flow, doctor: Person
) -> None:
    refresh = grafana.tokens(doctor)["refresh_token"]
    admin.user_logout(doctor.id)
    again = grafana.renewed(refresh)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_a_role_that_was_taken_is_gone_from_the_session_when_its_token_is_renewed(
    realm: Realm, service: Service, doctor: Person
) -> None:
    browser = signed_in(service, doctor)
    realm.take(doctor, "doctor")
    service.clock.aside += 301_000
    try:
        assert browser.ask("GET", f"{service.url}/api/v1/patients").status_code == 403
    finally:
        service.clock.aside -= 301_000


def test_five_wrong_passwords_lock_an_account_and_four_do_not(
    admin: KeycloakAdmin, grafana: Flow, realm: Realm
) -> None:
    """A test types faster than a person: what Keycloak makes of speed is left out for the while."""
    four, five = realm.new_person("nurse"), realm.new_person("nurse")
    admin.update_realm("chevet", {"quickLoginCheckMilliSeconds": 0})
    for person, times in ((four, 4), (five, 5)):
        for _ in range(times):
            page = Browser().sign_in(grafana.begins(), person.username, "the wrong one", until=grafana.callback)
            assert "Invalid username or password" in page.text
    locked = {person: admin.get_bruteforce_detection_status(person.id)["disabled"] for person in (four, five)}
    assert locked == {four: False, five: True}
    assert grafana.code(four)
    refused = Browser().sign_in(grafana.begins(), five.username, PASSWORD, until=grafana.callback)
    assert "Invalid username or password" in refused.text
    admin.update_realm("chevet", {"quickLoginCheckMilliSeconds": 1_000})


@pytest.mark.parametrize("password", ["short", "eleven sign", "a" * 129])
def test_a_password_that_the_policy_does_not_know_is_refused(
    admin: KeycloakAdmin, doctor: Person, password: str
) -> None:
    with pytest.raises(Exception, match="Invalid password"):
        admin.set_user_password(doctor.id, password, temporary=False)
