"""The service as a process: what it refuses at its start, how it stops, and what it does on a full disk."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx2
import pytest

from analysis_service.__main__ import main

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    """What a process does at its start and its end is the same on any database."""
    return on_sqlite


@pytest.fixture
def environment(configured: dict[str, object]) -> dict[str, str]:
    variables = {f"CHEVET_{name.upper()}": str(value) for name, value in configured.items()}
    return {"PATH": os.environ["PATH"], "CHEVET_LISTEN": f"127.0.0.1:{free_port()}"} | variables


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "analysis_service", *arguments]


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def answers(client: httpx2.Client, url: str) -> bool:
    try:
        return client.get(url).is_success
    except httpx2.HTTPError:
        return False


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """What `serve` says where it will not begin; in this process, for one more takes a second to start."""
    mask, level, handlers = os.umask(0o022), logging.root.level, logging.root.handlers[:]
    os.umask(mask)

    def said(environment: dict[str, str]) -> str:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert main(["serve"]) == 2
        told = capsys.readouterr()
        assert told.out == ""
        return told.err

    yield said
    os.umask(mask)
    logging.root.setLevel(level)
    logging.root.handlers[:] = handlers


@contextmanager
def serving_process(environment: dict[str, str], **options: object) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command("serve"), env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True, **options
    )
    url = f"http://{environment['CHEVET_LISTEN']}/healthz"
    deadline = time.monotonic() + 60
    try:
        with httpx2.Client(timeout=1) as client:
            while process.poll() is None and not answers(client, url):
                assert time.monotonic() < deadline, "the service does not answer"
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("REMOTE_WRITE_URL", "amqp://x", "CHEVET_REMOTE_WRITE_URL: expected http:// or https://, got amqp://"),
        ("QUERY_URL", "prometheus", "CHEVET_QUERY_URL: expected http:// or https://, got 'prometheus'"),
        ("JWKS_URL", None, "CHEVET_JWKS_URL: expected a value, got none"),
        (
            "DATABASE_URL",
            "mysql://x",
            "CHEVET_DATABASE_URL: expected sqlite+aiosqlite:// or postgresql+asyncpg://, got mysql://",
        ),
        ("LISTEN", "8000", "CHEVET_LISTEN: expected host:port, got '8000'"),
        ("SHEET_SIGNING_KEY_FILE", "/none", "CHEVET_SHEET_SIGNING_KEY_FILE: expected a file that exists, got '/none'"),
        ("AUDIT_KEY_FILE", "/none", "CHEVET_AUDIT_KEY_FILE: expected a file that exists, got '/none'"),
        ("AUDIT_KEY_FILE", __file__, "CHEVET_AUDIT_KEY_FILE: expected 64 hexadecimal digits, as `python -m "),
        (
            "AUDIT_ANCHOR_FILE",
            "/nowhere/anchor",
            "CHEVET_AUDIT_ANCHOR_FILE: expected a file that can be added to, /nowhere/anchor cannot: No such file",
        ),
        (
            "AUDIT_ANCHOR_FILE",
            "/proc/version",
            "CHEVET_AUDIT_ANCHOR_FILE: expected a file that can be added to, /proc/",
        ),
        ("DEVICES_PER_GATEWAY", "many", "CHEVET_DEVICES_PER_GATEWAY: "),
        (
            "DATABASE_URL",
            "sqlite+aiosqlite:////nowhere/x.sqlite",
            "CHEVET_DATABASE_URL: expected a database that can be written, got unable to open database file",
        ),
    ],
)
def test_a_wrong_setting_is_refused_in_one_sentence(
    refused, environment: dict[str, str], variable: str, value: str | None, sentence: str
) -> None:
    environment.pop(f"CHEVET_{variable}", None)
    said = refused(environment | ({f"CHEVET_{variable}": value} if value else {}))
    assert said.startswith(sentence), said
    assert said.count("\n") == 1


def test_a_key_of_another_kind_is_refused(refused, environment: dict[str, str], tmp_path) -> None:
    (tmp_path / "other.pem").write_text("no key")
    said = refused(environment | {"CHEVET_SHEET_SIGNING_KEY_FILE": str(tmp_path / "other.pem")})
    assert said.startswith("CHEVET_SHEET_SIGNING_KEY_FILE: expected a private key as PEM")


def test_a_taken_port_is_refused_in_one_sentence(environment: dict[str, str]) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        address = f"127.0.0.1:{holder.getsockname()[1]}"
        ended = run(environment | {"CHEVET_LISTEN": address}, "serve")
    assert ended.returncode == 2
    assert ended.stderr == (f"CHEVET_LISTEN: expected an address that is free, got {address}: Address already in use\n")


def test_help_names_the_commands_and_the_settings(environment: dict[str, str]) -> None:
    told = run({}, "--help").stdout
    assert "serve" in told
    assert "CHEVET_REMOTE_WRITE_URL" in told
    assert run({}, "serve", "--help").returncode == 0


def test_migrate_makes_the_tables_and_may_be_run_again(environment: dict[str, str]) -> None:
    assert [run(environment, "migrate").returncode for _ in range(2)] == [0, 0]


def test_the_database_is_its_owners_alone(environment: dict[str, str], tmp_path) -> None:
    run(environment, "migrate")
    assert (tmp_path / "chevet.sqlite").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_service_stops_cleanly_and_logs_json(environment: dict[str, str], stop: signal.Signals) -> None:
    with serving_process(environment) as process:
        process.send_signal(stop)
        _, logged = process.communicate(timeout=30)
        assert process.returncode == 0
    lines = [json.loads(line) for line in logged.splitlines()]
    assert lines
    assert all({"event", "level", "timestamp"} <= set(line) for line in lines)


def test_a_50_mb_body_gets_its_answer_over_a_real_connection(environment: dict[str, str], issuer) -> None:
    with serving_process(environment):
        answer = httpx2.post(
            f"http://{environment['CHEVET_LISTEN']}/api/v1/write",
            content=bytes(50_000_000),
            headers={"Authorization": f"Bearer {issuer.of_gateway('g01')}", "Content-Encoding": "snappy"},
            timeout=30,
        )
    assert (answer.status_code, answer.json()["field"]) == (413, "body")


def test_on_a_full_disk_what_cannot_be_kept_is_not_taken(environment: dict[str, str], issuer) -> None:
    """The process may write no file beyond a size, which is what it sees of a disk that is full.

    Nor is anything shown: who looks could not be put on record. That a request failed takes less room than what it
    asked for, and may stand there yet.
    """
    assert run(environment, "migrate").returncode == 0
    doctor = {"Authorization": f"Bearer {issuer.token('doctor')}"}
    url = f"http://{environment['CHEVET_LISTEN']}/api/v1/patients"
    with (
        serving_process(environment, preexec_fn=_small_files),
        httpx2.Client(headers=doctor) as client,
    ):
        added = _until_refused(lambda: client.post(url, json={"name": "x" * 200}), 201)
        looked = _until_refused(lambda: client.get(url), 200)
    assert _rows(environment, "SELECT count(*) FROM patients") == added
    assert _rows(environment, "SELECT count(*) FROM audit_entries WHERE outcome = 'done'") == added + looked


def _until_refused(ask: Callable[[], httpx2.Response], status: int) -> int:
    """How many times it was done before it could not be kept."""
    done = 0
    while (answer := ask()).status_code == status and done < 200:
        done += 1
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert answer.json()["detail"].startswith("database: expected it to answer")
    return done


def _rows(environment: dict[str, str], query: str) -> int:
    with closing(sqlite3.connect(environment["CHEVET_DATABASE_URL"].partition(":///")[2])) as database:
        return int(database.execute(query).fetchone()[0])


def _small_files() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))


async def test_two_processes_that_start_together_migrate_once(environment: dict[str, str]) -> None:
    async def migrated() -> int:
        process = await asyncio.create_subprocess_exec(
            *command("migrate"), env=environment, cwd=ROOT, stderr=subprocess.DEVNULL
        )
        return await process.wait()

    assert await asyncio.gather(migrated(), migrated()) == [0, 0]
