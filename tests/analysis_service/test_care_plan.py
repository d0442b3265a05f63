"""What is asked at each request is found by indexes, however many patients and teams there are."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.care.caring import looked_after, reached
from tests.analysis_service.conftest import Service

ASKED = {
    "whether somebody cares for a patient": reached("anne", 1_900_000_000_000, "p1"),
    "whom somebody cares for": reached("anne", 1_900_000_000_000),
    "whether a team does": looked_after("anne", 1_900_000_000_000, "p1"),
}
TABLES = ("care_team_members", "care_teams", "cared_for", "stays", "broken_glass")


async def plan(session: AsyncSession, statement: object) -> list[str]:
    """What the database would do. PostgreSQL reads a table with no rows from end to end unless it is told not to."""
    dialect = session.get_bind().dialect
    written = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    if dialect.name == "sqlite":
        return [row[-1] for row in await session.execute(text(f"EXPLAIN QUERY PLAN {written}"))]
    await session.execute(text("SET LOCAL enable_seqscan = off"))
    return [row[0].strip(" ->") for row in await session.execute(text(f"EXPLAIN {written}"))]


@pytest.mark.parametrize("what", ASKED)
async def test_no_table_is_read_from_end_to_end(service_without_store: Service, what: str) -> None:
    async with service_without_store.client._transport.app.state.database.reading() as session:
        lines = await plan(session, ASKED[what])
        everything = await plan(session, text("SELECT * FROM stays WHERE saved_by = 'x'"))
    assert not [
        line for line in lines for table in TABLES if line.startswith((f"SCAN {table}", f"Seq Scan on {table}"))
    ]
    assert [line for line in lines if "INDEX" in line.upper()]
    assert [line for line in everything if line.startswith(("SCAN stays", "Seq Scan on stays"))], (
        "else it proves nothing"
    )
