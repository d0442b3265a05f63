"""Limits prescribed for a patient, and every transition of them.

Going back loses them: the older service knows the catalogue's limits alone.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "prescriptions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("patient", sa.String(), nullable=False),
        sa.Column("vital", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("from_hour", sa.Integer(), nullable=True),
        sa.Column("to_hour", sa.Integer(), nullable=True),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_ms", sa.BigInteger(), nullable=False),
        sa.Column("signed_by", sa.String(), nullable=True),
        sa.Column("signed_ms", sa.BigInteger(), nullable=True),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["patient"], ["patients.patient"], name=op.f("fk_prescriptions_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prescriptions")),
    )
    op.create_index("ix_prescriptions_patient", "prescriptions", ["patient"])
    op.create_index("ix_prescriptions_state_until_ms", "prescriptions", ["state", "until_ms"])
    op.create_table(
        "prescription_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("prescription", sa.String(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["prescription"], ["prescriptions.id"], name=op.f("fk_prescription_events_prescription")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prescription_events")),
    )
    op.create_index("ix_prescription_events_prescription", "prescription_events", ["prescription"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("prescription_events")
    op.drop_table("prescriptions")
