"""Alerts as they stand, every attempt to reach somebody, and every change as an event that is never edited."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from analysis_service.database import Row


class AlertRow(Row):
    """An alert. `taken_by` is the name of the person who took it."""

    __tablename__ = "alerts"
    __table_args__ = (Index("ix_alerts_cleared_at_onset", "cleared_at", "onset"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    gateway: Mapped[str] = mapped_column(index=True)
    device: Mapped[str]
    rule: Mapped[str]
    vital: Mapped[str]
    kind: Mapped[str]
    severity: Mapped[str]
    onset: Mapped[int] = mapped_column(BigInteger)
    declared_at: Mapped[int] = mapped_column(BigInteger)
    value: Mapped[float | None]
    limit: Mapped[float | None]
    cleared_at: Mapped[int | None] = mapped_column(BigInteger)
    late: Mapped[bool]
    patient: Mapped[str | None]
    registered_at: Mapped[int] = mapped_column(BigInteger)
    taken_by: Mapped[str | None]
    taken_at: Mapped[int | None] = mapped_column(BigInteger)


class AttemptRow(Row):
    """One attempt, whole; two that differ in anything but their detail, which may come later, are two attempts."""

    __tablename__ = "alert_attempts"
    alert: Mapped[str] = mapped_column(ForeignKey("alerts.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]
    at: Mapped[int] = mapped_column(BigInteger)
    attempt: Mapped[dict[str, Any]] = mapped_column(JSON)


class AlertEventRow(Row):
    """Who changed what, and when: rows are only ever added."""

    __tablename__ = "alert_events"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    alert: Mapped[str] = mapped_column(ForeignKey("alerts.id"), index=True)
    at: Mapped[int] = mapped_column(BigInteger)
    by: Mapped[str]
    what: Mapped[str]
    change: Mapped[dict[str, Any]] = mapped_column(JSON)
