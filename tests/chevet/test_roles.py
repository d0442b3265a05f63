"""The rights a second time, by hand, each with the cell of the design's table that it comes from."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from chevet.roles import MACHINES, RIGHTS, Reach, Right, Role, may, reaches

CARE = {"nurse": "care", "doctor": "care"}
OWN = {"patient": "own"}

# Right of a route: who has it, and about whom. The design's cell stands behind each.
BY_HAND: Mapping[str, Mapping[str, str]] = {
    # values of vitals: patient "own", relative "signals granted", nurse and doctor "care team"
    "read values of vitals": {**CARE, **OWN, "relative": "granted"},
    "read observations": {**CARE, **OWN},  # the same; what a nurse saw is no signal that is granted
    "query series": {**CARE, "sre": "everybody"},  # the address that Grafana asks; for what, the next two say
    "query series of patients": CARE,  # the same; patients and relatives ask the analyses
    "write series": {"gateway": "everybody"},  # the same: gateway "writes own"
    # general state: patient "own", relative "of those who granted", nurse and doctor "care team"
    "read the general state": {**CARE, **OWN, "relative": "granted"},
    # alerts: patient "own, plain words", relative "as granted, plain words", nurse "see, take", doctor "the same"
    "read alerts in plain words": {**OWN, "relative": "granted"},
    "read alerts": {**CARE, "gateway": "everybody"},  # gateway: "reads taken_by of own"
    "take alerts": CARE,  # a relative takes by the SMS link
    "count alerts": {"analyst": "everybody"},  # analyst "counts"
    "read technical alerts": {**CARE, "sre": "everybody"},  # sre "technical ones"
    "raise alerts": {"gateway": "everybody"},  # gateway "raises"
    "tell what Alertmanager tells": {"alertmanager": "everybody"},  # alerts from Alertmanager's webhook
    # dossier, gateway assignment: patient "reads own", nurse "reads", doctor "creates, changes"
    "read dossiers": {**CARE, **OWN},
    "create dossiers": {"doctor": "everybody"},  # a new one is nobody's yet
    "change dossiers": {"doctor": "care"},
    "read the gateway's sheet": {"gateway": "everybody"},  # gateway "reads own sheet"
    # care teams are part of the dossier: who cares for whom
    "read care teams": {"nurse": "everybody", "doctor": "everybody"},
    "change care teams": {"doctor": "everybody"},
    # access: "care-team scope … and break-glass (reason, one hour, banner, patient told, review)"
    "break the glass": {"nurse": "everybody", "doctor": "everybody"},
    "review broken glass": {"doctor": "care"},
    # medical reports: patient "reads released", nurse "writes, reads", doctor "writes, reads, releases"
    "read medical reports": {**CARE, **OWN},
    "write medical reports": CARE,
    "release medical reports": {"doctor": "care"},
    # feelings: patient "writes, sees when read", nurse and doctor "reads"
    "read feelings": {**CARE, **OWN},
    "write feelings": OWN,
    "mark feelings as read": CARE,  # patient "sees when read": by whom else than those who read
    # manual measurements: patient "own", nurse and doctor "writes"
    "read manual measurements": {**CARE, **OWN},
    "enter manual measurements": CARE,
    "enter observations": CARE,
    # limits (prescriptions): patient "reads", nurse "proposes", doctor "signs"
    "read limits": {**CARE, **OWN},
    "propose limits": CARE,
    "sign limits": {"doctor": "care"},
    # consent, relatives: patient "grants, revokes", nurse and doctor "reads"
    "read consent": {**CARE, **OWN},
    "give and revoke consent": OWN,
    "invite patients to their dossier": CARE,  # how an account becomes the patient's: who knows them hands over a code
    # gateways, releases, quarantine, machinery: nurse and doctor "state of own ward's", sre "all", gateway "own"
    "read gateways": {**CARE, "sre": "everybody", "gateway": "everybody"},
    "manage gateways": {"sre": "everybody"},
    "manage quarantine": {"sre": "everybody"},
    "query series of the machinery": {"sre": "everybody"},
    "send heartbeats": {"gateway": "everybody"},
    "read what Prometheus scrapes": {"sre": "everybody", "prometheus": "everybody"},  # Prometheus asks by http_sd
    "scrape the service": {"prometheus": "everybody"},  # pseudonyms stand in it, with what is the matter with each
    # audit: patient "who read mine", sre "verify"
    "read who read mine": OWN,
    "verify the audit": {"sre": "everybody"},
    "export one's data": OWN,  # operations: "export of all one's data"
}


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


def test_each_right_belongs_to_whom_the_design_gives_it_and_reaches_whom_it_says() -> None:
    found = {
        right.value: {role.value: reach.name.lower() for role, reach in roles.items()}
        for right, roles in RIGHTS.items()
    }
    assert found == BY_HAND


def test_every_right_is_in_the_table() -> None:
    assert set(RIGHTS) == set(Right)


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("role", Role)
def test_a_role_may_exactly_what_the_table_says(role: Role, right: Right) -> None:
    assert may(frozenset({role}), right) is (role.value in BY_HAND[right.value])
    assert may(frozenset({Role.FLOW_MANAGER, role}), right) is (role.value in BY_HAND[right.value])


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("role", Role)
def test_a_role_reaches_exactly_whom_the_table_says(role: Role, right: Right) -> None:
    wanted = BY_HAND[right.value].get(role.value)
    assert {reach.name.lower() for reach in reaches(frozenset({role}), right)} == ({wanted} if wanted else set())


def test_two_roles_reach_whom_each_of_them_reaches() -> None:
    both = frozenset({Role.NURSE, Role.PATIENT})
    assert reaches(both, Right.READ_DOSSIERS) == {Reach.CARE, Reach.OWN}
    assert reaches(both, Right.ENTER_OBSERVATIONS) == {Reach.CARE}


@pytest.mark.parametrize("right", Right)
def test_nobody_without_a_role_may_anything_about_anybody(right: Right) -> None:
    assert not may(frozenset(), right)
    assert not reaches(frozenset(), right)


def test_no_right_about_everybody_is_about_what_stands_in_a_dossier() -> None:
    """Whoever reaches everybody is a program, looks after machinery, counts, or makes what is nobody's yet."""
    of_people = {
        right.value
        for right, roles in RIGHTS.items()
        for role, reach in roles.items()
        if reach is Reach.EVERYBODY and role not in MACHINES | {Role.SRE}
    }
    assert of_people == {
        "create dossiers",
        "read care teams",
        "change care teams",
        "break the glass",
        "count alerts",
    }
