"""A patient has all that is held of them, nobody else's, and never what would open a door."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update

from analysis_service.database import Database, Row
from analysis_service.operations.holdings import HELD
from tests.analysis_service.conftest import HEART_RATE
from tests.analysis_service.operations.persons import person_in
from tests.analysis_service.rows import in_database

DAY = 24 * 3600 * 1000


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    """Which rows are whose is asked of both databases where they are erased."""
    return on_sqlite


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    found = Database(database_url)
    yield found
    await found.close()


def opened(content: bytes) -> zipfile.ZipFile:
    found = zipfile.ZipFile(io.BytesIO(content))
    assert found.testzip() is None
    return found


async def exported(service, patient: str, account: str):
    return await service.client.get(f"/api/v1/patients/{patient}/export", headers=service.as_("patient", sub=account))


async def claim(database: Database, patient: str, account: str) -> None:
    patients = Row.metadata.tables["patients"]
    async with database.writing() as session:
        await session.execute(update(patients).where(patients.c.patient == patient).values(account=account))


@pytest.fixture
async def two(serving, prometheus, database: Database):
    """The service with two people who have a row in every table each; their accounts are their pseudonyms."""
    async with serving(prometheus.url) as service:
        for number, person in enumerate(("p1", "p2"), 1):
            await in_database(database, lambda connection, n=number, p=person: person_in(connection, p, n))
        yield service


async def test_every_table_that_holds_something_of_a_patient_is_in_their_export_and_nobody_elses_row(
    two, database
) -> None:
    corrections = Row.metadata.tables["corrections"]
    async with database.writing() as session:
        await session.execute(update(corrections).values(taken_from=["p2"]))
    answer = await exported(two, "p1", "p1")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    assert "p1" not in answer.headers["content-disposition"]
    found = opened(answer.content)
    for holding in HELD:
        name = f"records/{holding.name}.json"
        if holding.left_out:
            assert name not in found.namelist()
            continue
        row, *_ = json.loads(found.read(name))
        assert set(row) == set(holding.shown.split()) - set(holding.files)
        assert not set(row) & set(holding.hidden.split())
    assert not [name for name in found.namelist() if b'"p2"' in found.read(name)]


async def test_the_readme_explains_every_file_in_both_languages(two) -> None:
    found = opened((await exported(two, "p1", "p1")).content)
    text = found.read("README.md").decode()
    for holding in HELD:
        if not holding.left_out:
            assert text.count(f"records/{holding.name}.json") == 2
            assert holding.en in text
            assert holding.fr in text


async def test_a_released_report_is_a_file_and_one_that_is_not_released_is_not_there(two, database) -> None:
    found = opened((await exported(two, "p1", "p1")).content)
    assert [name for name in found.namelist() if name.endswith(".pdf")] == ["report_versions/p1-1.pdf"]
    releases = Row.metadata.tables["report_releases"]
    async with database.writing() as session:
        await session.execute(update(releases).values(recalled_ms=1))
    found = opened((await exported(two, "p1", "p1")).content)
    assert [name for name in found.namelist() if name.startswith("report_versions/")] == []
    assert json.loads(found.read("records/report_versions.json")) == []


async def test_series_are_there_to_the_last_sample_and_in_their_order(service, database) -> None:
    patient = await service.assigned()
    now = service.clock() // 1000 * 1000
    samples = [(now - 5 * DAY + n * 3_600_000, 60.0 + n) for n in range(5 * 24)]
    assert (await service.write(service.vital(*samples))).status_code == 204
    other = await service.client.get(f"/api/v1/patients/{patient}/export", headers=service.as_("patient", sub="nobody"))
    assert other.status_code == 403
    await claim(database, patient, "me")
    found = opened((await exported(service, patient, "me")).content)
    rows = list(csv.DictReader(io.TextIOWrapper(found.open(f"series/{HEART_RATE}.csv"))))
    assert [float(row["value"]) for row in rows] == [value for _, value in samples]
    assert len({row["time"] for row in rows}) == len(samples)


async def test_while_prometheus_is_away_the_answer_is_that_and_no_half_a_file(service_without_store, database) -> None:
    service = service_without_store
    patient = await service.patient()
    await claim(database, patient, "me")
    answer = await exported(service, patient, "me")
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:chevet:problem:unavailable"
