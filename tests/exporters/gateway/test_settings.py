"""Settings are refused at the door: a sentence each, exit code 2, no traceback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from exporters.gateway.__main__ import PROCESSES

ROOT = Path(__file__).parents[3]


def start(process: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CHEVET_")}
    return subprocess.run(
        [sys.executable, "-m", "exporters.gateway", process, *arguments],
        env=environment | {"PYTHONPATH": str(ROOT)} | settings,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
def good(tmp_path: Path) -> dict[str, str]:
    return {
        "CHEVET_GATEWAY": "g01",
        "CHEVET_STATE_DIR": str(tmp_path / "state"),
        "CHEVET_BROKER_URL": "amqp://g01:secret@127.0.0.1:1/g01",
        "CHEVET_METRICS_ADDRESS": "127.0.0.1:1",
    }


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("CHEVET_BROKER_URL", "http://x", "expected amqp:// or amqps://, got http://"),
        ("CHEVET_BROKER_URL", "rabbit", "expected amqp:// or amqps://, got no scheme"),
        ("CHEVET_GATEWAY", "", "expected the gateway's id, such as g01, got nothing"),
        ("CHEVET_GATEWAY", "a gateway", "expected 1 to 64 letters, digits, - or _, got 'a gateway'"),
        ("CHEVET_METRICS_ADDRESS", "9801", "expected host:port such as 127.0.0.1:9801, got '9801'"),
        ("CHEVET_SPOOL_MAX_BYTES", "much", "expected bytes that the spool's file may have, got 'much'"),
        ("CHEVET_DISK_BYTES", "a disk", "expected bytes of disk that this gateway may use, got 'a disk'"),
        ("CHEVET_SPOOL_FOLD_BYTES", "200000000", "expected fewer than CHEVET_SPOOL_MAX_BYTES, 200000000, got 2000"),
        ("CHEVET_STATE_DIR", "/proc/nowhere", "expected a folder to write in, got /proc/nowhere (No such file or dir"),
    ],
)
def test_a_wrong_setting_is_one_sentence(good: dict[str, str], setting: str, value: str, sentence: str) -> None:
    refused = start("intake", **good | {setting: value})
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"{setting}: {sentence}")
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("intake", "expected host:port such as 127.0.0.1:9801, got ''"),
        ("intake=9801", "expected host:port such as 127.0.0.1:9801, got '9801'"),
        ("intake=127.0.0.1:9801,miner=127.0.0.1:1", "expected process=host:port between commas with the process "),
        ("exporter=127.0.0.1:9800", "expected process=host:port between commas with the process intake or urgent or "),
    ],
)
@pytest.mark.parametrize("process", ["agent", "exporter"])
def test_processes_that_cannot_be_are_refused_in_one_sentence(
    good: dict[str, str], tmp_path: Path, process: str, value: str, sentence: str
) -> None:
    file = tmp_path / "file"
    file.write_text("{}")
    more = {"CHEVET_SERVER_URL": "http://127.0.0.1:1", "CHEVET_CREDENTIALS_FILE": str(file)}
    more |= {"CHEVET_EXPORTER_TOKEN_FILE": str(file), "CHEVET_PROCESSES": value}
    refused = start(process, **good | more)
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"CHEVET_PROCESSES: {sentence}")
    assert refused.stderr.count("\n") == 1


def test_every_wrong_setting_has_its_sentence_and_no_password_is_shown(good: dict[str, str]) -> None:
    refused = start("intake", **good | {"CHEVET_BROKER_URL": "http://g01:secret@x", "CHEVET_GATEWAY": "?"})
    assert [line.split(":")[0] for line in refused.stderr.splitlines()] == ["CHEVET_GATEWAY", "CHEVET_BROKER_URL"]
    assert "secret" not in refused.stderr


def test_a_wrong_telephone_number_is_refused_and_not_shown(good: dict[str, str]) -> None:
    refused = start("urgent", **good | {"CHEVET_LOCAL_NUMBER": "0612345678"})
    assert "CHEVET_LOCAL_NUMBER: expected a telephone number such as +33612345678, got another form" in refused.stderr
    assert "0612345678" not in refused.stderr


def test_a_taken_port_is_refused_with_who_holds_it(good: dict[str, str]) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        address = f"127.0.0.1:{holder.getsockname()[1]}"
        refused = start("intake", **good | {"CHEVET_METRICS_ADDRESS": address})
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"CHEVET_METRICS_ADDRESS: expected a free address, but {address} cannot be taken")
    assert f"process {os.getpid()} (" in refused.stderr
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize("process", PROCESSES, ids=lambda row: row.name)
def test_help_says_what_a_process_does_and_lists_its_settings(process) -> None:  # type: ignore[no-untyped-def]  # a row
    shown = start(process.name, "--help")
    assert shown.returncode == 0
    assert process.duty in shown.stdout
    for name, field in process.settings.model_fields.items():
        assert f"CHEVET_{name.upper()}" in shown.stdout
        assert field.description in shown.stdout
