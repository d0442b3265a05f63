"""Who replays a series of the quarantine claims it first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("quarantine", schema=None) as batch_op:
        batch_op.add_column(sa.Column("claimed_ms", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("quarantine", schema=None) as batch_op:
        batch_op.drop_column("claimed_ms")
