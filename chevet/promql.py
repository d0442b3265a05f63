"""The only place that spells PromQL."""

from __future__ import annotations

from collections.abc import Mapping


def selector(metric: str, labels: Mapping[str, str] | None = None) -> str:
    """`metric{label="value",…}`, its labels sorted. Raises ValueError for a value that would need quoting."""
    for value in (labels or {}).values():
        if not value.isprintable() or set(value) & set('"\\'):
            raise ValueError(f"label: expected a value without quotes or backslashes, got {value!r}")
    inner = ",".join(f'{name}="{value}"' for name, value in sorted((labels or {}).items()))
    return f"{metric}{{{inner}}}" if inner else metric


def over(function: str, selected: str, seconds: int) -> str:
    """`function(selected[seconds])`, such as count_over_time over a range."""
    return f"{function}({selected}[{seconds}s])"


def total(expression: str) -> str:
    """The sum over all series."""
    return f"sum({expression})"


def by(function: str, labels: tuple[str, ...], expression: str) -> str:
    """`function by (labels) (expression)`, such as the maximum of each patient."""
    return f"{function} by ({', '.join(labels)}) ({expression})"


def latest_or(recorded: str, otherwise: str, seconds: int) -> str:
    """The newest value of `recorded` within `seconds` for each patient, and `otherwise` for those who have none."""
    return f"({by('max', ('patient',), over('last_over_time', recorded, seconds))} or {otherwise})"


def constant(value: float, of: str) -> str:
    """`value` for each patient whom `of` knows."""
    return f"{by('group', ('patient',), of)} * {value:g}"


def compared(left: str, operator: str, right: str) -> str:
    """Those of `left` that stand so to the value of their patient in `right`."""
    return f"{left} {operator} on (patient) group_left () {right}"


def and_at_least(expression: str, counted: str, least: int, labels: tuple[str, ...]) -> str:
    """Those of `expression` for which `counted`, by the same labels, is at least `least`."""
    return f"({expression}) and on ({', '.join(labels)}) {counted} >= {least}"


def joined(left: str, operator: str, right: str, labels: tuple[str, ...]) -> str:
    """`left` and, or unless there is a `right` with the same labels."""
    return f"({left}) {operator} on ({', '.join(labels)}) ({right})"
