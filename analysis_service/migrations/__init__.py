"""The schema's history, and bringing a database to its newest state."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection

from analysis_service.database import Database


def configuration() -> Config:
    """Alembic's configuration, without a file: the scripts lie beside this module."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


async def upgrade(url: str | URL) -> None:
    """Bring the database at `url` to the newest schema, in one transaction; a second process waits for the first."""
    database = Database(url, unhurried=True)
    try:
        async with database.writing() as session:
            await (await session.connection()).run_sync(_upgrade)
    finally:
        await database.close()


def _upgrade(connection: Connection) -> None:
    config = configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
