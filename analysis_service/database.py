"""The service's database: one engine, transactions that either read or write, and the table every row descends from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

from sqlalchemy import URL, Insert, MetaData, Table, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.compiler import SQLCompiler

from analysis_service import engines

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


Recording = Callable[[AsyncSession], Awaitable[Callable[[], None]]]


async def _record_nothing(_: AsyncSession) -> Callable[[], None]:
    return lambda: None


class Database:
    """Transactions on one engine. A writing one takes the write lock at once: it decides on what it has read.

    `recording` is asked at the end of each writing one, still within, and what it returns is called once that is kept.
    """

    def __init__(self, url: str | URL, *, unhurried: bool = False) -> None:
        self.recording: Recording = _record_nothing
        self.engine: AsyncEngine = engines.engine(url, unhurried=unhurried)
        self._reading = engines.for_reading(self.engine)
        self._writing = engines.for_writing(self.engine)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A transaction that reads, and sees one state of the database."""
        async with _transaction(self._reading) as session:
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A transaction that writes; what it did is on disk once the block is left."""
        async with _transaction(self._writing) as session:
            yield session
            kept = await self.recording(session)
        kept()

    async def ping(self) -> None:
        """Raises what SQLAlchemy raises where the database cannot be read."""
        async with self.reading() as session:
            await session.execute(text("SELECT 1 FROM alembic_version"))

    async def close(self) -> None:
        """Give the connections back."""
        await self.engine.dispose()


@asynccontextmanager
async def _transaction(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    try:
        async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
            yield session
    except OSError as error:  # nobody listens, or nobody answers in time: SQLAlchemy wraps only what the database says
        raise OperationalError(None, None, error) from error


class InsertNew(Insert):
    """An insert that leaves alone what is already there."""

    inherit_cache = True


@compiles(InsertNew)
def _insert_new(insert: InsertNew, compiler: SQLCompiler, **options: Any) -> str:
    """SQLite and PostgreSQL spell it in the same way."""
    return f"{compiler.visit_insert(insert, **options)} ON CONFLICT DO NOTHING"  # type: ignore[no-untyped-call] # SQLAlchemy's


def insert_new(table: type[Row]) -> InsertNew:
    """An insert of rows, given beside it, that leaves alone what is already there. One statement however many come."""
    return InsertNew(cast(Table, table.__table__)).inline()
