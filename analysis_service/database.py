"""The service's database: one engine, transactions that either read or write, and the table every row descends from."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from sqlalchemy import Connection, MetaData, Table, event, text
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase

PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 5000")
CONSTRAINT_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Row(DeclarativeBase):
    """What every table's class descends from."""

    metadata = MetaData(naming_convention=CONSTRAINT_NAMES)


class Database:
    """Transactions on one engine. A writing one takes the write lock at once: it decides on what it has read."""

    def __init__(self, url: str) -> None:
        # Without hiding, an error would carry names and numbers into the log.
        self.engine: AsyncEngine = create_async_engine(url, hide_parameters=True)
        self._writing = self.engine.execution_options(writes=True)
        event.listen(self.engine.sync_engine, "connect", _on_connect)
        event.listen(self.engine.sync_engine, "begin", _on_begin)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A transaction that reads."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A transaction that writes; what it did is on disk once the block is left."""
        async with AsyncSession(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    async def ping(self) -> None:
        """Raises what SQLAlchemy raises where the database cannot be read."""
        async with self.reading() as session:
            await session.execute(text("SELECT 1 FROM alembic_version"))

    async def close(self) -> None:
        """Give the connections back."""
        await self.engine.dispose()


def insert_new(table: type[Row]) -> Insert:
    """An insert of rows, given beside it, that leaves alone what is already there. One statement however many come."""
    return insert(cast(Table, table.__table__)).on_conflict_do_nothing()


def _on_connect(connection: Any, _: object) -> None:
    """Pragmas are each connection's own; the driver must not open transactions of its own accord."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
