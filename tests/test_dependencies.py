"""Each direct dependency has its line in docs/dependencies.md, with its licence and why."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NAME = re.compile(r"[A-Za-z0-9-]+")


def _direct() -> set[str]:
    project, groups = PROJECT["project"], PROJECT["dependency-groups"]
    lists = [project["dependencies"], *project["optional-dependencies"].values(), *groups.values()]
    found = (NAME.match(requirement) for requirements in lists for requirement in requirements)
    return {match.group() for match in found if match} - {"chevet"}


def _rows() -> dict[str, tuple[str, str]]:
    lines = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")][2:]
    return {name.strip(): (licence, why) for names, licence, why in cells for name in names.split(",")}


@pytest.mark.parametrize("name", sorted(_direct()))
def test_a_direct_dependency_has_its_licence_and_its_reason(name: str) -> None:
    licence, why = _rows()[name]
    assert licence
    assert why


def test_no_line_speaks_of_a_dependency_that_is_gone() -> None:
    assert set(_rows()) <= _direct()
