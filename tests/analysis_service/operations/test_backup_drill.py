"""The drill: a service with rows in every table and series behind it comes back elsewhere, row for row."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from analysis_service.audit.tables import AuditEntryRow, AuditSealRow
from analysis_service.database import Database
from analysis_service.operations import command
from analysis_service.operations.command import COMMANDS
from provisioning.local import servers
from tests.analysis_service.rows import content, in_database, reflected, row_of

OTHER = {"sqlite": "postgresql", "postgresql": "sqlite"}
AUDITED = {AuditEntryRow.__tablename__, AuditSealRow.__tablename__}
DAY = 24 * 3600 * 1000


def data_of(directory: Path) -> Path:
    """Where the Prometheus that runs in a directory keeps its series."""
    return directory / "prometheus" / "data"


@pytest.fixture
def backup_key(tmp_path: Path) -> Path:
    path = tmp_path / "backup.key"
    path.write_text("7c" * 32)
    return path


@pytest.fixture
def elsewhere(
    request: pytest.FixtureRequest, tmp_path: Path, postgresql: servers.Cluster, database_url: str
) -> Iterator[str]:
    """A database without any table, of the other kind."""
    if database_url.startswith("postgresql"):
        yield f"sqlite+aiosqlite:///{tmp_path}/elsewhere.sqlite"
        return
    name = postgresql.new_database()
    yield postgresql.url(name)
    postgresql.remove_database(name)


def fill(connection: Connection) -> None:
    """A row in every table, but in the audit's, whose own rows are what is to be verified."""
    for table in reflected(connection):
        if table.name not in AUDITED:
            connection.execute(table.insert(), row_of(table))


async def everything(url: str) -> dict:
    database = Database(url, unhurried=True)
    try:
        found = await in_database(database, content)
        return {table: sorted(rows, key=repr) for table, rows in found.items()}
    finally:
        await database.close()


async def run(name: str, *arguments: str) -> int:
    """A command, within the loop that runs."""
    parser = argparse.ArgumentParser()
    COMMANDS[name].add_arguments(parser)
    return await COMMANDS[name].act(parser.parse_args(arguments))


async def test_every_row_and_every_series_come_back_on_the_other_kind_of_database(
    serving, configured, backup_key, elsewhere, tmp_path, monkeypatch, capsys
) -> None:
    begun = time.monotonic()
    with servers.running(tmp_path / "first", servers.PROMETHEUS) as stack:
        async with serving(stack.prometheus.url) as service:
            patient = await service.assigned()
            now = service.clock()
            behind = [(now - 3 * DAY + n * 1000, 60.0 + n) for n in range(50)]
            for samples in ([(now - 60_000 + n * 1000, 70.0 + n) for n in range(50)], behind):
                assert (await service.write(service.vital(*samples))).status_code == 204
            stored = await service.stored()
            assert sum(map(len, stored.values())) == 100
        database = Database(configured["database_url"], unhurried=True)
        await in_database(database, fill)
        await database.close()
        before = await everything(configured["database_url"])
        assert all(before.values()), "every table has a row"
        for name, value in configured.items():
            monkeypatch.setenv(f"CHEVET_{name.upper()}", str(value))
        monkeypatch.setenv("CHEVET_BACKUP_KEY_FILE", str(backup_key))
        series = ("--prometheus-data", str(data_of(tmp_path / "first")))
        assert await run("backup", "--out", str(tmp_path / "kept.backup"), *series) == command.DONE
        gateway = service.gateway
    assert await run("backup", "verify", str(tmp_path / "kept.backup")) == command.DONE

    monkeypatch.setenv("CHEVET_DATABASE_URL", elsewhere)
    second = data_of(tmp_path / "second")
    to = ("--keys", str(tmp_path / "keys"), "--prometheus-data", str(second))
    assert await run("restore", "--from", str(tmp_path / "kept.backup"), *to) == command.DONE
    said = capsys.readouterr().out
    assert f"patients: {len(before['patients'])} rows in the backup, {len(before['patients'])} restored" in said
    assert "all as written" in said
    assert await everything(elsewhere) == before
    restored = {f"{name}_file": tmp_path / "keys" / name for name in ("audit_key", "audit_anchor", "sheet_signing_key")}
    with servers.running(tmp_path / "second", servers.PROMETHEUS) as stack:
        async with serving(stack.prometheus.url, database_url=elsewhere, **restored) as again:
            assert await again.stored(gateway=gateway) == stored
            named = await again.client.get("/api/v1/patients", headers=again.as_("doctor"))
            assert patient in [one["patient"] for one in named.json()]
            whole = await again.client.get("/api/v1/audit/verification", headers=again.as_("sre"))
            assert whole.json()["fault"] is None
    print(f"restored in {(time.monotonic() - begun) / 60:.2f} minutes")  # noqa: T201 - what a drill is for
