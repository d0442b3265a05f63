"""Alerts that Prometheus saw too, what was refused of them, the watchdog, and observations that people enter."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = ("observations", "refused_alerts", "watchdog")
COLUMNS = ("source", "fingerprint", "part_of", "heard_at", "told")
"""Added and dropped where they stand: alerts are what other tables refer to, and SQLite drops no such table."""
UNKNOWN_BEFORE = (
    "DELETE FROM alert_attempts WHERE alert IN (SELECT id FROM alerts WHERE source <> 'gateway')",
    "DELETE FROM alert_events WHERE alert IN (SELECT id FROM alerts WHERE source <> 'gateway')",
    "DELETE FROM alerts WHERE source <> 'gateway'",
    "DELETE FROM alert_events WHERE what IN ('joined', 'parted', 'reopened', 'lapsed', 'reattributed')",
)
"""What Prometheus alone saw, and did to what others saw, has no place in the older schema."""


def upgrade() -> None:
    """Go forward."""
    op.add_column("alerts", sa.Column("source", sa.String(), server_default="gateway", nullable=False))
    op.add_column("alerts", sa.Column("fingerprint", sa.String(), nullable=True))
    op.add_column("alerts", sa.Column("part_of", sa.String(), nullable=True))
    op.add_column("alerts", sa.Column("heard_at", sa.BigInteger(), nullable=True))
    op.add_column("alerts", sa.Column("told", sa.JSON(none_as_null=True), nullable=True))
    op.create_index("ix_alerts_part_of", "alerts", ["part_of"])
    op.create_index("ix_alerts_patient_rule", "alerts", ["patient", "rule"])
    op.create_table(
        "refused_alerts",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_refused_alerts")),
    )
    op.create_table(
        "watchdog",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("came_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_watchdog")),
    )
    op.create_table(
        "observations",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("patient", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("flow", sa.Double(), nullable=True),
        sa.Column("observed_ms", sa.BigInteger(), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("saved_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["patient"], ["patients.patient"], name=op.f("fk_observations_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observations")),
        sa.UniqueConstraint("patient", "kind", "observed_ms", name=op.f("uq_observations_patient_kind_observed_ms")),
    )


def downgrade() -> None:
    """Go back."""
    for table in TABLES:
        op.drop_table(table)
    for statement in UNKNOWN_BEFORE:
        op.execute(statement)
    op.drop_index("ix_alerts_patient_rule", "alerts")
    op.drop_index("ix_alerts_part_of", "alerts")
    for column in COLUMNS:
        op.drop_column("alerts", column)
