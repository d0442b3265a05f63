"""What patients said and who read it: rows are only ever added, and what was withdrawn has its time."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from analysis_service.database import Row


class FeelingRow(Row):
    """How a patient felt at one time, in a word and perhaps in their own."""

    __tablename__ = "feelings"
    __table_args__ = (Index("ix_feelings_patient_felt_ms", "patient", "felt_ms"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    patient: Mapped[str] = mapped_column(ForeignKey("patients.patient"))
    word: Mapped[str]
    text: Mapped[str | None]
    felt_ms: Mapped[int] = mapped_column(BigInteger)
    saved_ms: Mapped[int] = mapped_column(BigInteger)
    withdrawn_ms: Mapped[int | None] = mapped_column(BigInteger)


class FeelingReadRow(Row):
    """That somebody who cares has read it, and when they first said so."""

    __tablename__ = "feeling_reads"
    feeling: Mapped[str] = mapped_column(ForeignKey("feelings.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    read_ms: Mapped[int] = mapped_column(BigInteger)
