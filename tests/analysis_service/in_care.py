"""Whoever an alert is about put into the care of the nurse who asks: for tests that look at alerts, not at who may."""

from __future__ import annotations

from sqlalchemy import select

from analysis_service.alerts.tables import AlertRow
from analysis_service.care.tables import CareRow, MemberRow, TeamRow
from analysis_service.records.tables import AssignmentRow, PatientRow

TEAM = "of all"
NOBODY = "p-nobody"
"""Stands beside the gateways whose alerts are about no patient."""


async def in_care(service) -> None:
    """Every patient and every gateway that an alert is about. What is there already stays as it is."""
    now = service.clock()
    begun = {"from_ms": 0, "saved_ms": now, "saved_by": "test"}
    async with service.client._transport.app.state.database.writing() as session:
        if await session.get(TeamRow, TEAM) is None:
            session.add(TeamRow(id=TEAM, name=TEAM, version=1, created_ms=now, created_by="test"))
            await session.flush()
            session.add(MemberRow(id=TEAM, team=TEAM, subject="somebody", name="Somebody", **begun))
        named = {*await session.scalars(select(AlertRow.patient).where(AlertRow.patient.is_not(None)).distinct())}
        nobodys = {*await session.scalars(select(AlertRow.gateway).where(AlertRow.patient.is_(None)).distinct())}
        known = {*await session.scalars(select(PatientRow.patient))}
        taken = {*await session.scalars(select(AssignmentRow.gateway).where(AssignmentRow.until_ms.is_(None)))}
        cared_for = {*await session.scalars(select(CareRow.patient))}
        every = named | ({NOBODY} if nobodys - taken else set())
        session.add_all(PatientRow(patient=one, name=one, created_ms=now) for one in every - known)
        await session.flush()
        session.add_all(CareRow(id=one, team=TEAM, patient=one, **begun) for one in every - cared_for)
        for gateway in nobodys - taken - {""}:
            row = AssignmentRow(id=gateway, gateway=gateway, patient=NOBODY, from_ms=0, saved_ms=now, saved_by="test")
            session.add(row)
