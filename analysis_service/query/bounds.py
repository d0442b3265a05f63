"""How much one question may ask: of text, range, step, points, series and time. Each refusal names its parameter."""

from __future__ import annotations

import re
from typing import Any

import promql_parser

from analysis_service.query.refusals import QueryRefused

MOST_TEXT = 20_000
"""Characters of an expression; the longest panel of ours has less than five thousand."""
MOST_DEPTH = 40
MOST_OPERATORS = 100
"""The parser goes down one frame of the stack for each, and takes a copy of all that is below for each: a second."""
MOST_RENDERED = 4 * 2**20
MOST_RANGE = 400 * 86_400
"""Seconds: as long as series are kept."""
MOST_POINTS = 11_000
"""Of each series: Prometheus's own bound."""
MOST_SUBQUERY_POINTS = 200_000
DEFAULT_STEP = 15.0
"""Seconds of a subquery that names none, as rules are evaluated."""
MOST_SERIES = 10_000
MOST_ANSWER = 32 * 2**20
"""Bytes of what Prometheus answers."""
MOST_BODY = 256 * 1024
MOST_SECONDS = 30.0
"""That Prometheus may take."""

_NO_OPERATOR = re.compile(r"""\"[^\"]*\"|'[^']*'|`[^`]*`|\#[^\n]*""")
"""Strings and comments; what has a backslash is refused before."""
_BRACES = re.compile(r"\{[^}]*\}")
_OPERATOR = re.compile(r"[-+*/%^]|[<>=!~]+|\b(?:and|or|unless|atan2|offset)\b")


def require_readable(parameter: str, text: str) -> None:
    """Refuse what would take the parser too long, or too deep, to find out."""
    if len(text) > MOST_TEXT:
        raise QueryRefused(f"expected at most {MOST_TEXT} characters, got {len(text)}", field=parameter)
    depth = deepest = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    if deepest > MOST_DEPTH:
        raise QueryRefused(f"expected brackets at most {MOST_DEPTH} deep, got {deepest}", field=parameter)
    if "\\" in text:
        raise QueryRefused("expected literals without backslashes, got one with", field=parameter)
    operators = len(_OPERATOR.findall(_BRACES.sub("", _NO_OPERATOR.sub("", text))))
    if operators > MOST_OPERATORS:
        raise QueryRefused(f"expected at most {MOST_OPERATORS} operators and signs, got {operators}", field=parameter)


def require_rendered(parameter: str, text: str) -> None:
    """Refuse what became too long by its matchers."""
    if len(text) > MOST_RENDERED:
        raise QueryRefused("expected fewer selectors for so many patients, got too many", field=parameter)


def require_ranges(parameter: str, parsed: Any) -> None:
    """Refuse a range that is too long, and subqueries that ask at too many moments, each for all within it."""
    _require_ranges(parameter, parsed, 1.0)


def _require_ranges(parameter: str, node: Any, points: float) -> None:
    if isinstance(node, promql_parser.MatrixSelector):
        _require_range(parameter, node.range.total_seconds())
    if isinstance(node, promql_parser.SubqueryExpr):
        seconds = node.range.total_seconds() if node.range else 0.0
        _require_range(parameter, seconds)
        points *= 1 + seconds / (node.step.total_seconds() if node.step else DEFAULT_STEP)
        if points > MOST_SUBQUERY_POINTS:
            raise QueryRefused(
                f"expected subqueries of at most {MOST_SUBQUERY_POINTS} points, got {points:.0f}", field=parameter
            )
    for inner in _within(node):
        _require_ranges(parameter, inner, points)


def _require_range(parameter: str, seconds: float) -> None:
    if seconds > MOST_RANGE:
        raise QueryRefused(f"expected ranges of at most {MOST_RANGE} s, got {seconds:.0f} s", field=parameter)


def _within(node: Any) -> list[Any]:
    parts = [getattr(node, part, None) for part in ("expr", "lhs", "rhs", "param")]
    return [part for part in (*parts, *(getattr(node, "args", None) or ())) if part is not None]


def require_steps(start: float, end: float, step: float) -> None:
    """Refuse a stretch that is backwards or too long, and a step that gives too many points."""
    require_stretch(start, end)
    if (end - start) / step + 1 > MOST_POINTS:
        raise QueryRefused(
            f"expected at most {MOST_POINTS} points a series, a step of {step:g} s gives more", field="step"
        )


def require_stretch(start: float, end: float) -> None:
    """Refuse a stretch that is backwards or too long."""
    if end < start:
        raise QueryRefused("expected a time at or after start, got an earlier one", field="end")
    if end - start > MOST_RANGE:
        raise QueryRefused(f"expected at most {MOST_RANGE} s before end, got {end - start:.0f} s", field="start")


def require_series(parameter: str, count: int) -> None:
    """Refuse an answer of too many series."""
    if count > MOST_SERIES:
        raise QueryRefused(f"expected an answer of at most {MOST_SERIES} series, got {count}", field=parameter)
