"""What people measured. Rows are only ever added; one that is wrong is struck, and stays."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from analysis_service.database import Row


class MeasurementRow(Row):
    """Values of one patient that were taken together. `corrects` is the wrong one in whose place it stands."""

    __tablename__ = "measurements"
    __table_args__ = (
        Index("ix_measurements_patient_measured_ms", "patient", "measured_ms"),
        Index("ix_measurements_measured_ms", "measured_ms"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    patient: Mapped[str] = mapped_column(ForeignKey("patients.patient"))
    measured_ms: Mapped[int] = mapped_column(BigInteger)
    method: Mapped[str | None]
    note: Mapped[str | None]
    entered_by: Mapped[str]
    saved_ms: Mapped[int] = mapped_column(BigInteger)
    corrects: Mapped[str | None] = mapped_column(ForeignKey("measurements.id"), unique=True)
    struck_ms: Mapped[int | None] = mapped_column(BigInteger)
    struck_by: Mapped[str | None]
    struck_reason: Mapped[str | None]


class MeasuredValueRow(Row):
    """One value, in the unit of its vital's metric, and how far it is on its way to the store.

    `series_ms` is its time there: never that of another value of the patient, for a store keeps only one of them.
    `claimed_ms` is when somebody began to send it, who has not ended yet.
    """

    __tablename__ = "measured_values"
    __table_args__ = (
        UniqueConstraint("patient", "vital", "series_ms"),
        Index("ix_measured_values_state", "state"),
    )
    measurement: Mapped[str] = mapped_column(ForeignKey("measurements.id"), primary_key=True)
    vital: Mapped[str] = mapped_column(primary_key=True)
    patient: Mapped[str] = mapped_column(ForeignKey("patients.patient"))
    value: Mapped[float]
    series_ms: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str]
    refusal: Mapped[str | None]
    sent_ms: Mapped[int | None] = mapped_column(BigInteger)
    claimed_ms: Mapped[int | None] = mapped_column(BigInteger)
