"""How severe an alert was when somebody took it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TAKEN_BEFORE = "UPDATE alerts SET taken_severity = severity WHERE taken_at IS NOT NULL"
"""Of those nobody noted it."""


def upgrade() -> None:
    """Go forward."""
    op.add_column("alerts", sa.Column("taken_severity", sa.String(), nullable=True))
    op.execute(TAKEN_BEFORE)


def downgrade() -> None:
    """Go back."""
    op.drop_column("alerts", "taken_severity")
