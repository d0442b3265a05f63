"""The commands as an operator types them: what they say, what they ask, and how they end."""

from __future__ import annotations

import argparse
import asyncio
import builtins
import io
import os
import signal
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import text

from analysis_service.audit.anchor import AnchorFile
from analysis_service.audit.service import Audit, key_in
from analysis_service.clock import system_clock
from analysis_service.database import Database
from analysis_service.operations import command, series_files
from analysis_service.operations.command import COMMANDS
from analysis_service.operations.refusals import OperationRefused
from provisioning.local import servers
from tests.analysis_service.conftest import with_tables
from tests.analysis_service.operations.persons import person_in
from tests.analysis_service.rows import content, in_database

DEADLINE = 30
NOBODY = 65534


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    return on_sqlite


@pytest.fixture
async def settled(configured, template_file, prometheus, tmp_path, monkeypatch) -> Path:
    """The environment of an operator, and a database with somebody in it; the directory of both."""
    await with_tables(str(configured["database_url"]), template_file)
    database = Database(str(configured["database_url"]))
    await in_database(database, lambda connection: person_in(connection, "c1", 1))
    async with database.writing() as session:  # what is made up is sealed by nobody
        for table in ("audit_entries", "audit_seals", "audit_looks"):
            await session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - names of this test
    await database.close()
    (tmp_path / "backup.key").write_text("7c" * 32 + "\n")
    given = configured | {"query_url": prometheus.url, "backup_key_file": tmp_path / "backup.key"}
    for name, value in given.items():
        monkeypatch.setenv(f"CHEVET_{name.upper()}", str(value))
    return tmp_path


async def stopped(process: asyncio.subprocess.Process) -> bytes:
    """Ctrl-C until it is heard, for one that comes just before it waits is seen with the next; what it says."""
    ending = asyncio.create_task(process.communicate())
    while not ending.done():
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        await asyncio.wait({ending}, timeout=8)
    return (await ending)[1]


async def run(name: str, *arguments: str) -> int:
    parser = argparse.ArgumentParser()
    COMMANDS[name].add_arguments(parser)
    return await COMMANDS[name].act(parser.parse_args(arguments))


async def looks(directory: Path) -> list:
    database = Database(f"sqlite+aiosqlite:///{directory}/chevet.sqlite")
    audit = Audit(database, system_clock, key_in(directory / "audit.key"), AnchorFile(directory / "audit.anchor"))
    found = [entry.look async for entry in audit.events(0, 2**62)]
    await database.close()
    return found


async def test_a_dry_run_erases_nothing_and_a_wrong_answer_erases_nothing(settled, monkeypatch, capsys) -> None:
    assert await run("erase", "--patient", "c1", "--dry-run") == command.DONE
    assert "contacts: 1 rows, erased at once" in capsys.readouterr().out
    with pytest.raises(OperationRefused, match="--reason: expected why"):
        await run("erase", "--patient", "c1")
    monkeypatch.setattr(builtins, "input", lambda _: "p2")
    with pytest.raises(OperationRefused, match="expected it once more, got another; nothing was erased"):
        await run("erase", "--patient", "c1", "--reason", "asked")
    assert await looks(settled) == []


async def test_the_pseudonym_typed_again_erases(settled, monkeypatch, capsys) -> None:
    monkeypatch.setattr(builtins, "input", lambda _: "c1")
    assert await run("erase", "--patient", "c1", "--reason", "asked by letter") == command.DONE
    assert "contacts: 1 rows erased or emptied" in capsys.readouterr().out
    [look] = await looks(settled)
    assert (look.route, look.patients, look.reason) == ("erase", ("c1",), "asked by letter")


async def test_an_export_is_for_its_owner_alone_and_on_record(settled) -> None:
    out = settled / "theirs.zip"
    assert await run("export", "--patient", "c1", "--reason", "asked by letter", "--out", str(out)) == command.DONE
    assert out.stat().st_mode & 0o777 == 0o600
    assert "records/contacts.json" in zipfile.ZipFile(out).namelist()
    [look] = await looks(settled)
    assert (look.route, look.patients) == ("export", ("c1",))
    with pytest.raises(OperationRefused, match="found none called 'p9'"):
        await run("export", "--patient", "p9", "--reason", "asked", "--out", str(settled / "none.zip"))
    assert not (settled / "none.zip").exists()


async def test_retention_says_of_each_table_how_long_and_why(settled, capsys) -> None:
    assert await run("retain", "--dry-run") == command.DONE
    said = capsys.readouterr().out
    assert "quarantine: 90 days; 1 rows due; kept no longer than its purpose wants (GDPR, article 5, 1 e)" in said
    assert "observations: kept; part of the medical record: twenty years after the last stay" in said
    assert await run("retain") == command.DONE
    assert "quarantine: 90 days; 1 rows removed" in capsys.readouterr().out
    assert await run("retain") == command.DONE
    assert "quarantine: 90 days; 0 rows removed" in capsys.readouterr().out


async def test_an_audit_that_was_tampered_with_before_the_backup_is_said_after_it(settled, monkeypatch, capsys) -> None:
    await run("export", "--patient", "c1", "--reason", "to have an entry", "--out", str(settled / "x.zip"))
    database = Database(f"sqlite+aiosqlite:///{settled}/chevet.sqlite")
    async with database.writing() as session:
        await session.execute(text("UPDATE audit_entries SET subject = 'somebody else'"))
    await database.close()
    assert await run("backup", "--out", str(settled / "b")) == command.DONE
    assert "Prometheus: left out" in capsys.readouterr().out
    monkeypatch.setenv("CHEVET_DATABASE_URL", f"sqlite+aiosqlite:///{settled}/second.sqlite")
    found = await run("restore", "--from", str(settled / "b"), "--keys", str(settled / "keys"))
    assert found == command.NOT_WHOLE
    said = capsys.readouterr().out
    assert "not as written" in said
    assert f"CHEVET_AUDIT_KEY_FILE={settled}/keys/audit_key" in said


async def test_without_a_key_or_with_another_nothing_is_begun(settled, monkeypatch) -> None:
    monkeypatch.delenv("CHEVET_BACKUP_KEY_FILE")
    with pytest.raises(OperationRefused, match="CHEVET_BACKUP_KEY_FILE: expected a file, got none"):
        await run("backup", "--out", str(settled / "b"))
    (settled / "short").write_text("7c")
    with pytest.raises(OperationRefused, match="expected a key of 64 hexadecimal digits, got something else"):
        await run("backup", "--out", str(settled / "b"), "--key", str(settled / "short"))
    assert not (settled / "b").exists()


async def test_ctrl_c_ends_a_restore_with_a_sentence_and_without_a_trace(
    settled, monkeypatch, postgresql: servers.Cluster
) -> None:
    assert await run("backup", "--out", str(settled / "b")) == command.DONE
    name = postgresql.new_database()
    second = Database(postgresql.url(name))
    monkeypatch.setenv("CHEVET_DATABASE_URL", postgresql.url(name))
    given = ("restore", "--from", str(settled / "b"), "--keys", str(settled / "keys"))
    async with second.engine.connect() as holding:
        # So that it waits, its files begun: nobody else may make this table until it is known whether it stays.
        await holding.execute(text("CREATE TABLE alembic_version (version_num text)"))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "analysis_service", *given, stderr=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(DEADLINE):
            while not (settled / "keys" / ".restoring").exists():
                assert process.returncode is None
                await asyncio.sleep(0.01)
            said = await stopped(process)
    assert (process.returncode, said.decode().strip()) == (command.INTERRUPTED, "stopped; everything is as it was")
    assert not list((settled / "keys").iterdir())
    assert await in_database(second, content) == {}
    await second.close()
    postgresql.remove_database(name)


async def test_where_nobody_sits_at_the_terminal_nothing_is_erased(settled, monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(OperationRefused, match="expected it once more, got another; nothing was erased"):
        await run("erase", "--patient", "c1", "--reason", "asked")
    assert await looks(settled) == []


async def test_ctrl_c_ends_the_question_at_once_and_says_what_may_be_gone(settled) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "analysis_service", "erase", "--patient", "c1", "--reason", "asked"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(DEADLINE):
        await process.stdout.readuntil(b"type the pseudonym again")
        said = await stopped(process)  # without an answer
    assert (process.returncode, said.decode().strip()) == (
        command.INTERRUPTED,
        "stopped; rows are as they were, series may be gone: --dry-run says what is left",
    )


async def ran(name: str, *arguments: str) -> int:
    """The exit code, as from a shell."""
    parser = argparse.ArgumentParser()
    COMMANDS[name].add_arguments(parser)
    return await asyncio.to_thread(command.run, COMMANDS[name], parser.parse_args(arguments))


@contextmanager
def ordinary() -> Iterator[None]:
    """Who may not read everything, as root may."""
    before = os.geteuid()
    os.seteuid(before or NOBODY)
    yield
    os.seteuid(before)


async def test_where_a_restore_may_not_write_is_said_by_its_name(settled, tmp_path, capsys) -> None:
    (tmp_path / "plain").write_text("no directory")
    assert await run("backup", "--out", str(settled / "b")) == command.DONE
    capsys.readouterr()
    keys = tmp_path / "plain" / "keys"
    assert await ran("restore", "--from", str(settled / "b"), "--keys", str(keys)) == command.REFUSED
    assert capsys.readouterr().err.startswith(f"{keys}: expected one that can be read and written: Not a directory")


def test_files_of_a_prometheus_that_may_not_be_read_are_said_and_not_left_out() -> None:
    with tempfile.TemporaryDirectory() as directory:  # pytest's own are closed to whoever is not root
        Path(directory).chmod(0o755)
        wal = Path(directory, "data", "wal")
        wal.mkdir(parents=True)
        (wal / "00000000").touch()
        wal.chmod(0)
        sentence = f"--prometheus-data: expected files that can be read, {wal} cannot: Permission denied"
        with ordinary(), pytest.raises(OperationRefused, match=sentence), series_files.held(wal.parent):
            pass
        wal.chmod(0o700)
