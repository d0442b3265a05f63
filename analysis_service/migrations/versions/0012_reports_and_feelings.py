"""How patients feel and who read it; reports as drafts, signed versions and releases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = ("report_releases", "report_versions", "report_drafts", "feeling_reads", "feelings")


def upgrade() -> None:
    """Go forward."""
    _feelings()
    _drafts()
    _versions()
    _releases()


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _of_patient(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["patient"], ["patients.patient"], name=op.f(f"fk_{table}_patient"))


def _feelings() -> None:
    op.create_table(
        "feelings",
        _text("id"),
        _text("patient"),
        _text("word"),
        _text("text", nullable=True),
        _time("felt_ms"),
        _time("saved_ms"),
        _time("withdrawn_ms", nullable=True),
        _of_patient("feelings"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feelings")),
    )
    op.create_index("ix_feelings_patient_felt_ms", "feelings", ["patient", "felt_ms"])
    op.create_table(
        "feeling_reads",
        _text("feeling"),
        _text("subject"),
        _text("name"),
        _time("read_ms"),
        sa.ForeignKeyConstraint(["feeling"], ["feelings.id"], name=op.f("fk_feeling_reads_feeling")),
        sa.PrimaryKeyConstraint("feeling", "subject", name=op.f("pk_feeling_reads")),
    )


def _drafts() -> None:
    op.create_table(
        "report_drafts",
        _text("id"),
        _text("patient"),
        _text("author"),
        _text("title"),
        _text("language"),
        sa.Column("sections", sa.JSON(), nullable=False),
        sa.Column("charts", sa.JSON(), nullable=False),
        _text("report", nullable=True),
        _number("amends", nullable=True),
        _text("reason", nullable=True),
        _number("version"),
        _time("created_ms"),
        _time("changed_ms"),
        _time("discarded_ms", nullable=True),
        _number("signed_as", nullable=True),
        _of_patient("report_drafts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_drafts")),
    )
    op.create_index("ix_report_drafts_patient_author", "report_drafts", ["patient", "author"])


def _versions() -> None:
    op.create_table(
        "report_versions",
        _text("report"),
        _number("number"),
        _text("patient"),
        _text("title"),
        _text("language"),
        _text("author"),
        _text("author_name"),
        _time("signed_ms"),
        _number("amends", nullable=True),
        _text("reason", nullable=True),
        _text("inputs_sha256"),
        _text("pdf_sha256"),
        _text("renderer"),
        _text("inputs"),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        _of_patient("report_versions"),
        sa.PrimaryKeyConstraint("report", "number", name=op.f("pk_report_versions")),
    )
    op.create_index("ix_report_versions_patient_signed_ms", "report_versions", ["patient", "signed_ms"])


def _releases() -> None:
    op.create_table(
        "report_releases",
        _text("id"),
        _text("report"),
        _number("number"),
        _time("released_ms"),
        _text("released_by"),
        _text("released_name"),
        _time("recalled_ms", nullable=True),
        _text("recalled_by", nullable=True),
        _text("recalled_name", nullable=True),
        _text("recall_reason", nullable=True),
        sa.ForeignKeyConstraint(
            ["report", "number"],
            ["report_versions.report", "report_versions.number"],
            name=op.f("fk_report_releases_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_releases")),
    )
    op.create_index("ix_report_releases_report_number", "report_releases", ["report", "number"])


def downgrade() -> None:
    """Go back."""
    for table in TABLES:
        op.drop_table(table)
