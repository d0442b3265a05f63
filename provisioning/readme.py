"""The README's table of vitals, rendered from the catalogue between two markers."""

from __future__ import annotations

import argparse
from pathlib import Path

from chevet.rules import OF_VITAL
from chevet.severities import Severity
from chevet.vitals import VITALS, Vital

README = Path(__file__).parents[1] / "README.md"
START, END = "<!-- vitals -->\n", "<!-- /vitals -->"
HEAD = ("vital", "metric", "LOINC", "plausible", "high", "medium", "lasting", "expected every", "stale after", "window")


def table() -> str:
    """The table as Markdown, one row a vital that a device measures or a person enters."""
    rows = [HEAD, tuple("---" for _ in HEAD), *(_row(vital) for vital in VITALS)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def rendered(text: str) -> str:
    """`text` with the table between its markers. Raises ValueError where a marker is missing."""
    before, rest = text.split(START, 1)
    return before + START + table() + END + rest.split(END, 1)[1]


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """There is nothing to choose."""


def run(_given: argparse.Namespace) -> int:
    """Bring the README up to date."""
    README.write_text(rendered(README.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


def _row(vital: Vital) -> tuple[str, ...]:
    return (
        vital.title["en"],
        f"`{vital.metric}`" if vital.by_device else "entered by a nurse",
        ", ".join(vital.loinc) or "–",
        "{:g}–{:g}".format(*vital.plausible) if vital.plausible else "–",
        _limits(vital, Severity.HIGH),
        _limits(vital, Severity.MEDIUM),
        _lasting(vital),
        _duration(vital.interval),
        _duration(vital.stale_after),
        _duration(vital.window),
    )


def _limits(vital: Vital, severity: Severity) -> str:
    of_severity = [limit for rule in OF_VITAL[vital.key] for limit in rule.steps if limit.severity is severity]
    signs = {"<=": "≤", ">=": "≥"}
    return " or ".join(f"{signs.get(one.operator, one.operator)} {one.value:g}" for one in of_severity) or "–"


def _lasting(vital: Vital) -> str:
    spans = {(limit.lasting, limit.at_least) for limit in vital.limits}
    return ", ".join(f"{_duration(lasting)} ({n})" if lasting else "one" for lasting, n in sorted(spans)) or "–"


def _duration(seconds: int | None) -> str:
    if seconds is None:
        return "–"
    for size, name in ((3600, "h"), (60, "min")):
        if seconds % size == 0 and seconds > size:
            return f"{seconds // size} {name}"
    return f"{seconds} s"
