"""The rights a second time, by hand, from the table of rights in the design as far as the service goes."""

from __future__ import annotations

import pytest

from chevet.roles import RIGHTS, Right, Role, may

# Right of a route: who has it. The design's row stands behind each.
BY_HAND = {
    "write series": {"gateway"},  # values of vitals: gateway "writes own"
    "raise alerts": {"gateway"},  # alerts: gateway "raises, reads taken_by of own"
    "read alerts": {"nurse", "doctor", "gateway"},  # alerts: nurse and doctor "see"
    "read technical alerts": {"nurse", "doctor", "sre"},  # alerts: sre "technical ones", nurse and doctor "see"
    "take alerts": {"nurse", "doctor"},  # alerts: nurse "take", doctor "the same"; a relative takes by the SMS link
    "read the gateway's sheet": {"gateway"},  # dossier, gateway assignment: gateway "reads own sheet"
    "read dossiers": {"nurse", "doctor"},  # dossier: nurse "reads", doctor "creates, changes"
    "change dossiers": {"doctor"},  # dossier: doctor "creates, changes"
    "manage gateways": {"sre"},  # gateways, releases, quarantine, machinery: sre "all"
    "read gateways": {"nurse", "doctor", "sre", "gateway"},  # nurse and doctor "state of own ward's", gateway "own"
    "send heartbeats": {"gateway"},  # the same: gateway "own"
    "scrape the service": {"prometheus"},  # pseudonyms stand in it, with what is the matter with each
    "read what Prometheus scrapes": {"sre", "prometheus"},  # the same; Prometheus itself asks by http_sd
    "manage quarantine": {"sre"},  # the same
    "tell what Alertmanager tells": {"alertmanager"},  # alerts from Alertmanager's webhook
    "enter observations": {"nurse", "doctor"},  # manual measurements: nurse and doctor "writes"
    "query series": {"nurse", "doctor", "sre"},  # the address that Grafana asks; for what, the next two say
    "query series of patients": {"nurse", "doctor"},  # values of vitals: nurse and doctor "care team"
    "query series of the machinery": {"sre"},  # gateways, machinery: sre "all"
    "read observations": {"nurse", "doctor"},  # values of vitals: nurse and doctor "care team"
    "verify the audit": {"sre"},  # audit: sre "verify"
}
PEOPLE_WITHOUT_ROUTES = {"patient", "relative", "analyst", "flow_manager"}
"""Their doors are the portal's and the analyses'."""


def test_the_roles_are_those_of_the_design_and_of_the_two_programs_that_ask() -> None:
    assert {role.value for role in Role} == {
        "patient",
        "relative",
        "nurse",
        "doctor",
        "analyst",
        "flow_manager",
        "sre",
        "gateway",
        "prometheus",
        "alertmanager",
    }


def test_each_right_belongs_to_whom_the_design_gives_it() -> None:
    assert {right.value: {role.value for role in roles} for right, roles in RIGHTS.items()} == BY_HAND


def test_every_right_is_in_the_table() -> None:
    assert set(RIGHTS) == set(Right)


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("role", Role)
def test_a_role_may_exactly_what_the_table_says(role: Role, right: Right) -> None:
    assert may(frozenset({role}), right) is (role.value in BY_HAND[right.value])
    assert may(frozenset({Role.ANALYST, role}), right) is (role.value in BY_HAND[right.value])


@pytest.mark.parametrize("right", Right)
def test_nobody_without_a_role_may_anything(right: Right) -> None:
    assert not may(frozenset(), right)


@pytest.mark.parametrize("right", Right)
def test_people_who_have_other_doors_have_none_here(right: Right) -> None:
    assert not may(frozenset(Role(name) for name in PEOPLE_WITHOUT_ROUTES), right)
