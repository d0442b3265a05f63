"""Consent, the codes that people join by, and the record of looks by patient and by the names of who looked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

PAGE = 1_000


def upgrade() -> None:
    """Go forward."""
    _consents()
    _codes()
    _looks()
    _fill_looks(op.get_bind())


def _patient() -> sa.Column[str]:
    return sa.Column("patient", sa.String(), nullable=False)


def _consents() -> None:
    op.create_table(
        "consents",
        sa.Column("id", sa.String(), nullable=False),
        _patient(),
        sa.Column("relative", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("granted_ms", sa.BigInteger(), nullable=False),
        sa.Column("granted_by", sa.String(), nullable=False),
        sa.Column("redeemed_ms", sa.BigInteger(), nullable=True),
        sa.Column("revoked_ms", sa.BigInteger(), nullable=True),
        sa.Column("revoked_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["patient"], ["patients.patient"], name=op.f("fk_consents_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index("ix_consents_patient", "consents", ["patient"])
    op.create_index("ix_consents_subject", "consents", ["subject"])
    op.create_table(
        "consent_editions",
        sa.Column("consent", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("signals", sa.JSON(), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.Column("saved_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["consent"], ["consents.id"], name=op.f("fk_consent_editions_consent")),
        sa.PrimaryKeyConstraint("consent", "version", name=op.f("pk_consent_editions")),
    )


def _codes() -> None:
    op.create_table(
        "invitations",
        sa.Column("digest", sa.String(), nullable=False),
        _patient(),
        sa.Column("consent", sa.String(), nullable=True),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.Column("used_ms", sa.BigInteger(), nullable=True),
        sa.Column("used_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["consent"], ["consents.id"], name=op.f("fk_invitations_consent")),
        sa.ForeignKeyConstraint(["patient"], ["patients.patient"], name=op.f("fk_invitations_patient")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_invitations")),
    )
    op.create_index("ix_invitations_patient", "invitations", ["patient"])
    op.create_table(
        "wrong_codes",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_wrong_codes")),
    )


def _looks() -> None:
    op.create_table(
        "audit_looks",
        _patient(),
        sa.Column("entry", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("patient", "entry", name=op.f("pk_audit_looks")),
    )
    op.create_table(
        "people",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("seen_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_people")),
    )


def _fill_looks(connection: sa.Connection) -> None:
    """Of the entries that are there; of who looked then, no name is known until they are seen again."""
    entries = sa.table("audit_entries", sa.column("id", sa.BigInteger()), sa.column("patients", sa.String()))
    looks = sa.table("audit_looks", sa.column("patient", sa.String()), sa.column("entry", sa.BigInteger()))
    query = sa.select(entries.c.id, entries.c.patients).where(entries.c.patients != "").order_by(entries.c.id)
    last = None
    while page := connection.execute((query if last is None else query.where(entries.c.id > last)).limit(PAGE)).all():
        rows = [
            {"patient": patient, "entry": row.id} for row in page for patient in dict.fromkeys(row.patients.split(","))
        ]
        connection.execute(looks.insert(), rows)
        last = page[-1].id


def downgrade() -> None:
    """Go back."""
    for table in ("people", "audit_looks", "wrong_codes", "invitations", "consent_editions", "consents"):
        op.drop_table(table)
