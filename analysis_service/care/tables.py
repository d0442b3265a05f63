"""Tables of care. Nothing is removed: what no longer holds has its end, and says who ended it and when."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from analysis_service.database import Row


class WardRow(Row):
    """A place in a hospital, or a region of home care."""

    __tablename__ = "wards"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    version: Mapped[int]
    created_ms: Mapped[int] = mapped_column(BigInteger)
    created_by: Mapped[str]
    ended_ms: Mapped[int | None] = mapped_column(BigInteger)
    ended_by: Mapped[str | None]


class TeamRow(Row):
    """People who look after the same patients; of a ward, also after all who stay there."""

    __tablename__ = "care_teams"
    __table_args__ = (Index("ix_care_teams_ward", "ward"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    ward: Mapped[str | None] = mapped_column(ForeignKey("wards.id"))
    version: Mapped[int]
    created_ms: Mapped[int] = mapped_column(BigInteger)
    created_by: Mapped[str]
    ended_ms: Mapped[int | None] = mapped_column(BigInteger)
    ended_by: Mapped[str | None]


class EditionRow(Row):
    """What a ward or a team, whose id is `about`, has been called since an edition, and of which ward a team was."""

    __tablename__ = "care_editions"
    about: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    saved_ms: Mapped[int] = mapped_column(BigInteger)
    saved_by: Mapped[str]
    said: Mapped[dict[str, Any]] = mapped_column(JSON)


class Period:
    """From when until when; who said so, and who ended it."""

    from_ms: Mapped[int] = mapped_column(BigInteger)
    until_ms: Mapped[int | None] = mapped_column(BigInteger)
    saved_ms: Mapped[int] = mapped_column(BigInteger)
    saved_by: Mapped[str]
    ended_ms: Mapped[int | None] = mapped_column(BigInteger)
    ended_by: Mapped[str | None]


class MemberRow(Period, Row):
    """Somebody of a team, by the subject of their tokens, for a while."""

    __tablename__ = "care_team_members"
    __table_args__ = (Index("ix_care_team_members_subject", "subject"), Index("ix_care_team_members_team", "team"))
    id: Mapped[str] = mapped_column(primary_key=True)
    team: Mapped[str] = mapped_column(ForeignKey("care_teams.id"))
    subject: Mapped[str]
    name: Mapped[str]


class CareRow(Period, Row):
    """A team that looks after a patient, for a while."""

    __tablename__ = "cared_for"
    __table_args__ = (Index("ix_cared_for_patient", "patient"), Index("ix_cared_for_team", "team"))
    id: Mapped[str] = mapped_column(primary_key=True)
    team: Mapped[str] = mapped_column(ForeignKey("care_teams.id"))
    patient: Mapped[str] = mapped_column(ForeignKey("patients.patient"))


class StayRow(Period, Row):
    """A patient on a ward, for a while."""

    __tablename__ = "stays"
    __table_args__ = (Index("ix_stays_patient", "patient"), Index("ix_stays_ward", "ward"))
    id: Mapped[str] = mapped_column(primary_key=True)
    ward: Mapped[str] = mapped_column(ForeignKey("wards.id"))
    patient: Mapped[str] = mapped_column(ForeignKey("patients.patient"))


class BrokenGlassRow(Row):
    """Somebody who looks at a patient not in their care, for a reason and an hour, and who looked at that since."""

    __tablename__ = "broken_glass"
    __table_args__ = (
        Index("ix_broken_glass_subject", "subject"),
        Index("ix_broken_glass_patient", "patient"),
        Index("ix_broken_glass_reviewed_ms", "reviewed_ms"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    patient: Mapped[str] = mapped_column(ForeignKey("patients.patient"))
    subject: Mapped[str]
    name: Mapped[str]
    reason: Mapped[str]
    from_ms: Mapped[int] = mapped_column(BigInteger)
    until_ms: Mapped[int] = mapped_column(BigInteger)
    reviewed_ms: Mapped[int | None] = mapped_column(BigInteger)
    reviewed_by: Mapped[str | None]
    verdict: Mapped[str | None]
    note: Mapped[str | None]
