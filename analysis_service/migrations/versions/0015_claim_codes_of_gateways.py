"""Claim codes, by which gateways are enrolled, and when a gateway was revoked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "claim_codes",
        sa.Column("digest", sa.String(), nullable=False),
        *_of_gateway("claim_codes"),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_ms", sa.BigInteger(), nullable=True),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_claim_codes")),
    )
    op.create_index("ix_claim_codes_gateway", "claim_codes", ["gateway"])
    op.create_table(
        "revocations",
        sa.Column("id", sa.String(), nullable=False),
        *_of_gateway("revocations"),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.Column("revoked_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocations")),
    )
    op.create_index("ix_revocations_gateway", "revocations", ["gateway"])


def _of_gateway(table: str) -> tuple[sa.Column[str], sa.ForeignKeyConstraint]:
    refers = sa.ForeignKeyConstraint(["gateway"], ["gateways.gateway"], name=op.f(f"fk_{table}_gateway"))
    return sa.Column("gateway", sa.String(), nullable=False), refers


def downgrade() -> None:
    """Go back."""
    op.drop_table("revocations")
    op.drop_table("claim_codes")
