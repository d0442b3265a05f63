"""What a dossier says, editions of what people edit, corrections of the past, and assignments that never overlap.

The database itself refuses an assignment that overlaps another of its gateway: on PostgreSQL by an exclusion
constraint, where its account may have the extension for it, and by a trigger wherever not. A trigger on PostgreSQL
takes a lock of the gateway's own first, so that two transactions that know nothing of each other do not both pass.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import DBAPIError

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

OF_DOSSIER = (
    *("birth_date", "sex", "language", "record_number", "practitioner", "notes"),
    *("ended_by", "ended_reason"),
)
EXCLUSION = """
ALTER TABLE assignments ADD CONSTRAINT ex_assignments_overlap
EXCLUDE USING gist (gateway WITH =, int8range(from_ms, until_ms) WITH &&) WHERE (withdrawn_ms IS NULL)
"""
OVERLAP = """
SELECT 1 FROM assignments other
WHERE other.gateway = NEW.gateway AND other.id <> NEW.id AND other.withdrawn_ms IS NULL
AND (NEW.until_ms IS NULL OR other.from_ms < NEW.until_ms)
AND (other.until_ms IS NULL OR NEW.from_ms < other.until_ms)
"""
FUNCTION = f"""
CREATE FUNCTION refuse_overlap() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext(NEW.gateway));
  IF NEW.withdrawn_ms IS NULL AND EXISTS ({OVERLAP}) THEN
    RAISE EXCEPTION 'an assignment of this gateway overlaps' USING ERRCODE = 'exclusion_violation';
  END IF;
  RETURN NULL;
END $$
"""
ON_POSTGRESQL = """
CREATE CONSTRAINT TRIGGER assignments_overlap AFTER INSERT OR UPDATE ON assignments
FOR EACH ROW EXECUTE FUNCTION refuse_overlap()
"""
ON_SQLITE = """
CREATE TRIGGER assignments_overlap_{when} BEFORE {act} ON assignments WHEN NEW.withdrawn_ms IS NULL
BEGIN SELECT RAISE(ABORT, 'an assignment of this gateway overlaps') WHERE EXISTS ({overlap}); END
"""
SQLITE_ACTS = {"insert": "INSERT", "update": "UPDATE OF gateway, from_ms, until_ms, withdrawn_ms"}


def upgrade() -> None:
    """Go forward."""
    for name in OF_DOSSIER:
        op.add_column("patients", sa.Column(name, sa.String(), nullable=True))
    zone = sa.Column("time_zone", sa.String(), server_default="Europe/Paris", nullable=False)
    op.add_column("patients", zone)
    op.add_column("patients", sa.Column("ended_ms", sa.BigInteger(), nullable=True))
    op.add_column("assignments", sa.Column("withdrawn_ms", sa.BigInteger(), nullable=True))
    _editions()
    _corrections()
    _keep_first_editions()
    {"sqlite": _refuse_on_sqlite, "postgresql": _refuse_on_postgresql}[op.get_bind().dialect.name]()


def _editions() -> None:
    op.create_table(
        "record_editions",
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("of", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("saved_by", sa.String(), nullable=False),
        sa.Column("saved_by_name", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("what", "of", "version", name=op.f("pk_record_editions")),
    )


def _corrections() -> None:
    op.create_table(
        "corrections",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("gateway", sa.String(), nullable=False),
        sa.Column("patient", sa.String(), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_by_name", sa.String(), nullable=False),
        sa.Column("asked_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("taken_from", sa.JSON(), nullable=False),
        sa.Column("reached_ms", sa.BigInteger(), nullable=False),
        sa.Column("moved", sa.BigInteger(), nullable=False),
        sa.Column("set_aside", sa.BigInteger(), nullable=False),
        sa.Column("found", sa.BigInteger(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["patient"], ["patients.patient"], name=op.f("fk_corrections_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index("ix_corrections_state_due_ms", "corrections", ["state", "due_ms"])
    op.create_index("ix_corrections_gateway", "corrections", ["gateway"])


def _keep_first_editions() -> None:
    """What was there before editions were kept is the first of each: the second would have nothing to differ from."""
    bind, found = op.get_bind(), sa.MetaData()
    found.reflect(bind, only=("patients", "contacts", "record_editions"))
    patients, contacts, editions = (found.tables[name] for name in ("patients", "contacts", "record_editions"))

    def first(what: str, of: str, at: int, content: dict[str, Any]) -> None:
        known = {"what": what, "of": of, "version": 1, "at_ms": at, "saved_by": "", "saved_by_name": ""}
        bind.execute(editions.insert(), known | {"content": content})

    for one in bind.execute(sa.select(patients.c.patient, patients.c.name, patients.c.created_ms)).all():
        first("dossier", one.patient, one.created_ms, {"name": one.name, "time_zone": "Europe/Paris"})
        of = sa.select(contacts).where(contacts.c.patient == one.patient).order_by(contacts.c.position)
        called = [
            {"number": row.number, "language": row.language, "order": row.position, "signals": row.signals}
            for row in bind.execute(of)
        ]
        if called:
            first("contacts", one.patient, one.created_ms, {"contacts": called})


def _refuse_on_sqlite() -> None:
    for when, act in SQLITE_ACTS.items():
        op.execute(ON_SQLITE.format(when=when, act=act, overlap=OVERLAP))


def _refuse_on_postgresql() -> None:
    try:
        with op.get_bind().begin_nested():
            op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    except DBAPIError:  # it is not installed, or not this account's to have
        op.execute(FUNCTION)
        op.execute(ON_POSTGRESQL)
    else:
        op.execute(EXCLUSION)


def downgrade() -> None:
    """Go back. The older schema knows no withdrawn assignment: it would take one for an assignment like others."""
    if op.get_bind().dialect.name == "sqlite":
        for when in SQLITE_ACTS:
            op.execute(f"DROP TRIGGER assignments_overlap_{when}")
    else:
        op.execute("ALTER TABLE assignments DROP CONSTRAINT IF EXISTS ex_assignments_overlap")
        op.execute("DROP TRIGGER IF EXISTS assignments_overlap ON assignments")
        op.execute("DROP FUNCTION IF EXISTS refuse_overlap")
    op.execute("DELETE FROM assignments WHERE withdrawn_ms IS NOT NULL")
    op.drop_table("corrections")
    op.drop_table("record_editions")
    op.drop_column("assignments", "withdrawn_ms")  # no batch: it would make anew a table that others refer to
    for name in (*OF_DOSSIER, "time_zone", "ended_ms"):
        op.drop_column("patients", name)
