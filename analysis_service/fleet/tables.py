"""The gateways, the newest heartbeat of each, the codes by which they are enrolled, and when one was revoked."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from analysis_service.database import Row


class GatewayRow(Row):
    """`push` sends its series, `pull` is scraped at `address`; never both."""

    __tablename__ = "gateways"
    __table_args__ = (CheckConstraint("(mode = 'pull') = (address IS NOT NULL)", name="pull_has_an_address"),)
    gateway: Mapped[str] = mapped_column(primary_key=True)
    mode: Mapped[str]
    address: Mapped[str | None]
    registered_ms: Mapped[int] = mapped_column(BigInteger)


class HeartbeatRow(Row):
    """What a gateway said of itself last; `received_ms` is the service's own time."""

    __tablename__ = "heartbeats"
    gateway: Mapped[str] = mapped_column(ForeignKey("gateways.gateway"), primary_key=True)
    received_ms: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class ClaimCodeRow(Row):
    """A code that was handed out for a gateway, of which the digest alone is kept: used once, or over, or ended."""

    __tablename__ = "claim_codes"
    __table_args__ = (Index("ix_claim_codes_gateway", "gateway"),)
    digest: Mapped[str] = mapped_column(primary_key=True)
    gateway: Mapped[str] = mapped_column(ForeignKey("gateways.gateway"))
    made_ms: Mapped[int] = mapped_column(BigInteger)
    made_by: Mapped[str]
    expires_ms: Mapped[int] = mapped_column(BigInteger)
    used_ms: Mapped[int | None] = mapped_column(BigInteger)
    ended_ms: Mapped[int | None] = mapped_column(BigInteger)


class RevocationRow(Row):
    """A gateway that may not come any more, until it is enrolled anew."""

    __tablename__ = "revocations"
    __table_args__ = (Index("ix_revocations_gateway", "gateway"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    gateway: Mapped[str] = mapped_column(ForeignKey("gateways.gateway"))
    from_ms: Mapped[int] = mapped_column(BigInteger)
    until_ms: Mapped[int | None] = mapped_column(BigInteger)
    revoked_by: Mapped[str]
