"""A victim dies between the two acts that it was told, once, and nowhere else."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from pathlib import Path
from bench.victim import dies_at
hook = dies_at(Path(sys.argv[1]))
for step in ("publish/confirm", "spool/ack", "journal/POST"):
    print(step, flush=True)
    hook(step)
"""


def passed(armed: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM, str(armed)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("step", "lines"), [("publish/confirm", 1), ("journal/POST", 3)])
def test_it_dies_by_sigkill_at_the_step_and_disarms_itself(tmp_path: Path, step: str, lines: int) -> None:
    (tmp_path / "armed").write_text(step)
    died = passed(tmp_path / "armed")
    assert died.returncode == -signal.SIGKILL
    assert len(died.stdout.splitlines()) == lines
    assert passed(tmp_path / "armed").returncode == 0


def test_unarmed_or_armed_for_a_step_of_another_it_lives(tmp_path: Path) -> None:
    assert passed(tmp_path / "armed").returncode == 0
    (tmp_path / "armed").write_text("state/ack")
    assert passed(tmp_path / "armed").returncode == 0
    assert (tmp_path / "armed").exists()
