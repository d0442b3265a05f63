"""Roles and rights as one table: who may do what, and about whom."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """Who somebody is, as the identity provider says it."""

    PATIENT = "patient"
    RELATIVE = "relative"
    NURSE = "nurse"
    DOCTOR = "doctor"
    ANALYST = "analyst"
    FLOW_MANAGER = "flow_manager"
    SRE = "sre"
    GATEWAY = "gateway"
    PROMETHEUS = "prometheus"
    ALERTMANAGER = "alertmanager"


MACHINES = frozenset({Role.GATEWAY, Role.PROMETHEUS, Role.ALERTMANAGER})
"""Nobody looks at anything by their eyes."""


class Reach(StrEnum):
    """About whom a role has a right: what one must be to a patient, at the time of asking."""

    EVERYBODY = "everybody, or what is no patient's"
    OWN = "oneself"
    GRANTED = "those who granted it"
    CARE = "those whom one's team cares for"


class Right(StrEnum):
    """What a route asks for."""

    WRITE_SERIES = "write series"
    RAISE_ALERTS = "raise alerts"
    READ_ALERTS = "read alerts"
    READ_TECHNICAL_ALERTS = "read technical alerts"
    TAKE_ALERTS = "take alerts"
    READ_SHEET = "read the gateway's sheet"
    READ_DOSSIERS = "read dossiers"
    CHANGE_DOSSIERS = "change dossiers"
    MANAGE_FLEET = "manage gateways"
    READ_FLEET = "read gateways"
    SEND_HEARTBEATS = "send heartbeats"
    READ_TARGETS = "read what Prometheus scrapes"
    SCRAPE = "scrape the service"
    MANAGE_QUARANTINE = "manage quarantine"
    NOTIFY = "tell what Alertmanager tells"
    ENTER_OBSERVATIONS = "enter observations"
    READ_OBSERVATIONS = "read observations"
    QUERY_SERIES = "query series"
    QUERY_CLINICAL = "query series of patients"
    QUERY_TECHNICAL = "query series of the machinery"
    VERIFY_AUDIT = "verify the audit"
    CREATE_DOSSIERS = "create dossiers"
    READ_TEAMS = "read care teams"
    CHANGE_TEAMS = "change care teams"
    BREAK_GLASS = "break the glass"
    REVIEW_BREAK_GLASS = "review broken glass"
    READ_VITALS = "read values of vitals"
    READ_STATE = "read the general state"
    READ_PLAIN_ALERTS = "read alerts in plain words"
    COUNT_ALERTS = "count alerts"
    READ_REPORTS = "read medical reports"
    WRITE_REPORTS = "write medical reports"
    RELEASE_REPORTS = "release medical reports"
    READ_FEELINGS = "read feelings"
    WRITE_FEELINGS = "write feelings"
    MARK_FEELINGS = "mark feelings as read"
    READ_MEASUREMENTS = "read manual measurements"
    ENTER_MEASUREMENTS = "enter manual measurements"
    READ_LIMITS = "read limits"
    PROPOSE_LIMITS = "propose limits"
    SIGN_LIMITS = "sign limits"
    READ_CONSENT = "read consent"
    GIVE_CONSENT = "give and revoke consent"
    INVITE_PATIENTS = "invite patients to their dossier"
    READ_OWN_AUDIT = "read who read mine"
    EXPORT_OWN = "export one's data"


_CARE = MappingProxyType({Role.NURSE: Reach.CARE, Role.DOCTOR: Reach.CARE})

RIGHTS: Mapping[Right, Mapping[Role, Reach]] = MappingProxyType(
    {
        Right.WRITE_SERIES: {Role.GATEWAY: Reach.EVERYBODY},
        Right.RAISE_ALERTS: {Role.GATEWAY: Reach.EVERYBODY},
        Right.READ_ALERTS: {**_CARE, Role.GATEWAY: Reach.EVERYBODY},
        Right.READ_PLAIN_ALERTS: {Role.PATIENT: Reach.OWN, Role.RELATIVE: Reach.GRANTED},
        Right.READ_TECHNICAL_ALERTS: {**_CARE, Role.SRE: Reach.EVERYBODY},
        Right.TAKE_ALERTS: _CARE,
        Right.COUNT_ALERTS: {Role.ANALYST: Reach.EVERYBODY},
        Right.NOTIFY: {Role.ALERTMANAGER: Reach.EVERYBODY},
        Right.READ_SHEET: {Role.GATEWAY: Reach.EVERYBODY},
        Right.CREATE_DOSSIERS: {Role.DOCTOR: Reach.EVERYBODY},
        Right.READ_DOSSIERS: {**_CARE, Role.PATIENT: Reach.OWN},
        Right.CHANGE_DOSSIERS: {Role.DOCTOR: Reach.CARE},
        Right.READ_TEAMS: {Role.NURSE: Reach.EVERYBODY, Role.DOCTOR: Reach.EVERYBODY},
        Right.CHANGE_TEAMS: {Role.DOCTOR: Reach.EVERYBODY},
        Right.BREAK_GLASS: {Role.NURSE: Reach.EVERYBODY, Role.DOCTOR: Reach.EVERYBODY},
        Right.REVIEW_BREAK_GLASS: {Role.DOCTOR: Reach.CARE},
        Right.MANAGE_FLEET: {Role.SRE: Reach.EVERYBODY},
        Right.READ_FLEET: {**_CARE, Role.SRE: Reach.EVERYBODY, Role.GATEWAY: Reach.EVERYBODY},
        Right.SEND_HEARTBEATS: {Role.GATEWAY: Reach.EVERYBODY},
        Right.READ_TARGETS: {Role.SRE: Reach.EVERYBODY, Role.PROMETHEUS: Reach.EVERYBODY},
        Right.SCRAPE: {Role.PROMETHEUS: Reach.EVERYBODY},
        Right.MANAGE_QUARANTINE: {Role.SRE: Reach.EVERYBODY},
        Right.READ_VITALS: {**_CARE, Role.PATIENT: Reach.OWN, Role.RELATIVE: Reach.GRANTED},
        Right.READ_STATE: {**_CARE, Role.PATIENT: Reach.OWN, Role.RELATIVE: Reach.GRANTED},
        Right.QUERY_SERIES: {**_CARE, Role.SRE: Reach.EVERYBODY},
        Right.QUERY_CLINICAL: _CARE,
        Right.QUERY_TECHNICAL: {Role.SRE: Reach.EVERYBODY},
        Right.READ_OBSERVATIONS: {**_CARE, Role.PATIENT: Reach.OWN},
        Right.ENTER_OBSERVATIONS: _CARE,
        Right.READ_MEASUREMENTS: {**_CARE, Role.PATIENT: Reach.OWN},
        Right.ENTER_MEASUREMENTS: _CARE,
        Right.READ_REPORTS: {**_CARE, Role.PATIENT: Reach.OWN},
        Right.WRITE_REPORTS: _CARE,
        Right.RELEASE_REPORTS: {Role.DOCTOR: Reach.CARE},
        Right.READ_FEELINGS: {**_CARE, Role.PATIENT: Reach.OWN},
        Right.WRITE_FEELINGS: {Role.PATIENT: Reach.OWN},
        Right.MARK_FEELINGS: _CARE,
        Right.READ_LIMITS: {**_CARE, Role.PATIENT: Reach.OWN},
        Right.PROPOSE_LIMITS: _CARE,
        Right.SIGN_LIMITS: {Role.DOCTOR: Reach.CARE},
        Right.READ_CONSENT: {**_CARE, Role.PATIENT: Reach.OWN},
        Right.GIVE_CONSENT: {Role.PATIENT: Reach.OWN},
        Right.INVITE_PATIENTS: _CARE,
        Right.READ_OWN_AUDIT: {Role.PATIENT: Reach.OWN},
        Right.EXPORT_OWN: {Role.PATIENT: Reach.OWN},
        Right.VERIFY_AUDIT: {Role.SRE: Reach.EVERYBODY},
    }
)


def may(roles: frozenset[Role], right: Right) -> bool:
    """Whether any of `roles` has `right`, be it about somebody."""
    return not roles.isdisjoint(RIGHTS[right])


def reaches(roles: frozenset[Role], right: Right) -> frozenset[Reach]:
    """About whom `roles` together have `right`."""
    return frozenset(reach for role, reach in RIGHTS[right].items() if role in roles)
