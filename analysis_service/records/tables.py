"""Tables of the records. Times are milliseconds since 1970; a name and a number stand here and nowhere else."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from analysis_service.database import Row

TIME_ZONE = "Europe/Paris"
"""Of a home of which nobody said another."""


class PatientRow(Row):
    """A dossier. `patient` is a random pseudonym; `account` the subject of the patient's own tokens, once claimed.

    `ended_ms` is when the stay at home ended, after which no gateway is given to them.
    """

    __tablename__ = "patients"
    patient: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    account: Mapped[str | None] = mapped_column(unique=True, index=True)
    created_ms: Mapped[int] = mapped_column(BigInteger)
    birth_date: Mapped[str | None]
    sex: Mapped[str | None]
    language: Mapped[str | None]
    time_zone: Mapped[str] = mapped_column(server_default=TIME_ZONE)
    record_number: Mapped[str | None]
    practitioner: Mapped[str | None]
    notes: Mapped[str | None]
    ended_ms: Mapped[int | None] = mapped_column(BigInteger)
    ended_by: Mapped[str | None]
    ended_reason: Mapped[str | None]


class AssignmentRow(Row):
    """A gateway with a patient, from a time until a time or until further notice.

    The database refuses one that overlaps another of the gateway. One that a correction left nothing of is withdrawn.
    """

    __tablename__ = "assignments"
    __table_args__ = (
        CheckConstraint("until_ms IS NULL OR until_ms > from_ms", name="ends_after_it_begins"),
        Index("ix_assignments_gateway_from_ms", "gateway", "from_ms"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    gateway: Mapped[str]
    patient: Mapped[str] = mapped_column(ForeignKey("patients.patient"))
    from_ms: Mapped[int] = mapped_column(BigInteger)
    until_ms: Mapped[int | None] = mapped_column(BigInteger)
    saved_ms: Mapped[int] = mapped_column(BigInteger)
    saved_by: Mapped[str]
    withdrawn_ms: Mapped[int | None] = mapped_column(BigInteger)


class ContactRow(Row):
    """Whom to call about a patient, in `position` order."""

    __tablename__ = "contacts"
    patient: Mapped[str] = mapped_column(ForeignKey("patients.patient"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    language: Mapped[str]
    signals: Mapped[list[str]] = mapped_column(JSON)


class DeviceVitalRow(Row):
    """A vital that a device has sent, or was said to send. `expected` is false once a person took it away."""

    __tablename__ = "device_vitals"
    gateway: Mapped[str] = mapped_column(primary_key=True)
    device: Mapped[str] = mapped_column(primary_key=True)
    vital: Mapped[str] = mapped_column(primary_key=True)
    expected: Mapped[bool]
    since_ms: Mapped[int] = mapped_column(BigInteger)


class EditionRow(Row):
    """What somebody saved, whole: `what` says of which kind it is, `of` whose. Rows are only ever added."""

    __tablename__ = "record_editions"
    what: Mapped[str] = mapped_column(primary_key=True)
    of: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    saved_by: Mapped[str]
    saved_by_name: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
