"""The table of sessions. What would let anybody in stands here only as a hash, what the provider gave only sealed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from analysis_service.database import Row


class SessionRow(Row):
    """One browser in which somebody signed in. An ended one stays, without its tokens.

    `fresh_until_ms` is until when its roles are believed; `renewing_until_ms` is set while a worker asks for them anew.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        Index("ix_sessions_subject", "subject"),
        Index("ix_sessions_provider_session", "provider_session"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    cookie_hash: Mapped[str] = mapped_column(unique=True)
    subject: Mapped[str]
    name: Mapped[str]
    roles: Mapped[str]
    agent: Mapped[str]
    provider_session: Mapped[str | None]
    tokens: Mapped[str | None]
    created_ms: Mapped[int] = mapped_column(BigInteger)
    seen_ms: Mapped[int] = mapped_column(BigInteger)
    fresh_until_ms: Mapped[int] = mapped_column(BigInteger)
    renewing_until_ms: Mapped[int | None] = mapped_column(BigInteger)
    ended_ms: Mapped[int | None] = mapped_column(BigInteger)
    ended_because: Mapped[str | None]
