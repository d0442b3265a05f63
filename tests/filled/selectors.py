"""The selectors of a PromQL expression, as a parser sees it that is not ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import promql_parser

_PARTS = ("expr", "lhs", "rhs", "param")


def selectors(expression: str) -> frozenset[str]:
    """Each of them in its own words, with its labels, its range and its offset."""
    return frozenset(one.prettify() for one in _selected(promql_parser.parse(expression)))


def names(expression: str) -> set[str]:
    """The metrics that they name."""
    return {getattr(one, "vector_selector", one).name for one in _selected(promql_parser.parse(expression))}


def is_range(selector: str) -> bool:
    """Whether it selects a stretch of time, which only a function can make a value of."""
    return isinstance(promql_parser.parse(selector), promql_parser.MatrixSelector)


def _selected(part: Any) -> Iterator[Any]:
    if isinstance(part, promql_parser.VectorSelector | promql_parser.MatrixSelector):
        yield part
        return
    for inner in [getattr(part, name, None) for name in _PARTS] + list(getattr(part, "args", None) or ()):
        if inner is not None:
            yield from _selected(inner)
