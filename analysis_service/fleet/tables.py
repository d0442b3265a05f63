"""The gateways, and the newest heartbeat of each."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey
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
