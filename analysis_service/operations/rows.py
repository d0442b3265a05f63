"""The rows of a database as lines, the same from SQLite and PostgreSQL, and lines as rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import JSON, Column, ColumnElement, Connection, MetaData, String, Table, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service import engines
from analysis_service.operations.cells import cell_of

REVISION = "alembic_version"
PIECE_BYTES = 512 * 1024
AT_ONCE = 200
"""Rows that are in memory together."""


@dataclass(slots=True)
class Counted:
    """How many rows, and the SHA-256 of their lines."""

    rows: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def add(self, line: bytes) -> None:
        """One more."""
        self.rows += 1
        self.digest.update(line)

    def said(self) -> dict[str, object]:
        """As a manifest has it."""
        return {"rows": self.rows, "sha256": self.digest.hexdigest()}


def reflected(connection: Connection) -> list[Table]:
    """The tables that are there, those that others refer to first: a database may be older than this service."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != REVISION]


async def tables_of(session: AsyncSession) -> list[Table]:
    """The same, of the session's database."""
    return await (await session.connection()).run_sync(reflected)


async def revision_of(session: AsyncSession) -> str | None:
    """The schema that the database has, None where it has none."""
    there = await (await session.connection()).run_sync(is_ours)
    return str(await session.scalar(text(f"SELECT version_num FROM {REVISION}"))) if there else None  # noqa: S608


def is_ours(connection: Connection) -> bool:
    """Whether it has a schema of the service's, of whatever age."""
    return inspect(connection).has_table(REVISION)


def columns_of(table: Table) -> list[Column[Any]]:
    """Those that hold something of their own."""
    return [column for column in table.columns if column.computed is None]


async def lines(session: AsyncSession, table: Table, counted: Counted) -> AsyncIterator[bytes]:
    """Every row as a line, by its key byte by byte, in pieces of some size; `counted` has counted what has come."""
    columns = columns_of(table)
    cells = [cell_of(column) for column in columns]
    asked = [cell.asked(column) for cell, column in zip(cells, columns, strict=True)]
    collation = engines.by_bytes(session.get_bind())
    query = select(*asked).order_by(*_order(table, collation)).execution_options(yield_per=AT_ONCE)
    piece = bytearray()
    async for row in await session.stream(query):
        values = [None if value is None else cell.written(value) for cell, value in zip(cells, row, strict=True)]
        line = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        counted.add(line)
        piece += line
        if len(piece) >= PIECE_BYTES:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)


def _order(table: Table, collation: str | None) -> list[ColumnElement[Any]]:
    keys = list(table.primary_key.columns) or columns_of(table)
    return [key.collate(collation) if collation and isinstance(key.type, String) else key for key in keys]


async def load(session: AsyncSession, table: Table, names: Sequence[str], piece: bytes) -> None:
    """Put the rows of a piece into `table`."""
    cells = {name: cell_of(table.columns[name]) for name in names}
    rows = [
        {
            name: None if value is None else cells[name].back(value)
            for name, value in zip(names, json.loads(line), strict=True)
        }
        for line in piece.splitlines()
    ]
    await session.execute(_with_null(table).insert(), rows)


def _with_null(table: Table) -> Table:
    """The table, whose columns of JSON take None for SQL's NULL."""
    for column in table.columns:
        if isinstance(column.type, JSON):
            column.type.none_as_null = True
    return table
