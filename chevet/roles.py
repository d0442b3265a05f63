"""Roles and rights as one table. Consent, care teams and the columns of people come with the portal's doors."""

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


RIGHTS: Mapping[Right, frozenset[Role]] = MappingProxyType(
    {
        Right.WRITE_SERIES: frozenset({Role.GATEWAY}),
        Right.RAISE_ALERTS: frozenset({Role.GATEWAY}),
        Right.READ_ALERTS: frozenset({Role.NURSE, Role.DOCTOR, Role.GATEWAY}),
        Right.READ_TECHNICAL_ALERTS: frozenset({Role.NURSE, Role.DOCTOR, Role.SRE}),
        Right.TAKE_ALERTS: frozenset({Role.NURSE, Role.DOCTOR}),
        Right.READ_SHEET: frozenset({Role.GATEWAY}),
        Right.READ_DOSSIERS: frozenset({Role.NURSE, Role.DOCTOR}),
        Right.CHANGE_DOSSIERS: frozenset({Role.DOCTOR}),
        Right.MANAGE_FLEET: frozenset({Role.SRE}),
        Right.READ_FLEET: frozenset({Role.NURSE, Role.DOCTOR, Role.SRE, Role.GATEWAY}),
        Right.SEND_HEARTBEATS: frozenset({Role.GATEWAY}),
        Right.READ_TARGETS: frozenset({Role.SRE, Role.PROMETHEUS}),
        Right.SCRAPE: frozenset({Role.PROMETHEUS}),
        Right.MANAGE_QUARANTINE: frozenset({Role.SRE}),
        Right.NOTIFY: frozenset({Role.ALERTMANAGER}),
        Right.ENTER_OBSERVATIONS: frozenset({Role.NURSE, Role.DOCTOR}),
        Right.READ_OBSERVATIONS: frozenset({Role.NURSE, Role.DOCTOR}),
        Right.QUERY_SERIES: frozenset({Role.NURSE, Role.DOCTOR, Role.SRE}),
        Right.QUERY_CLINICAL: frozenset({Role.NURSE, Role.DOCTOR}),
        Right.QUERY_TECHNICAL: frozenset({Role.SRE}),
        Right.VERIFY_AUDIT: frozenset({Role.SRE}),
    }
)


def may(roles: frozenset[Role], right: Right) -> bool:
    """Whether any of `roles` has `right`."""
    return bool(roles & RIGHTS[right])
