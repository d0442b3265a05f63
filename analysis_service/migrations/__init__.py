"""The schema's history, and bringing a database to its newest state."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection

from analysis_service.database import Database

NEWEST = "head"
Change = Callable[[Config, str], None]


def configuration() -> Config:
    """Alembic's configuration, without a file: the scripts lie beside this module."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def knows(revision: str) -> bool:
    """Whether it is one of these."""
    return revision in {script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()}


def upgrade_within(connection: Connection, revision: str = NEWEST) -> None:
    """Bring the connection's database to a schema, in the transaction under way."""
    _run(connection, command.upgrade, revision)


def downgrade_within(connection: Connection, revision: str) -> None:
    """Bring it back to an older one, in the transaction under way."""
    _run(connection, command.downgrade, revision)


async def upgrade(url: str | URL, revision: str = NEWEST) -> None:
    """Bring the database at `url` to a schema, in one transaction; a second process waits for the first."""
    await _change(url, command.upgrade, revision)


async def downgrade(url: str | URL, revision: str) -> None:
    """Bring the database at `url` back to an older schema; what that cannot hold is lost."""
    await _change(url, command.downgrade, revision)


async def _change(url: str | URL, change: Change, revision: str) -> None:
    database = Database(url, unhurried=True)
    try:
        async with database.writing() as session:
            await (await session.connection()).run_sync(_run, change, revision)
    finally:
        await database.close()


def _run(connection: Connection, change: Change, revision: str) -> None:
    config = configuration()
    config.attributes["connection"] = connection
    change(config, revision)
