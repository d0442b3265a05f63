"""No two assignments of a gateway overlap, whoever writes them: the service refuses first, the database at last."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from analysis_service import migrations
from analysis_service.database import Database
from analysis_service.records.tables import AssignmentRow, PatientRow
from provisioning.local import servers

LEAST = "least"
"""A role that may make tables in its schema and nothing else: no extension."""


OVERLAPPING = ((0, 101), (199, 300), (120, 130), (0, None), (0, 900))
"""With [100, 200): by a millisecond at each end, within, over all of it, and until further notice."""


async def told(url: str, *statements: str) -> None:
    """Run them as who may do everything."""
    database = Database(url)
    for statement in statements:
        async with database.engine.begin() as connection:
            await connection.execute(text(statement))
    await database.close()


@pytest.fixture
def elsewhere() -> Iterator[ThreadPoolExecutor]:
    """Where no loop of pytest's is."""
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture
def without_the_extension(postgresql: servers.Cluster, elsewhere: ThreadPoolExecutor) -> Iterator[str]:
    """The URL of a database whose account may not have btree_gist."""
    name = postgresql.new_database()
    statements = (
        f"DROP ROLE IF EXISTS {LEAST}",
        f"CREATE ROLE {LEAST} LOGIN PASSWORD '{servers.PASSWORD}'",
        f"GRANT ALL ON SCHEMA public TO {LEAST}",
    )
    elsewhere.submit(asyncio.run, told(postgresql.url(name), *statements)).result()
    yield postgresql.url(name).replace("//chevet:", f"//{LEAST}:")
    postgresql.remove_database(name)
    elsewhere.submit(asyncio.run, told(postgresql.url("postgres"), f"DROP ROLE {LEAST}")).result()


@pytest.fixture(params=["on_sqlite", "on_postgresql", "without_the_extension"])
async def database(request: pytest.FixtureRequest):
    url = str(request.getfixturevalue(request.param))
    await migrations.upgrade(url)
    opened = Database(url)
    async with opened.writing() as session:
        session.add(PatientRow(patient="p1", name="x", created_ms=0))
    yield opened
    await opened.close()


def row(id: str, from_ms: int, until_ms: int | None, **more: object) -> AssignmentRow:
    known = {"gateway": "g1", "patient": "p1", "saved_ms": 0, "saved_by": "somebody"}
    return AssignmentRow(id=id, from_ms=from_ms, until_ms=until_ms, **(known | more))


async def add(database: Database, *rows: AssignmentRow) -> None:
    async with database.writing() as session:
        session.add_all(rows)


async def test_rows_written_past_the_service_are_refused_where_they_overlap(database: Database) -> None:
    await add(database, row("a", 100, 200))
    for from_ms, until_ms in OVERLAPPING:
        with pytest.raises(DBAPIError, match="overlap"):
            await add(database, row("b", from_ms, until_ms))


async def test_what_touches_is_another_gateways_or_was_withdrawn_is_no_overlap(database: Database) -> None:
    await add(database, row("a", 100, 200), row("b", 200, None), row("c", 0, 100))
    await add(database, row("d", 50, 150, gateway="g2"), row("e", 50, 150, withdrawn_ms=7))


async def test_an_assignment_cannot_be_moved_over_another(database: Database) -> None:
    await add(database, row("a", 100, 200), row("b", 200, 300), row("c", 0, 900, withdrawn_ms=7))
    for change in ({"id": "a", "until_ms": 201}, {"id": "b", "from_ms": 199}, {"id": "c", "withdrawn_ms": None}):
        values = {name: value for name, value in change.items() if name != "id"}
        with pytest.raises(DBAPIError, match="overlap"):
            async with database.writing() as session:
                await session.execute(update(AssignmentRow).where(AssignmentRow.id == change["id"]).values(**values))


@pytest.mark.parametrize("url", ["on_postgresql", "without_the_extension"])
async def test_two_transactions_that_know_nothing_of_each_other_do_not_both_pass(
    request: pytest.FixtureRequest, url: str
) -> None:
    """Without the lock that the service's own writers take."""
    database = Database(str(request.getfixturevalue(url)))
    await migrations.upgrade(str(request.getfixturevalue(url)))
    await add_patient(database)

    async def write(id: str) -> None:
        row = "(:id, 'g1', 'p1', 0, 0, 'x')"
        into = "INSERT INTO assignments (id, gateway, patient, from_ms, saved_ms, saved_by)"
        async with database.engine.begin() as connection:
            await connection.execute(text(f"{into} VALUES {row}"), {"id": id})

    ends = await asyncio.gather(*(write(f"a{number}") for number in range(6)), return_exceptions=True)
    refused = [end for end in ends if isinstance(end, DBAPIError)]
    assert (len(refused), ends.count(None)) == (5, 1)
    assert all("overlap" in str(one) for one in refused)
    await database.close()


async def add_patient(database: Database) -> None:
    async with database.writing() as session:
        session.add(PatientRow(patient="p1", name="x", created_ms=0))


async def test_of_those_who_give_one_gateway_at_the_same_moment_one_wins_and_the_others_are_told(
    service_without_store,
) -> None:
    service = service_without_store
    patients = [await service.patient() for _ in range(4)]
    path = f"/api/v1/gateways/{service.gateway}/assignments"
    answers = await asyncio.gather(
        *(service.client.post(path, json={"patient": one}, headers=service.as_("doctor")) for one in patients)
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    told = [answer.json()["detail"] for answer in answers if answer.status_code == 409]
    assert all(f"{service.gateway} is assigned from" in sentence for sentence in told)
