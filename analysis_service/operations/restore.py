"""A backup brought back: into a database without rows and directories without files, all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service import engines, migrations
from analysis_service.database import Database
from analysis_service.operations import archive, rows
from analysis_service.operations.backup import KEYS, PROMETHEUS, Tell, opened
from analysis_service.operations.placing import Placing
from analysis_service.operations.refusals import BadBackup, OperationRefused
from analysis_service.operations.rows import Counted
from analysis_service.operations.sealed import Opening

FIRST = "base"


class _Taking:
    """Puts rows into tables and files into their places."""

    def __init__(
        self, path: Path, session: AsyncSession, tables: Mapping[str, Table], places: Mapping[str, Placing]
    ) -> None:
        self._path = path
        self._session = session
        self._tables = tables
        self._places = places
        self._table: tuple[Table, list[str]] | None = None
        self._place: Placing | None = None

    async def table(self, name: str, columns: list[str]) -> None:
        """As a Taker."""
        if name not in self._tables:
            raise BadBackup(self._path, f"expected tables of its own schema, got {name!r}")
        self._table = self._tables[name], columns

    async def rows(self, piece: bytes) -> None:
        """As a Taker."""
        assert self._table is not None  # noqa: S101 - a table was named
        await rows.load(self._session, *self._table, piece)

    async def file(self, place: str, name: str) -> None:
        """As a Taker. Without a place, a file is left where it is."""
        self._place = self._places.get(place)
        if self._place is not None:
            self._place.begin(name)

    async def data(self, piece: bytes) -> None:
        """As a Taker."""
        if self._place is not None:
            self._place.add(piece)


async def restore(
    path: Path, key: bytes, database: Database, keys: Path, prometheus: Path | None, tell: Tell
) -> Mapping[str, Any]:
    """Bring it back; the manifest. Raises OperationRefused, and then everything is as it was."""
    with opened(path, key) as opening, ExitStack() as within:
        revision = _revision_of(opening, path)
        places = {KEYS: within.enter_context(Placing(keys, "--keys"))}
        if prometheus is not None:
            places[PROMETHEUS] = within.enter_context(Placing(prometheus, "--prometheus-data"))
        async with database.writing() as session:
            connection = await session.connection()
            tables = await connection.run_sync(_made_empty, revision)
            settle = await connection.run_sync(engines.load)
            found = await archive.read(opening, path, _Taking(path, session, tables, places))
            await connection.run_sync(lambda _: settle())
            await _require_all(path, session, tables, found["tables"], tell)
            await connection.run_sync(migrations.upgrade_within)
            for place in places.values():
                place.place()
    return found


def _revision_of(opening: Opening, path: Path) -> str:
    revision = str(opening.header.get("revision"))
    if not migrations.knows(revision):
        raise BadBackup(
            path,
            f"expected a schema that this service knows, got {revision!r}; restore it with one as new as its maker",
        )
    return revision


def _made_empty(connection: Connection, revision: str) -> dict[str, Table]:
    """The tables of a schema, without rows. Raises OperationRefused where there are any that are not ours to lose."""
    for table in rows.reflected(connection):
        if connection.execute(table.select().limit(1)).first() is not None:
            raise OperationRefused(f"CHEVET_DATABASE_URL: expected a database without rows, {table.name} has some")
    if rows.is_ours(connection):
        migrations.downgrade_within(connection, FIRST)
    if others := rows.reflected(connection):
        raise OperationRefused(f"CHEVET_DATABASE_URL: expected no tables but the service's, got {others[0].name!r}")
    migrations.upgrade_within(connection, revision)
    tables = rows.reflected(connection)
    for table in reversed(tables):
        connection.execute(table.delete())
    return {table.name: table for table in tables}


async def _require_all(
    path: Path, session: AsyncSession, tables: Mapping[str, Table], said: Mapping[str, Any], tell: Tell
) -> None:
    """Raises BadBackup unless every row that is there now is the one that was there when the backup was made."""
    for name, table in tables.items():
        counted = Counted()
        async for _ in rows.lines(session, table, counted):
            pass
        before = said.get(name, Counted().said())
        if counted.said() != before:
            raise BadBackup(path, f"{name}: expected {before['rows']} rows as they were, got {counted.rows}, or others")
        tell(f"{name}: {before['rows']} rows in the backup, {counted.rows} restored")
