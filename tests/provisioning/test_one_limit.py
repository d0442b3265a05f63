"""One limit is changed in the catalogue, on a copy of the project: what is rendered of it follows, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from provisioning.local.chevet import ROOT

PACKAGES = ("chevet", "alert_rules", "dashboards", "provisioning")
WRITTEN = "_limit(_HIGH, _MEDIUM, 39.1, 10 * MINUTE, 2)"
SHOWN_BY = (
    "README.md",
    "rendered/grafana/dashboards/en/patient.json",
    "rendered/grafana/dashboards/en/ward.json",
    "rendered/grafana/dashboards/fr/patient.json",
    "rendered/grafana/dashboards/fr/ward.json",
    "rendered/operator/chevet-sustained.yml",
    "rendered/operator/chevet-trends.yml",
    "rendered/operator/chevet-unusual.yml",
    "rendered/prometheus/rules/chevet-sustained.yml",
    "rendered/prometheus/rules/chevet-trends.yml",
    "rendered/prometheus/rules/chevet-unusual.yml",
)
"""All that speaks of the limit at which a fever is medium: beyond it, on the way to it, or unusual within it."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """What renders, and what is rendered."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "README.md", tmp_path)
    return tmp_path


def edit(project: Path, wanted: str) -> None:
    catalogue = project / "chevet" / "vitals.py"
    text = catalogue.read_text(encoding="utf-8")
    assert text.count(WRITTEN) == 1
    catalogue.write_text(text.replace(WRITTEN, wanted), encoding="utf-8")


def provision(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(project), "PYTHONDONTWRITEBYTECODE": "1"}
    command = (sys.executable, "-m", "provisioning", *arguments)
    return subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def rendered(project: Path) -> dict[str, list[str]]:
    """The lines of every file that is rendered."""
    for command in ("render", "readme"):
        done = provision(project, command)
        assert done.returncode == 0, done.stderr
    files = (project / "README.md", *(file for file in (project / "rendered").rglob("*") if file.is_file()))
    return {str(file.relative_to(project)): file.read_text(encoding="utf-8").splitlines() for file in files}


def test_one_limit_changes_its_rule_its_panels_and_its_row_and_nothing_else(project: Path) -> None:
    before = rendered(project)
    edit(project, WRITTEN.replace("39.1", "39.2"))
    after = rendered(project)
    assert sorted(after) == sorted(before)
    assert tuple(sorted(path for path in after if after[path] != before[path])) == SHOWN_BY
    for path in SHOWN_BY:
        changed = [(old, new) for old, new in zip(before[path], after[path], strict=True) if old != new]
        assert [new for old, new in changed if new != old.replace("39.1", "39.2")] == [], path
        assert all("temperature" in new or new.strip() == '"value": 39.2' for _, new in changed), path


def test_a_limit_that_no_device_can_say_is_refused_by_its_row_in_one_sentence(project: Path) -> None:
    edit(project, WRITTEN.replace("39.1", "391"))
    done = provision(project, "render")
    assert done.returncode == 1
    assert done.stderr == "body_temperature.limits: expected within (25, 45), got 391\n"
    assert not (project / "rendered").exists()
