"""Tables of consent. Nothing is removed: what no longer holds has its end."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from analysis_service.database import Row


class ConsentRow(Row):
    """A patient lets somebody see something. `subject` is that person's own, once they redeemed their code.

    `relative` and `number` are as the patient knows them.
    """

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_patient", "patient"), Index("ix_consents_subject", "subject"))
    id: Mapped[str] = mapped_column(primary_key=True)
    patient: Mapped[str] = mapped_column(ForeignKey("patients.patient"))
    relative: Mapped[str]
    number: Mapped[str | None]
    subject: Mapped[str | None]
    version: Mapped[int]
    granted_ms: Mapped[int] = mapped_column(BigInteger)
    granted_by: Mapped[str]
    redeemed_ms: Mapped[int | None] = mapped_column(BigInteger)
    revoked_ms: Mapped[int | None] = mapped_column(BigInteger)
    revoked_by: Mapped[str | None]


class ConsentEditionRow(Row):
    """What a consent let its holder see for a while: since `version`, and until the next one or its end."""

    __tablename__ = "consent_editions"
    consent: Mapped[str] = mapped_column(ForeignKey("consents.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    signals: Mapped[list[str]] = mapped_column(JSON)
    from_ms: Mapped[int] = mapped_column(BigInteger)
    until_ms: Mapped[int | None] = mapped_column(BigInteger)
    saved_by: Mapped[str]


class InvitationRow(Row):
    """A code, of which only the digest is kept: for a consent, or without one for the patient's own dossier."""

    __tablename__ = "invitations"
    __table_args__ = (Index("ix_invitations_patient", "patient"),)
    digest: Mapped[str] = mapped_column(primary_key=True)
    patient: Mapped[str] = mapped_column(ForeignKey("patients.patient"))
    consent: Mapped[str | None] = mapped_column(ForeignKey("consents.id"))
    made_ms: Mapped[int] = mapped_column(BigInteger)
    made_by: Mapped[str]
    expires_ms: Mapped[int] = mapped_column(BigInteger)
    ended_ms: Mapped[int | None] = mapped_column(BigInteger)
    used_ms: Mapped[int | None] = mapped_column(BigInteger)
    used_by: Mapped[str | None]


class WrongCodesRow(Row):
    """How many wrong codes somebody typed, and when the last one."""

    __tablename__ = "wrong_codes"
    subject: Mapped[str] = mapped_column(primary_key=True)
    times: Mapped[int]
    last_ms: Mapped[int] = mapped_column(BigInteger)
