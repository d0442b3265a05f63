"""Expressions under a scope: parsed, each selector given its matchers, printed, and read again before they leave.

The parser prints what it read without escaping, and a node that was edited may print as it was. So nothing is taken
that would need escaping, nodes are replaced rather than edited, and the text that leaves is judged as if it came from
outside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import promql_parser

from analysis_service.query import bounds
from analysis_service.query.refusals import QueryRefused
from analysis_service.query.scope import DISPLAY_NAME, Matcher, Scope
from chevet import promql
from chevet.metrics import PATIENT

NAME = "__name__"
OWN = frozenset({PATIENT, DISPLAY_NAME, NAME})
"""Labels that no expression may write: a value would stand under another patient's name."""
SIGNS = ("=", "!=", "=~", "!~")
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ESCAPED = frozenset("\"'`\\")
_NAMED = re.compile(rf"""\b{PATIENT}["'`]?\s*=~?\s*["'`]([^"'`]*)""")
_BETWEEN = re.compile(r"[|()]")
_BEFORE_1970 = " @ 0.000"
"""As which the parser prints any time before 1970."""

Of = TypeVar("Of")


@dataclass(frozen=True, slots=True)
class Selector:
    """A selector as it was read; `after` is what follows its braces, such as an offset."""

    name: str
    matchers: tuple[Matcher, ...]
    after: str

    def __str__(self) -> str:
        return f"{self.name}{promql.all_of(self.matchers) if self.matchers else ''}{self.after}"


def rendered(parameter: str, text: str, scope: Scope) -> str:
    """The expression as Prometheus is to be asked it. Raises QueryRefused with the parameter and why."""
    parsed = _parsed(parameter, text)
    wanted: list[Selector] = []

    def scoped(node: Any) -> Any:
        if not isinstance(node, promql_parser.VectorSelector):
            return None
        selector = _scoped(parameter, _selector(parameter, node), scope)
        wanted.append(selector)
        return promql_parser.parse(str(selector))

    _judge(parameter, parsed)
    printed = _guarded(parameter, lambda: promql_parser.transform(parsed, scoped).prettify())
    bounds.require_rendered(parameter, printed)
    _require_same(parameter, _selectors(parameter, printed), wanted, scope)
    return str(printed)


def singled_out(text: str, scope: Scope) -> frozenset[str]:
    """The patients whom matchers of an expression name: a sum over one of them is theirs, whatever labels it has."""
    values = _NAMED.findall(text)
    return frozenset(one for value in values for one in _BETWEEN.split(value) if one in scope.patients)


def rendered_selector(parameter: str, text: str, scope: Scope) -> str:
    """The same for what is one selector and nothing else, such as match[]."""
    if not isinstance(_parsed(parameter, text), promql_parser.VectorSelector):
        raise QueryRefused("expected a selector such as metric{label=«value»}, got another expression", field=parameter)
    return rendered(parameter, text, scope)


def _selectors(parameter: str, text: str) -> list[Selector]:
    parsed = _guarded(parameter, lambda: promql_parser.parse(text))
    return [_selector(parameter, node) for node in _nodes(parsed) if isinstance(node, promql_parser.VectorSelector)]


def _require_same(parameter: str, got: list[Selector], wanted: list[Selector], scope: Scope) -> None:
    """Every selector that leaves is one that was judged, and carries what its scope asks for, to the letter."""
    for selector in got:
        own = scope.matchers(selector.name)
        if not own or not set(own) <= set(selector.matchers):
            raise QueryRefused(
                "expected every selector to keep to your patients, got one that does not", field=parameter
            )
    if got != wanted:
        raise QueryRefused(
            "expected an expression that reads the same once it is printed, got another", field=parameter
        )


def _parsed(parameter: str, text: str) -> Any:
    bounds.require_readable(parameter, text)
    return _guarded(parameter, lambda: promql_parser.parse(text))


def _guarded(parameter: str, act: Callable[[], Of]) -> Of:
    """The parser is not ours, and some of what it cannot read it answers with a panic, which is no Exception."""
    try:
        return act()
    except QueryRefused:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        said = " ".join(str(error).split())[:200]
        raise QueryRefused(f"expected an expression in PromQL, the parser says: {said}", field=parameter) from None


def _nodes(parsed: Any) -> list[Any]:
    nodes: list[Any] = []
    promql_parser.walk(parsed, nodes.append)
    return nodes


def _selector(parameter: str, node: Any) -> Selector:
    if node.matchers.or_matchers:
        raise QueryRefused("expected matchers joined by commas, got «or» between them", field=parameter)
    matchers = tuple((one.name, _sign(one.op), one.value) for one in node.matchers.matchers)
    for label, _, value in matchers:
        _require_label(parameter, label)
        _require_literal(parameter, value)
    names = [value for label, sign, value in matchers if label == NAME and sign == "="] if node.name is None else []
    others = tuple(one for one in matchers if one[0] != NAME)
    if len(names) + (node.name is not None) != 1 or len(others) + len(names) != len(matchers):
        raise QueryRefused(
            "expected the name of a metric in each selector, got one without or with more", field=parameter
        )
    return Selector(node.name or names[0], tuple(sorted(others)), _after(parameter, node))


def _after(parameter: str, node: Any) -> str:
    """Offset and @: what the parser prints after the selector itself."""
    printed: str = node.prettify()
    _, brace, after = printed.rpartition("}")
    after = after if brace else printed.removeprefix(node.name or "")
    if after and not after.startswith((" offset ", " @ ")):
        raise QueryRefused("expected a selector that reads the same once it is printed, got another", field=parameter)
    if after.startswith(_BEFORE_1970):
        raise QueryRefused("expected a time after 1970 behind @, got an earlier one", field=parameter)
    return after


def _sign(operator: Any) -> str:
    signs = (promql_parser.MatchOp.Equal, promql_parser.MatchOp.NotEqual, promql_parser.MatchOp.Re)
    return next((sign for sign, one in zip(SIGNS, signs, strict=False) if operator == one), "!~")


def _scoped(parameter: str, selector: Selector, scope: Scope) -> Selector:
    own = scope.matchers(selector.name)
    if own is None:
        raise QueryRefused(f"expected a metric that your roles open, got {selector.name!r}", field=parameter)
    for label, sign, value in selector.matchers:
        if label == DISPLAY_NAME:
            raise QueryRefused(
                "expected to select by patient, got display_name, which answers alone have", field=parameter
            )
        if label == PATIENT and sign == "=" and not scope.holds({PATIENT: value}):
            raise QueryRefused(f"expected one of your patients, got {value!r}", field=parameter)
    return Selector(selector.name, tuple(sorted((*own, *selector.matchers))), selector.after)


def _judge(parameter: str, parsed: Any) -> None:
    """What is refused whatever its selectors are."""
    for node in _nodes(parsed):
        if isinstance(node, promql_parser.StringLiteral):
            _require_literal(parameter, node.val)
        elif isinstance(node, promql_parser.Call):
            _judge_call(parameter, node)
        elif isinstance(node, promql_parser.AggregateExpr):
            _judge_aggregate(parameter, node)
        elif isinstance(node, promql_parser.BinaryExpr):
            _judge_binary(parameter, node)
    _guarded(parameter, lambda: bounds.require_ranges(parameter, parsed))


def _judge_call(parameter: str, node: Any) -> None:
    name = node.func.name
    if name == "info":
        raise QueryRefused("expected no info(): it selects series by itself", field=parameter)
    if name in ("label_replace", "label_join"):
        _require_not_own(parameter, name, _literal(parameter, node.args[1]))


def _judge_aggregate(parameter: str, node: Any) -> None:
    if str(node.op) == "count_values":
        _require_not_own(parameter, "count_values", _literal(parameter, node.param))
    _require_labels(parameter, node.modifier.labels if node.modifier else ())


def _judge_binary(parameter: str, node: Any) -> None:
    if node.modifier is None:
        return
    matching = node.modifier.matching
    taken = tuple(node.modifier.group_labels or ())
    _require_labels(parameter, (*(matching.labels if matching else ()), *taken))
    for label in taken:
        _require_not_own(parameter, "group_left or group_right", label)


def _literal(parameter: str, node: Any) -> str:
    while isinstance(node, promql_parser.ParenExpr):
        node = node.expr
    if not isinstance(node, promql_parser.StringLiteral):
        raise QueryRefused("expected the name of a label as a string, got another expression", field=parameter)
    return str(node.val)


def _require_not_own(parameter: str, what: str, label: str) -> None:
    if label in OWN:
        raise QueryRefused(f"expected {what} to write another label than {label}", field=parameter)


def _require_labels(parameter: str, labels: Iterable[str]) -> None:
    for label in labels:
        _require_label(parameter, label)


def _require_label(parameter: str, label: str) -> None:
    if not _LABEL.fullmatch(label):
        raise QueryRefused(f"expected labels of letters, digits and _, got {label!r}", field=parameter)


def _require_literal(parameter: str, value: str) -> None:
    if not value.isprintable() or set(value) & _ESCAPED:
        raise QueryRefused("expected literals without quotes, backslashes and newlines, got one with", field=parameter)
