"""What stands in a database, whatever its tables are; and a row for each table that has none."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, MetaData, Table, types

from analysis_service.database import Database

VALUES: dict[type[types.TypeEngine[Any]], object] = {
    types.Boolean: True,
    types.BigInteger: 2**52 + 1,
    types.Integer: 7,
    types.Float: 36.6,
    types.LargeBinary: b"\x00\xff",
    types.JSON: {"é": ["ü", None, 1.5]},
    types.String: "é ü",
}
"""A representative of each type, the narrower type first."""
CHECKED = {("gateways", "mode"): "pull", ("assignments", "until_ms"): None}
"""What a constraint of the table wants."""


def reflected(connection: Connection) -> list[Table]:
    """The tables that are there, those that others refer to first."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def row_of(table: Table) -> dict[str, object]:
    return {column.name: CHECKED.get((table.name, column.name), value_of(column.type)) for column in table.columns}


def value_of(kind: types.TypeEngine[Any]) -> object:
    return next(value for known, value in VALUES.items() if isinstance(kind, known))


async def in_database(database: Database, act: Any) -> Any:
    async with database.writing() as session:
        return await (await session.connection()).run_sync(act)


Content = dict[str, list[dict[str, object]]]


def content_of(connection: Connection, tables: list[Table]) -> Content:
    return {table.name: [dict(row) for row in connection.execute(table.select()).mappings()] for table in tables}


def content(connection: Connection) -> Content:
    return content_of(connection, reflected(connection))


def anew(connection: Connection) -> Content:
    """A new row in place of all that each table had: columns that came later hold a value too."""
    tables = reflected(connection)
    for table in reversed(tables):
        connection.execute(table.delete())
    for table in tables:
        connection.execute(table.insert(), row_of(table))
    return content_of(connection, tables)


def fill(connection: Connection) -> tuple[Content, Content]:
    """Every row, before and after each table that has none got one."""
    tables = reflected(connection)
    before = content_of(connection, tables)
    for table in tables:
        if not before[table.name]:
            connection.execute(table.insert(), row_of(table))
    return before, content_of(connection, tables)
