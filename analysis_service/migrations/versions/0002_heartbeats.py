"""The newest heartbeat of each gateway."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "heartbeats",
        sa.Column("gateway", sa.String(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["gateway"], ["gateways.gateway"], name=op.f("fk_heartbeats_gateway")),
        sa.PrimaryKeyConstraint("gateway", name=op.f("pk_heartbeats")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("heartbeats")
