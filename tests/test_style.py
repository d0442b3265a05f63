"""How the code is laid out: who imports whom, what the domain may touch, how modules are named."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("chevet", "exporters", "dashboards", "analysis_service", "provisioning", "simulators", "bench")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
DOMAIN = sorted((ROOT / "chevet").rglob("*.py"))

NAMELESS = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc", "core"}
"""Names that say nothing of a subject, so that everything is added there."""

PURE = {
    "__future__", "chevet", "numpy",
    "abc", "bisect", "collections", "contextlib", "dataclasses", "datetime", "decimal", "enum", "fractions",
    "functools", "hashlib", "heapq", "hmac", "itertools", "json", "math", "operator", "re", "statistics", "string",
    "struct", "types", "typing", "unicodedata", "uuid", "zoneinfo",
}  # fmt: skip
"""What the domain may import: nothing here reads a clock, a socket, a file or chance unless one of IMPURE is called."""

IMPURE = {
    "open", "input", "print", "exec", "eval", "__import__",
    "now", "utcnow", "today", "uuid1", "uuid4", "getnode",
    "read_text", "write_text", "read_bytes", "write_bytes", "load", "fromfile", "loadtxt", "default_rng", "random",
}  # fmt: skip


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield (node.module or "").split(".")[0]


def _called(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node.func.attr
            elif isinstance(node.func, ast.Name):
                yield node.func.id


def test_the_layers_import_downwards_only() -> None:
    checked = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_each_module_says_its_duty_in_a_sentence(path: Path) -> None:
    duty = ast.get_docstring(ast.parse(path.read_text()))
    assert duty or not path.read_text().strip()
    assert duty is None or duty.split("\n\n")[0].rstrip().endswith((".", ":", "»", "`"))


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_each_module_is_named_for_its_subject(path: Path) -> None:
    assert not {path.stem, path.parent.name} & NAMELESS


@pytest.mark.parametrize("path", DOMAIN, ids=_name)
def test_the_domain_imports_nothing_that_reads_a_clock_a_socket_a_file_or_chance(path: Path) -> None:
    assert set(_imported(ast.parse(path.read_text()))) <= PURE


@pytest.mark.parametrize("path", DOMAIN, ids=_name)
def test_the_domain_calls_nothing_that_reads_a_clock_a_file_or_chance(path: Path) -> None:
    assert not set(_called(ast.parse(path.read_text()))) & IMPURE


def test_tests_are_no_package() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))


@pytest.mark.parametrize("path", [path for path in MODULES if "exporters" in path.parts], ids=_name)
def test_no_process_of_a_gateway_waits_in_a_way_that_may_swallow_its_end(path: Path) -> None:
    """On 3.11 `asyncio.wait_for` returns what came at the moment of a cancellation; `asyncio.timeout` does not."""
    assert "wait_for" not in set(_called(ast.parse(path.read_text())))
