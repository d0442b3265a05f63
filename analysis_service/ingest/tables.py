"""The quarantine: what could not go on, with its reason, until an SRE corrects or leaves it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from analysis_service.database import Row


class QuarantineRow(Row):
    """`digest` is of what came, so that a request that comes again sets nothing aside twice.

    `claimed_ms` is when somebody began to replay it, who has not ended yet.
    """

    __tablename__ = "quarantine"
    __table_args__ = (Index("ix_quarantine_gateway_received_ms", "gateway", "received_ms"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    gateway: Mapped[str]
    batch: Mapped[str | None]
    received_ms: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str]
    field: Mapped[str]
    series: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(unique=True)
    replayed_ms: Mapped[int | None] = mapped_column(BigInteger)
    replayed_by: Mapped[str | None]
    claimed_ms: Mapped[int | None] = mapped_column(BigInteger)
