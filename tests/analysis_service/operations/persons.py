"""A person with a row in every table, cared for until a day: every text about them is their pseudonym."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Connection, Integer, String, Table

from analysis_service.records.history import What
from tests.analysis_service.rows import reflected, row_of

BEGAN, ENDED = 1_000_000_000_000, 1_100_000_000_000
"""2001-09-09 and 2004-11-09."""
WITHIN = (BEGAN + ENDED) // 2
TIMES = {"from_ms": BEGAN, "created_ms": BEGAN, "until_ms": ENDED}
SAID = {
    ("patients", "birth_date"): "1950-02-28",
    ("record_editions", "what"): "dossier",
    ("gateways", "address"): "a:1",
    ("assignments", "withdrawn_ms"): None,
    ("report_releases", "recalled_ms"): None,
}


def person_in(connection: Connection, pseudonym: str, number: int) -> None:
    """Their row in every table that has room for another; `number` is in place of every number."""
    for table in reflected(connection):
        connection.execute(table.insert(), row_about(table, pseudonym, number))
        if table.name == "record_editions":
            for what in What:
                if what is not What.DOSSIER:
                    connection.execute(table.insert(), row_about(table, pseudonym, number) | {"what": what.value})


def row_about(table: Table, pseudonym: str, number: int) -> dict[str, object]:
    row = row_of(table)
    for column in table.columns:
        if (table.name, column.name) in SAID:
            row[column.name] = SAID[table.name, column.name]
        elif isinstance(column.type, BigInteger) and column.name.endswith("_ms"):
            row[column.name] = TIMES.get(column.name, WITHIN)
        elif isinstance(column.type, Integer) and not isinstance(column.type, Boolean):
            row[column.name] = number
        elif isinstance(column.type, String) and row[column.name] not in ("pull", None):
            row[column.name] = pseudonym
    return row
