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
