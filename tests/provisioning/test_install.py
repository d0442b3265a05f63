"""Installation: nothing to do is done silently, and who may not install is told the one line that does."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from provisioning.errors import NotInstalled
from provisioning.local import programs
from provisioning.local.chevet import ROOT

SCRIPT = ROOT / "provisioning" / "install.sh"
MISSING = "rabbitmq-server prometheus prometheus-alertmanager"

Install = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """The script as an ordinary user would run it on a machine with these packages; apt-get must not be reached."""

    def run(*groups: str, installed: bool) -> subprocess.CompletedProcess[str]:
        programs = {
            "dpkg-query": f"echo -n {'installed' if installed else 'not-installed'}",
            "id": "echo 1000",
            "apt-get": "echo reached >&2; exit 70",
        }
        for name, act in programs.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{act}\n")
            (tmp_path / name).chmod(0o755)
        environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
        return subprocess.run((SCRIPT, *groups), env=environment, capture_output=True, text=True, check=False)

    return run


def test_without_root_one_sentence_says_the_exact_line_and_nothing_is_touched(install: Install) -> None:
    ended = install("python", "servers", installed=False)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == (
        f"install: {MISSING} must be installed first, which needs root: "
        f"sudo apt-get install --no-install-recommends {MISSING}\n"
    )


def test_with_the_packages_there_it_goes_straight_on_without_root(install: Install) -> None:
    ended = install("python", "servers", installed=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


@pytest.mark.parametrize(
    "script", sorted((*ROOT.glob("provisioning/*.sh"), ROOT / ".ci" / "run")), ids=lambda path: path.name
)
def test_every_script_is_executable_and_well_formed(script: Path) -> None:
    assert os.access(script, os.X_OK)
    assert subprocess.run(("bash", "-n", script), check=False).returncode == 0


def test_the_bare_make_says_what_there_is() -> None:
    said = subprocess.run(("make", "--no-print-directory"), cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("setup", "demo", "test", "lint", "bench"):
        assert f"make {target}" in said


def test_every_package_whose_programs_are_started_is_in_a_group_that_is_installed() -> None:
    told = subprocess.run(
        ("bash", "-c", f"eval \"$(sed -n '/^declare -A packages/,/^)/p' '{SCRIPT}')\"; echo ${{packages[*]}}"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert {one.package for one in programs.PROGRAMS.values()} <= set(told.stdout.split())


def test_the_sentence_about_a_missing_program_names_its_own_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(programs.PROGRAMS, "postgres", programs.Program("/nowhere/postgres", "postgresql-15"))
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NotInstalled, match=r"^postgres: not found .*`sudo .* postgresql-15`$"):
        programs.program("postgres")
