"""What people measured themselves, and how far each value is on its way to the store."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "measurements",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("patient", sa.String(), nullable=False),
        sa.Column("measured_ms", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("saved_ms", sa.BigInteger(), nullable=False),
        sa.Column("corrects", sa.String(), nullable=True),
        sa.Column("struck_ms", sa.BigInteger(), nullable=True),
        sa.Column("struck_by", sa.String(), nullable=True),
        sa.Column("struck_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["patient"], ["patients.patient"], name=op.f("fk_measurements_patient")),
        sa.ForeignKeyConstraint(["corrects"], ["measurements.id"], name=op.f("fk_measurements_corrects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measurements")),
        sa.UniqueConstraint("corrects", name=op.f("uq_measurements_corrects")),
    )
    op.create_index("ix_measurements_patient_measured_ms", "measurements", ["patient", "measured_ms"])
    op.create_index("ix_measurements_measured_ms", "measurements", ["measured_ms"])
    op.create_table(
        "measured_values",
        sa.Column("measurement", sa.String(), nullable=False),
        sa.Column("vital", sa.String(), nullable=False),
        sa.Column("patient", sa.String(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("series_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("sent_ms", sa.BigInteger(), nullable=True),
        sa.Column("claimed_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["measurement"], ["measurements.id"], name=op.f("fk_measured_values_measurement")),
        sa.ForeignKeyConstraint(["patient"], ["patients.patient"], name=op.f("fk_measured_values_patient")),
        sa.PrimaryKeyConstraint("measurement", "vital", name=op.f("pk_measured_values")),
        sa.UniqueConstraint("patient", "vital", "series_ms", name=op.f("uq_measured_values_patient_vital_series_ms")),
    )
    op.create_index("ix_measured_values_state", "measured_values", ["state"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("measured_values")
    op.drop_table("measurements")
