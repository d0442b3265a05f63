"""The gateways."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint
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
