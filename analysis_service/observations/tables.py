"""What people saw and decided: rows are only ever added."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from analysis_service.database import Row


class ObservationRow(Row):
    """One thing about one patient at one time: never two values for one time, for a store keeps only one of them."""

    __tablename__ = "observations"
    __table_args__ = (UniqueConstraint("patient", "kind", "observed_ms"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    patient: Mapped[str] = mapped_column(ForeignKey("patients.patient"))
    kind: Mapped[str]
    value: Mapped[str]
    flow: Mapped[float | None]
    observed_ms: Mapped[int] = mapped_column(BigInteger)
    entered_by: Mapped[str]
    saved_ms: Mapped[int] = mapped_column(BigInteger)
