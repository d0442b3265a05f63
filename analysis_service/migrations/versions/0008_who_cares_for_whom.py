"""Wards, care teams with their editions, stays, the glass that was broken, and the account of a patient.

Whoever had a dossier was everybody's patient before: the teams that are made first look after nobody of them, and those
patients are given to a team by `python -m analysis_service hand-over`.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("patients", sa.Column("account", sa.String(), nullable=True))
    op.create_index("ix_patients_account", "patients", ["account"], unique=True)
    _wards_and_teams()
    _of_team("care_team_members", sa.Column("subject", sa.String(), nullable=False), "subject", name=True)
    _of_team("cared_for", _patient(), "patient", name=False)
    _stays()
    _broken_glass()


def _patient() -> sa.Column[str]:
    return sa.Column("patient", sa.String(), nullable=False)


def _times() -> tuple[sa.Column[int], ...]:
    return (
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
    )


def _saved(verb: str = "saved") -> tuple[sa.Column[Any], ...]:
    """By whom and when it was said that it begins, and that it ends."""
    return (
        sa.Column(f"{verb}_ms", sa.BigInteger(), nullable=False),
        sa.Column(f"{verb}_by", sa.String(), nullable=False),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
    )


def _wards_and_teams() -> None:
    op.create_table(
        "wards",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *_saved("created"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wards")),
    )
    op.create_table(
        "care_teams",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("ward", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        *_saved("created"),
        sa.ForeignKeyConstraint(["ward"], ["wards.id"], name=op.f("fk_care_teams_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_teams")),
    )
    op.create_index("ix_care_teams_ward", "care_teams", ["ward"])
    op.create_table(
        "care_editions",
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_ms", sa.BigInteger(), nullable=False),
        sa.Column("saved_by", sa.String(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("about", "version", name=op.f("pk_care_editions")),
    )


def _of_team(table: str, whose: sa.Column[str], column: str, *, name: bool) -> None:
    known_as = (sa.Column("name", sa.String(), nullable=False),) if name else ()
    refers = (
        () if name else (sa.ForeignKeyConstraint(["patient"], ["patients.patient"], name=op.f(f"fk_{table}_patient")),)
    )
    op.create_table(
        table,
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        whose,
        *known_as,
        *_times(),
        *_saved(),
        sa.ForeignKeyConstraint(["team"], ["care_teams.id"], name=op.f(f"fk_{table}_team")),
        *refers,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(f"ix_{table}_{column}", table, [column])
    op.create_index(f"ix_{table}_team", table, ["team"])


def _stays() -> None:
    op.create_table(
        "stays",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ward", sa.String(), nullable=False),
        _patient(),
        *_times(),
        *_saved(),
        sa.ForeignKeyConstraint(["patient"], ["patients.patient"], name=op.f("fk_stays_patient")),
        sa.ForeignKeyConstraint(["ward"], ["wards.id"], name=op.f("fk_stays_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stays")),
    )
    op.create_index("ix_stays_patient", "stays", ["patient"])
    op.create_index("ix_stays_ward", "stays", ["ward"])


def _broken_glass() -> None:
    op.create_table(
        "broken_glass",
        sa.Column("id", sa.String(), nullable=False),
        _patient(),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("reviewed_ms", sa.BigInteger(), nullable=True),
        sa.Column("reviewed_by", sa.String(), nullable=True),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["patient"], ["patients.patient"], name=op.f("fk_broken_glass_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broken_glass")),
    )
    op.create_index("ix_broken_glass_patient", "broken_glass", ["patient"])
    op.create_index("ix_broken_glass_subject", "broken_glass", ["subject"])
    op.create_index("ix_broken_glass_reviewed_ms", "broken_glass", ["reviewed_ms"])


def downgrade() -> None:
    """Go back."""
    for table in ("broken_glass", "stays", "cared_for", "care_team_members", "care_editions", "care_teams", "wards"):
        op.drop_table(table)
    op.drop_index("ix_patients_account", "patients")
    op.drop_column("patients", "account")  # no batch: it would make anew a table that others refer to
