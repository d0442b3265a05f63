"""Every case of this folder whose numbers are typed by hand: what rules are judged by."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

from tests.alert_rules import conditions
from tests.alert_rules.promtool import Case, Recorded


def modules() -> Iterator[ModuleType]:
    """The tests of this folder, by name."""
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        yield import_module(f"tests.alert_rules.{file.stem}")


def cases() -> list[Case | Recorded]:
    """What ROWS of conditions ask for, and CASES as they stand: a module with rows of another kind has those."""
    return [case for module in modules() for case in _of(module)]


def _of(module: ModuleType) -> Iterator[Case | Recorded]:
    yield from conditions.cases(row for row in getattr(module, "ROWS", ()) if isinstance(row, conditions.Row))
    yield from (case for case in getattr(module, "CASES", ()) if isinstance(case, Case | Recorded))
