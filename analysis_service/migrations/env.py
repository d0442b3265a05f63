"""Run by alembic: applies the versions on the connection that it was given."""

from __future__ import annotations

from alembic import context

from analysis_service.database import Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    render_as_batch=True,
    transactional_ddl=False,  # the caller's transaction is the one
)
context.run_migrations()
