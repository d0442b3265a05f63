"""All rules once more, from sources of which one number is another: rules and sentences are built from it as ever.

Modules are run afresh from their own text, and what each assigns at its top level passes through our hands: there a
number is replaced in a constant or, as deep as it lies, in a row. Whatever is made of it later is made of the new one.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, MappingProxyType, ModuleType
from typing import Any

RULES, DOMAIN = PACKAGES = ("alert_rules", "chevet")
_TAKEN = "__taken__"
Taken = Callable[[str, str, Any], Any]
"""Module, name and value of what is assigned at its top level, and what is to be assigned instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a number lies: from what a module assigns down through fields, keys and positions."""

    module: str
    name: str
    path: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Every group of rules as built from these sources, and what renders one that belongs to them."""

    groups: tuple[Any, ...]
    content: Callable[[Any], dict[str, Any]]


def rebuilt(place: Place, value: float) -> World:
    """The rules where `place` holds `value`. Raises what a row raises that refuses it."""

    def taken(module: str, name: str, assigned: Any) -> Any:
        is_it = (module, name) == (place.module, place.name)
        return _changed(assigned, place.path, value) if is_it else assigned

    return _world(taken, PACKAGES if place.module.split(".")[0] == DOMAIN else (RULES,))


def assigned() -> tuple[World, Sequence[tuple[str, str, Any]]]:
    """The rules as they are, and every module's name and value in the order of their making."""
    found: list[tuple[str, str, Any]] = []

    def taken(module: str, name: str, value: Any) -> Any:
        found.append((module, name, value))
        return value

    return _world(taken, PACKAGES), found


def _world(taken: Taken, packages: tuple[str, ...]) -> World:
    """Of the rules' packages those afresh in which something may be another; the domain never imports rules."""
    with _afresh(taken, packages):
        groups = import_module("alert_rules.groups").GROUPS
        return World(groups=groups, content=import_module("alert_rules.prometheus").content)


def _changed(whole: Any, path: tuple[Any, ...], value: float) -> Any:
    if not path:
        return value
    first, rest = path[0], path[1:]
    if is_dataclass(whole) and not isinstance(whole, type):
        return replace(whole, **{first: _changed(getattr(whole, first), rest, value)})
    if isinstance(whole, Mapping):
        return MappingProxyType({**whole, first: _changed(whole[first], rest, value)})
    return tuple(_changed(one, rest, value) if number == first else one for number, one in enumerate(whole))


def parts(whole: Any) -> Iterator[tuple[Any, Any]]:
    """What a row, a mapping or a tuple is made of, each with its field, key or position; a leaf has none."""
    if is_dataclass(whole) and not isinstance(whole, type):
        yield from ((field.name, getattr(whole, field.name)) for field in fields(whole))
    elif isinstance(whole, Mapping):
        yield from whole.items()
    elif isinstance(whole, tuple | list):
        yield from enumerate(whole)


@contextmanager
def _afresh(taken: Taken, packages: tuple[str, ...]) -> Iterator[None]:
    """These packages are imported anew inside, and are afterwards what they were."""
    kept = {name: module for name, module in sys.modules.items() if name.split(".")[0] in packages}
    finder = _Finder(taken, packages)
    for name in kept:
        del sys.modules[name]
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if name.split(".")[0] in packages]:
            del sys.modules[name]
        sys.modules.update(kept)


class _Finder(MetaPathFinder):
    def __init__(self, taken: Taken, packages: tuple[str, ...]) -> None:
        self._taken, self._packages = taken, packages

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.split(".")[0] not in self._packages:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(fullname, spec.origin, self._taken)
        return spec


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, taken: Taken) -> None:
        super().__init__(name, path)
        self._taken = taken

    def get_code(self, fullname: str) -> CodeType:
        return _compiled(self.path)

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__[_TAKEN] = lambda names, value: self._settled(module.__name__, names, value)
        super().exec_module(module)

    def _settled(self, module: str, names: tuple[str, ...], value: Any) -> Any:
        if len(names) == 1:
            return self._taken(module, names[0], value)
        return tuple(self._taken(module, name, one) for name, one in zip(names, value, strict=True))


@cache
def _compiled(path: str) -> CodeType:
    tree = ast.parse(Path(path).read_text(encoding="utf-8"), path)
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            names = _names(statement.targets[0] if isinstance(statement, ast.Assign) else statement.target)
            given = ast.Tuple([ast.Constant(name) for name in names], ast.Load())
            statement.value = ast.Call(ast.Name(_TAKEN, ast.Load()), [given, statement.value], [])
    return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)


def _names(target: ast.expr) -> list[str]:
    return [ast.unparse(one) for one in (target.elts if isinstance(target, ast.Tuple) else [target])]
