"""Samples of the database as Prometheus's text format, a line each.

By hand: for a thousand patients there are tens of thousands, for which prometheus_client takes most of a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chevet.metrics import Metric

Sample = tuple[Sequence[str], float, int | None]
"""The values of the metric's labels, the value, and the time in milliseconds where it is not that of the scrape."""
_ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def family(row: Metric, samples: Iterable[Sample]) -> str:
    """All samples of a gauge; an empty label is left out, as Prometheus has it."""
    lines = [f"# HELP {row.name} {row.help}", f"# TYPE {row.name} {row.type}"]
    lines += [f"{row.name}{_labels(row, values)} {value!r}{_time(at)}" for values, value, at in samples]
    return "\n".join(lines) + "\n"


def _labels(row: Metric, values: Sequence[str]) -> str:
    pairs = [f'{name}="{value.translate(_ESCAPED)}"' for name, value in zip(row.labels, values, strict=True) if value]
    return f"{{{','.join(pairs)}}}" if pairs else ""


def _time(at: int | None) -> str:
    return "" if at is None else f" {at}"
