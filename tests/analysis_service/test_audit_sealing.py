"""Sealing: by one process at a time, after any kill, and with the anchor's disk full and free again."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from analysis_service import migrations
from analysis_service.audit.anchor import AnchorFile
from analysis_service.audit.service import Audit
from provisioning.local.ports import free_port
from tests.analysis_service.recorded import looked, record

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0


@pytest.fixture
async def url(database_url: str) -> str:
    await migrations.upgrade(database_url)
    return database_url


def anchored(path: Path) -> list[int]:
    return [one.seal for one in AnchorFile(path).read()]


async def look_and_seal(audit: Audit, name: str) -> None:
    for number in range(10):
        await looked(audit, f"{name}-{number}")
        await audit.sealing.round()


async def test_of_two_processes_of_a_host_one_seals_and_the_other_takes_over(url: str, tmp_path: Path) -> None:
    anchor = tmp_path / "anchor"
    async with record(url, anchor) as one, record(url, anchor) as other:
        await asyncio.gather(look_and_seal(one, "a"), look_and_seal(other, "b"))
        assert [one._anchor.hold(), other._anchor.hold()].count(True) == 1
        one.sealing.stop()
        other.sealing.stop()
        await looked(other, "c")
        await other.sealing.round()
        found = await one.verify()
        assert (found.fault, found.entries, found.unsealed) == (None, 21, 0)
        assert anchored(anchor) == list(range(1, found.seals + 1))


async def test_two_hosts_that_seal_at_once_make_one_chain_and_each_has_all_of_it_anchored(
    url: str, tmp_path: Path
) -> None:
    async with record(url, tmp_path / "a") as one, record(url, tmp_path / "b") as other:
        await asyncio.gather(look_and_seal(one, "a"), look_and_seal(other, "b"))
        for audit in (one, other):
            await audit.sealing.round()
            found = await audit.verify()
            assert (found.fault, found.entries, found.unsealed) == (None, 20, 0)
        assert anchored(tmp_path / "a") == anchored(tmp_path / "b") == list(range(1, found.seals + 1))


async def test_a_second_without_a_look_has_no_seal(url: str, tmp_path: Path) -> None:
    async with record(url, tmp_path / "anchor") as audit:
        await audit.sealing.round()
        await looked(audit, "a")
        for _ in range(3):
            await audit.sealing.round()
        assert (await audit.verify()).seals == 1


async def test_a_seal_that_was_not_anchored_before_a_kill_is_anchored_by_the_next_round(
    url: str, tmp_path: Path
) -> None:
    anchor = tmp_path / "anchor"
    async with record(url, anchor) as audit:
        await look_and_seal(audit, "a")
    lines = anchor.read_bytes().splitlines(keepends=True)
    anchor.write_bytes(b"".join(lines[:-1]) + lines[-1][:9])
    async with record(url, anchor) as audit:
        assert (await audit.verify()).fault is None
        await audit.sealing.round()
        assert anchored(anchor) == list(range(1, 11))
        await looked(audit, "b")
        await audit.sealing.round()
        assert (await audit.verify()).fault is None


@contextmanager
def full_beyond(size: int) -> Iterator[None]:
    """No file of ours may grow beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_while_the_anchors_disk_is_full_entries_are_sealed_and_anchored_once_there_is_room(
    on_postgresql: str, tmp_path: Path
) -> None:
    anchor = tmp_path / "anchor"
    async with record(on_postgresql, anchor) as audit:
        await looked(audit, "a")
        await audit.sealing.round()
        for subject in ("b", "c"):
            await looked(audit, subject)
            with full_beyond(anchor.stat().st_size + 20), pytest.raises(OSError, match="too large"):
                await audit.sealing.round()
        assert anchored(anchor) == [1]
        assert (await audit.verify()).unsealed == 0
        await audit.sealing.round()
        assert anchored(anchor) == [1, 2, 3]
        assert (await audit.verify()).fault is None


def test_an_anchor_on_a_full_disk_is_refused_at_the_start(tmp_path: Path) -> None:
    code = (
        "import resource, sys; from pathlib import Path; from analysis_service.audit.anchor import AnchorFile;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)); AnchorFile(Path(sys.argv[1])).require_room()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "anchor")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "CHEVET_AUDIT_ANCHOR_FILE: expected a file that can be added to, " in ended.stderr
    assert "cannot: File too large" in ended.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["anchor"], "nothing is left behind"


@pytest.fixture
def environment(configured: dict[str, object]) -> dict[str, str]:
    variables = {f"CHEVET_{name.upper()}": str(value) for name, value in configured.items()}
    return {"PATH": os.environ["PATH"], "CHEVET_LISTEN": f"127.0.0.1:{free_port()}"} | variables


def command(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "analysis_service", "audit", *arguments]
    return subprocess.run(line, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@contextmanager
def served(environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], httpx2.Client]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "analysis_service", "serve"], env=environment, cwd=ROOT, stderr=subprocess.DEVNULL
    )
    try:
        with httpx2.Client(base_url=f"http://{environment['CHEVET_LISTEN']}", timeout=30) as client:
            wait_until(lambda: answers(client))
            yield process, client
    finally:
        process.kill()
        process.wait()


def answers(client: httpx2.Client) -> bool:
    try:
        return client.get("/healthz").is_success
    except httpx2.HTTPError:
        return False


def wait_until(holds) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold"
        time.sleep(0.05)


def test_after_a_kill_every_look_that_was_answered_is_there_and_the_next_start_seals_what_was_not(
    environment: dict[str, str], issuer
) -> None:
    doctor = {"Authorization": f"Bearer {issuer.token('doctor')}"}
    with served(environment) as (process, client):
        for _ in range(5):
            assert client.get("/api/v1/patients", headers=doctor).status_code == 200
        process.send_signal(signal.SIGKILL)
        process.wait()
    told = command(environment, "verify")
    assert (told.returncode, told.stdout.startswith("5 entries, ")) == (0, True), told.stdout + told.stderr
    with served(environment):
        wait_until(lambda: "not sealed" not in command(environment, "verify").stdout)
    told = command(environment, "verify")
    assert told.returncode == 0
    assert told.stdout.startswith("5 entries, ")
    assert told.stdout.endswith("Z: all as written\n")
    assert len(told.stdout.splitlines()) == 1


async def test_the_command_names_what_is_wrong_and_when_and_exports_what_is_there(
    url: str, environment: dict[str, str], configured: dict[str, object]
) -> None:
    async with record(url, Path(str(configured["audit_anchor_file"]))) as audit:
        await looked(audit, "a", "b")
        await audit.sealing.round()
    exported = command(environment, "export", "--fhir")
    assert [json.loads(line)["id"] for line in exported.stdout.splitlines()] == ["1", "2"]
    assert command(environment, "export", "--fhir", "--until", "2020-01-01T00:00Z").stdout == ""
    assert "expected a time with its zone" in command(environment, "export", "--fhir", "--since", "noon").stderr
    Path(environment["CHEVET_AUDIT_KEY_FILE"]).write_text("00" * 32)
    told = command(environment, "verify")
    assert told.returncode == 1
    assert "not as written; seal 1: expected the code of our key, got another: the seal was forged (20" in told.stdout


async def test_those_who_run_the_service_may_ask_whether_it_is_whole_and_nobody_else(service_without_store) -> None:
    service = service_without_store
    await service.patient()
    path = "/api/v1/audit/verification"
    told = (await service.client.get(path, headers=service.as_("sre"))).json()
    assert told["fault"] is None
    assert told["entries"] == 1
    for role in ("doctor", "nurse", "analyst"):
        assert (await service.client.get(path, headers=service.as_(role))).status_code == 403
