"""PostgreSQL as it is: killed, hung and started again; writers that meet; words that it cannot keep."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from analysis_service import migrations
from analysis_service.database import Database
from analysis_service.engines import is_our_mistake
from analysis_service.records.tables import PatientRow
from analysis_service.settings import BadSettings, load
from provisioning.local import servers

ROOT = Path(__file__).parents[2]


@pytest.fixture
def database_url(on_postgresql: str) -> str:
    return on_postgresql


@pytest.fixture
async def database(database_url: str):
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[servers.Cluster]:
    """A cluster of the test's own, to be killed."""
    with servers.running(tmp_path / "postgresql", servers.POSTGRESQL) as stack:
        yield stack.postgresql


async def doctors_patients(service) -> int:
    answer = await service.client.get("/api/v1/patients", headers=service.as_("doctor"))
    if answer.status_code == 503:
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.json()["detail"].startswith("database: expected ")
    return answer.status_code


async def test_a_killed_postgresql_is_a_503_until_it_is_back_and_what_was_kept_is_there(
    serving, configured, cluster, prometheus
) -> None:
    configured["database_url"] = cluster.url(cluster.new_database())
    async with serving(prometheus.url) as service:
        patient = await service.patient()
        killed = cluster.pid
        os.kill(killed, signal.SIGKILL)
        seen = set()
        async with asyncio.timeout(60):
            while cluster.pid == killed or await doctors_patients(service) != 200:
                seen.add(await doctors_patients(service))
        assert seen <= {200, 503}
        assert 503 in seen
        answer = await service.client.get("/api/v1/patients", headers=service.as_("doctor"))
        assert [one["patient"] for one in answer.json()] == [patient]
        assert (await service.client.get("/readyz")).status_code == 200


async def test_a_postgresql_that_hangs_is_a_503_within_seconds(serving, configured, cluster, prometheus) -> None:
    configured["database_url"] = cluster.url(cluster.new_database())
    async with serving(prometheus.url) as service:
        await service.patient()
        family = [cluster.pid, *children(cluster.pid)]
        for pid in family:
            os.kill(pid, signal.SIGSTOP)
        try:
            async with asyncio.timeout(60):
                assert await doctors_patients(service) == 503
                assert (await service.client.get("/readyz")).json()["field"] == "database"
        finally:
            for pid in family:
                os.kill(pid, signal.SIGCONT)
        async with asyncio.timeout(60):
            while await doctors_patients(service) == 503:
                pass
        assert await doctors_patients(service) == 200


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def test_what_was_begun_when_it_was_killed_is_whole_or_not_there(cluster) -> None:
    database = Database(url := cluster.url(cluster.new_database()))
    await migrations.upgrade(url)
    with pytest.raises(DBAPIError):
        await write_and_kill(database, cluster.pid)
    async with asyncio.timeout(60):
        while (count := await counted(database)) is None:
            await asyncio.sleep(0.05)
    assert count == 0
    await database.close()


async def write_and_kill(database: Database, pid: int) -> None:
    """The server and our own part of it die before the transaction is kept."""
    async with database.writing() as session:
        session.add_all([PatientRow(patient=f"p{number}", name="x", created_ms=0) for number in range(2)])
        await session.flush()
        ours = await session.scalar(select(func.pg_backend_pid()))
        for each in (pid, ours):
            os.kill(each, signal.SIGKILL)


async def counted(database: Database) -> int | None:
    """How many patients there are; None while nobody can say."""
    try:
        async with database.reading() as session:
            return await session.scalar(select(func.count()).select_from(PatientRow))
    except DBAPIError:
        return None


async def test_a_writer_decides_on_what_the_writer_before_it_left(database) -> None:
    """Each adds one patient only where there are fewer than three: read and written by ten at once."""

    async def add(number: int) -> None:
        async with database.writing() as session:
            if await session.scalar(select(func.count()).select_from(PatientRow)) < 3:
                session.add(PatientRow(patient=f"p{number}", name="x", created_ms=0))

    await asyncio.gather(*(add(number) for number in range(10)))
    assert await counted(database) == 3


async def test_a_reading_transaction_sees_one_state_and_writes_nothing(database) -> None:
    async with database.reading() as session:
        before = await session.scalar(select(func.count()).select_from(PatientRow))
        async with database.writing() as other:
            other.add(PatientRow(patient="p1", name="x", created_ms=0))
        assert await session.scalar(select(func.count()).select_from(PatientRow)) == before
    with pytest.raises(DBAPIError):
        async with database.reading() as session:
            session.add(PatientRow(patient="p2", name="x", created_ms=0))


async def test_races_for_one_gateway_leave_one_assignment(service) -> None:
    patients = [await service.patient() for _ in range(4)]
    answers = await asyncio.gather(
        *(
            service.client.post(
                f"/api/v1/gateways/{service.gateway}/assignments",
                json={"patient": patient},
                headers=service.as_("doctor"),
            )
            for patient in patients
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_a_row_that_breaks_a_constraint_is_shown_to_nobody(database) -> None:
    with pytest.raises(IntegrityError) as refused:
        async with database.writing() as session:
            session.add(PatientRow(patient="p1", name="Georges Okafor", created_ms=None))
    error: BaseException | None = refused.value
    while error is not None:
        assert "Okafor" not in str(error)
        error = error.__cause__


@pytest.mark.parametrize("name", ["Marie\x00", "x\x00y"])
async def test_a_text_that_postgresql_cannot_keep_is_our_mistake_and_not_asked_for_again(database, name) -> None:
    with pytest.raises(DBAPIError) as refused:
        async with database.writing() as session:
            session.add(PatientRow(patient="p1", name=name, created_ms=0))
    assert is_our_mistake(refused.value)


async def test_a_number_beyond_what_a_column_holds_is_our_mistake(database) -> None:
    with pytest.raises(DBAPIError) as refused:
        async with database.writing() as session:
            session.add(PatientRow(patient="p1", name="x", created_ms=2**70))
    assert is_our_mistake(refused.value)


async def test_a_name_with_a_character_that_no_name_has_is_refused_at_the_door(service) -> None:
    answer = await service.client.post("/api/v1/patients", json={"name": "a\x01b"}, headers=service.as_("doctor"))
    assert (answer.status_code, answer.json()["field"]) == (422, "name")


async def test_a_label_that_postgresql_cannot_keep_is_set_aside_all_the_same(service) -> None:
    await service.assigned()
    at = service.clock() - 60_000
    for labels in ({"nul\x00": "x"}, {"x": "nul\x00"}, {"device": "nul\x00"}):
        answer = await service.write(service.vital((at, 70.0), **labels))
        assert answer.status_code == 204, answer.text
    assert len(await service.quarantine()) == 3


SECRETS = ["postgresql+asyncpg://chevet:hidden@h:port/x", "postgresql+asyncpg:/chevet:hidden@h/x", "chevet:hidden@h"]


@pytest.mark.parametrize("url", [*SECRETS, "postgresql://chevet:hidden@h/x"])
def test_no_password_is_shown_by_a_refusal(configured, url: str) -> None:
    with pytest.raises(BadSettings) as refused:
        load(**(configured | {"database_url": url}))
    assert str(refused.value).startswith("CHEVET_DATABASE_URL: expected ")
    assert "hidden" not in str(refused.value)


def test_settings_that_are_printed_show_no_password(configured) -> None:
    assert "hidden" not in repr(load(**(configured | {"database_url": "postgresql+asyncpg://chevet:hidden@h/x"})))


async def test_the_password_may_stand_in_a_file(configured, database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text(servers.PASSWORD + "\n")
    without = database_url.replace(f":{servers.PASSWORD}@", "@")
    assert without != database_url
    chosen = load(**(configured | {"database_url": without, "database_password_file": path}))
    opened = Database(chosen.database)
    await opened.ping()
    await opened.close()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": "wrong-one"}, "password authentication failed"),
        ({"port": 9}, "Connect call failed"),
        ({"database": "nowhere"}, '"nowhere" does not exist'),
    ],
    ids=["password", "port", "database"],
)
def test_a_database_that_lets_nobody_in_is_refused_at_the_start_in_one_sentence(
    configured, database_url: str, change: dict[str, object], said: str
) -> None:
    url = load(**configured).database.set(**change).render_as_string(hide_password=False)
    variables = {f"CHEVET_{name.upper()}": str(value) for name, value in (configured | {"database_url": url}).items()}
    ended = subprocess.run(
        [sys.executable, "-m", "analysis_service", "migrate"],
        env={"PATH": os.environ["PATH"]} | variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("CHEVET_DATABASE_URL: expected a database that can be written, got ")
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert servers.PASSWORD not in ended.stderr
    assert "wrong-one" not in ended.stderr


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/v1/alerts?gateway=g%00", "query.gateway"),
        ("/api/v1/alerts/technical?gateway=g%00", "query.gateway"),
        ("/api/v1/quarantine?gateway=g%00", "query.gateway"),
        ("/api/v1/patients/p%00/contacts", "path.patient"),
        ("/api/v1/patients/p%00/observations", "path.patient"),
    ],
)
async def test_a_name_that_postgresql_cannot_hold_is_refused_by_field(
    service_without_store, path: str, field: str
) -> None:
    service = service_without_store
    answer = await service.client.get(path, headers=service.as_("nurse", "sre"))
    assert (answer.status_code, answer.json()["field"]) == (422, field)
