"""Each table says how long its rows are kept and why; what is over goes, and nothing a moment before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from analysis_service.app import ROUTERS
from analysis_service.database import Database, Row
from analysis_service.operations import retention
from analysis_service.operations.retention import DAY_MS, REMOVED, TERMS, Retention
from tests.analysis_service.conftest import with_tables
from tests.analysis_service.operations.persons import WITHIN, person_in
from tests.analysis_service.rows import content, in_database

assert ROUTERS  # every module's tables are imported with its routes
DAYS = {
    "quarantine": 90,
    "refused_alerts": 400,
    "heartbeats": 400,
    "sessions": 90,
    "invitations": 30,
    "wrong_codes": 30,
    "claim_codes": 30,
}


@pytest.fixture
async def database(database_url: str, template_file: Path) -> AsyncIterator[Database]:
    await with_tables(database_url, template_file)
    found = Database(database_url)
    for number, person in enumerate(("p1", "p2"), 1):
        await in_database(found, lambda connection, n=number, p=person: person_in(connection, p, n))
    yield found
    await found.close()


def test_every_table_has_one_term_with_its_reason() -> None:
    assert sorted(term.table for term in TERMS) == sorted(Row.metadata.tables)
    assert all(term.why for term in TERMS)


def test_the_days_are_those_that_were_decided() -> None:
    assert {term.table: term.days for term in REMOVED} == DAYS


def test_what_people_edit_the_medical_record_and_the_audit_are_never_removed() -> None:
    for term in REMOVED:
        assert "version" not in term.of.columns
        assert not term.table.startswith("audit")
    assert all("R1112-7" in term.why for term in TERMS if term.table in ("observations", "report_versions", "patients"))


async def test_a_row_goes_once_its_time_is_over_and_not_at_its_bound(database: Database) -> None:
    before = await in_database(database, content)
    for table, days in DAYS.items():
        at_the_bound = WITHIN + days * DAY_MS
        assert (await Retention(database, lambda at=at_the_bound: at).due())[table] == 0
        assert (await Retention(database, lambda at=at_the_bound: at + 1).due())[table] == 2
    removed = await Retention(database, lambda: WITHIN + 401 * DAY_MS).retain()
    after = await in_database(database, content)
    assert removed == dict.fromkeys(DAYS, 2)
    assert {table: rows for table, rows in after.items() if table not in DAYS} == {
        table: rows for table, rows in before.items() if table not in DAYS
    }
    assert not any(after[table] for table in DAYS)


async def test_what_is_only_asked_for_stays_and_more_than_one_transaction_holds_goes_too(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 1)
    later = Retention(database, lambda: WITHIN + 401 * DAY_MS)
    before = await in_database(database, content)
    due = await later.due()
    assert await in_database(database, content) == before
    assert await later.retain() == due
    assert not any((await later.due()).values())
