"""Tables of prescribed limits. Nothing is deleted: a prescription has states, and each change of them is an event."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from analysis_service.database import Row


class PrescriptionRow(Row):
    """A limit for one patient in [from_ms, until_ms), of which `from_hour` and `to_hour` make a part of each day.

    `state` is what was last done with it, and `ended_ms` when it ended early. Who did what stands in its events.
    """

    __tablename__ = "prescriptions"
    __table_args__ = (
        Index("ix_prescriptions_patient", "patient"),
        Index("ix_prescriptions_state_until_ms", "state", "until_ms"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    patient: Mapped[str] = mapped_column(ForeignKey("patients.patient"))
    vital: Mapped[str]
    side: Mapped[str]
    severity: Mapped[str]
    value: Mapped[float]
    from_hour: Mapped[int | None]
    to_hour: Mapped[int | None]
    from_ms: Mapped[int] = mapped_column(BigInteger)
    until_ms: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str]
    state: Mapped[str]
    version: Mapped[int]
    proposed_by: Mapped[str]
    proposed_ms: Mapped[int] = mapped_column(BigInteger)
    signed_by: Mapped[str | None]
    signed_ms: Mapped[int | None] = mapped_column(BigInteger)
    ended_ms: Mapped[int | None] = mapped_column(BigInteger)


class PrescriptionEventRow(Row):
    """One transition: who, when, why, and the prescription as it was afterwards. Nobody's where time did it."""

    __tablename__ = "prescription_events"
    __table_args__ = (Index("ix_prescription_events_prescription", "prescription"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    prescription: Mapped[str] = mapped_column(ForeignKey("prescriptions.id"))
    at_ms: Mapped[int] = mapped_column(BigInteger)
    what: Mapped[str]
    by: Mapped[str | None]
    name: Mapped[str | None]
    why: Mapped[str | None]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
