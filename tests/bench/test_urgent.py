"""The measure of urgency in little: every episode is called about, soon."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_every_episode_is_called_about_while_readings_wait_in_uplink(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench", "urgent", "--queued", "5000", "--episodes", "10", "--rate", "4"]
    done = subprocess.run(
        [*command, "--directory", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=200, check=False
    )
    result = json.loads(done.stdout.splitlines()[-1])
    assert set(result) == {"p50_s", "p99_s", "queued", "episodes"}
    assert (result["queued"], result["episodes"]) == (5000, 10), done.stderr[-4000:]
    # The bound itself is the bench's, on a machine that does nothing else.
    assert 0 < result["p50_s"] <= result["p99_s"] < 10


@pytest.mark.parametrize("measurement", ["ledger", "urgent"])
def test_help_teaches_with_examples(measurement: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", measurement, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert f"python -m bench {measurement}" in done.stdout
    assert "last line is JSON" in done.stdout


def test_an_option_that_cannot_be_is_refused_in_a_sentence() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "ledger", "--speed", "0"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (2, "--speed: expected at least 1, got 0.0\n")
