"""The record of looks: rows are only ever added. Whatever is changed here is found by whoever verifies it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from analysis_service.database import Row


class AuditEntryRow(Row):
    """Numbered without a gap. `roles` and `patients` are joined by commas: as text they read back as they were."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_at_ms", "at_ms"),)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    subject: Mapped[str]
    roles: Mapped[str]
    right: Mapped[str]
    method: Mapped[str]
    route: Mapped[str]
    patients: Mapped[str]
    outcome: Mapped[str]
    request: Mapped[str]
    reason: Mapped[str | None]
    code: Mapped[str]


class AuditSealRow(Row):
    """Over the entries from `first` to `last`."""

    __tablename__ = "audit_seals"
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    first: Mapped[int] = mapped_column(BigInteger)
    last: Mapped[int] = mapped_column(BigInteger)
    count: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str]
    at_ms: Mapped[int] = mapped_column(BigInteger)
    previous: Mapped[str]
    code: Mapped[str]


class AuditLookRow(Row):
    """Whom an entry is about: an index, by which a patient finds those about themselves. What counts is the entry."""

    __tablename__ = "audit_looks"
    patient: Mapped[str] = mapped_column(primary_key=True)
    entry: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class PersonRow(Row):
    """How somebody who looks is called; when they were first seen under this name."""

    __tablename__ = "people"
    subject: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    seen_ms: Mapped[int] = mapped_column(BigInteger)
