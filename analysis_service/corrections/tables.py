"""The table of corrections: each is a job that goes on where it stopped, whoever works on it."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from analysis_service.database import Row


class CorrectionRow(Row):
    """A gateway stood with `patient` in [from_ms, until_ms), whatever was recorded; `taken_from` has whom it was of.

    `step` is what is done next, from `reached_ms` on; `found` is what this pass met under a wrong name. Who works on
    it is `worker`, until `due_ms`; then another may.
    """

    __tablename__ = "corrections"
    __table_args__ = (
        Index("ix_corrections_state_due_ms", "state", "due_ms"),
        Index("ix_corrections_gateway", "gateway"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    gateway: Mapped[str]
    patient: Mapped[str] = mapped_column(ForeignKey("patients.patient"))
    from_ms: Mapped[int] = mapped_column(BigInteger)
    until_ms: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str]
    asked_by: Mapped[str]
    asked_by_name: Mapped[str]
    asked_ms: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str]
    step: Mapped[str]
    failure: Mapped[str | None]
    taken_from: Mapped[list[str]] = mapped_column(JSON)
    reached_ms: Mapped[int] = mapped_column(BigInteger)
    moved: Mapped[int] = mapped_column(BigInteger)
    set_aside: Mapped[int] = mapped_column(BigInteger)
    found: Mapped[int] = mapped_column(BigInteger)
    due_ms: Mapped[int] = mapped_column(BigInteger)
    tries: Mapped[int]
    worker: Mapped[str | None]
    ended_ms: Mapped[int | None] = mapped_column(BigInteger)
