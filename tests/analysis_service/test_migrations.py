"""Each revision goes forward and back with rows in every table, on each database, and ends where the tables say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import get_args

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from analysis_service import migrations
from analysis_service.alerts.schemas import AlertEvent
from analysis_service.app import ROUTERS
from analysis_service.database import Database, Row
from provisioning.local import servers
from tests.analysis_service.rows import Content, anew, content, fill, in_database, reflected, row_of

SCRIPTS = ScriptDirectory.from_config(migrations.configuration())
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]


@pytest.fixture
def new_on_postgresql(postgresql: servers.Cluster) -> Iterator[str]:
    """The URL of a database without any table."""
    name = postgresql.new_database()
    yield postgresql.url(name)
    postgresql.remove_database(name)


@pytest.fixture(params=["on_sqlite", "new_on_postgresql"], ids=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def database(empty_database: str) -> AsyncIterator[Database]:
    opened = Database(empty_database, unhurried=True)
    yield opened
    await opened.close()


async def test_each_revision_goes_forward_and_back_and_loses_nothing_that_the_older_schema_can_hold(
    database: Database, empty_database: str
) -> None:
    older: Content = {}
    for before, revision in zip(["base", *REVISIONS], REVISIONS, strict=False):
        await migrations.upgrade(empty_database, revision)
        found, newer = await in_database(database, fill)
        assert older.keys() <= found.keys(), revision
        assert all(newer.values()), f"{revision}: every table has a row"
        await migrations.downgrade(empty_database, before)
        assert await in_database(database, content) == older, revision
        await migrations.upgrade(empty_database, revision)
        found = await in_database(database, content)
        assert found.keys() == newer.keys(), revision
        assert {name: found[name] for name in older} == {name: newer[name] for name in older}, revision
        older = await in_database(database, anew)


async def test_what_prometheus_alone_saw_goes_with_the_schema_that_can_hold_it(
    database: Database, empty_database: str
) -> None:
    await migrations.upgrade(empty_database, "0004")

    def see(connection: Connection) -> None:
        tables = {table.name: table for table in reflected(connection)}
        for source in ("gateway", "prometheus"):
            connection.execute(tables["alerts"].insert(), row_of(tables["alerts"]) | {"id": source, "source": source})
            for name in ("alert_events", "alert_attempts"):
                own = {} if name == "alert_attempts" else {"id": len(source)}
                connection.execute(tables[name].insert(), row_of(tables[name]) | own | {"alert": source})

    await in_database(database, see)
    await migrations.downgrade(empty_database, "0003")
    left = await in_database(database, content)
    assert [row["id"] for row in left["alerts"]] == ["gateway"]
    assert {row["alert"] for name in ("alert_events", "alert_attempts") for row in left[name]} == {"gateway"}


async def test_what_prometheus_did_to_a_gateways_alert_goes_from_its_history_too(
    database: Database, empty_database: str
) -> None:
    """The older service knows no such events, and would not show the alert at all."""
    await migrations.upgrade(empty_database, "0004")

    def see(connection: Connection) -> None:
        tables = {table.name: table for table in reflected(connection)}
        connection.execute(tables["alerts"].insert(), row_of(tables["alerts"]) | {"id": "a", "source": "gateway"})
        for number, what in enumerate(get_args(AlertEvent.model_fields["what"].annotation)):
            event = row_of(tables["alert_events"]) | {"id": number, "alert": "a", "what": what}
            connection.execute(tables["alert_events"].insert(), event)

    await in_database(database, see)
    await migrations.downgrade(empty_database, "0003")
    left = await in_database(database, content)
    assert {row["what"] for row in left["alert_events"]} == {"registered", "amended", "attempted", "taken"}


async def test_looks_that_are_on_record_are_found_by_whom_they_were_at(database: Database, empty_database: str) -> None:
    await migrations.upgrade(empty_database, "0012")

    def look(connection: Connection) -> None:
        (entries,) = [table for table in reflected(connection) if table.name == "audit_entries"]
        for number in range(1, 2_003):
            patients = {1: "p1,p2,p1", 2: ""}.get(number, "p2")
            connection.execute(entries.insert(), row_of(entries) | {"id": number, "patients": patients})

    await in_database(database, look)
    await migrations.upgrade(empty_database, "0013")
    found = (await in_database(database, content))["audit_looks"]
    assert [one["entry"] for one in found if one["patient"] == "p1"] == [1]
    assert sorted(one["entry"] for one in found if one["patient"] == "p2") == [1, *range(3, 2_003)]


async def test_all_the_way_and_all_the_way_back_leaves_no_table(database: Database, empty_database: str) -> None:
    await migrations.upgrade(empty_database)
    await in_database(database, fill)
    await migrations.downgrade(empty_database, "base")
    assert await in_database(database, content) == {}


async def test_the_newest_schema_is_the_one_that_the_tables_declare(database: Database, empty_database: str) -> None:
    await migrations.upgrade(empty_database)

    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), Row.metadata)

    assert ROUTERS, "every module's tables are imported with its routes"
    assert await in_database(database, differences) == []


def test_the_chain_has_one_end() -> None:
    assert len(SCRIPTS.get_heads()) == 1
    assert len(REVISIONS) > 1
