"""Alerts as they stand, every attempt to reach somebody, and every change as an event that is never edited."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from analysis_service.database import Row


class AlertRow(Row):
    """An alert as one source saw it; one that joins another's is `part_of` that one, and shown with it.

    `taken_by` is the name of the person who took it, `taken_severity` the worst that they knew of it. What is about
    no gateway, device, vital has an empty one.
    `heard_at` is when the source last said something that counted; `told` are Alertmanager's sentences and links.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        Index("ix_alerts_cleared_at_onset", "cleared_at", "onset"),
        Index("ix_alerts_patient_rule", "patient", "rule"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(server_default="gateway")
    fingerprint: Mapped[str | None]
    part_of: Mapped[str | None] = mapped_column(index=True)
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
    taken_severity: Mapped[str | None]
    heard_at: Mapped[int | None] = mapped_column(BigInteger)
    told: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


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


class RefusedAlertRow(Row):
    """What Alertmanager told and could not be kept: which alert, why, how often. No value of a label, no sentence."""

    __tablename__ = "refused_alerts"
    digest: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    field: Mapped[str]
    reason: Mapped[str]
    times: Mapped[int]
    first_ms: Mapped[int] = mapped_column(BigInteger)
    last_ms: Mapped[int] = mapped_column(BigInteger)


class WatchdogRow(Row):
    """When the last watchdog came, and since when it came without a gap: one row."""

    __tablename__ = "watchdog"
    source: Mapped[str] = mapped_column(primary_key=True)
    came_ms: Mapped[int] = mapped_column(BigInteger)
    since_ms: Mapped[int | None] = mapped_column(BigInteger)
