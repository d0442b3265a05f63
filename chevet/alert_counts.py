"""How many alerts there were, for whoever is to know nobody: counted by day and rule, and unsaid where few had them.

Days are whole and over, so that a count is the same whichever stretch it is asked in: no two answers make a third.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from chevet.severities import Kind, Severity

FEWEST = 5
"""Patients of whom a count may be said; of fewer, somebody who knows one of them could tell."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Cell:
    """What is counted together."""

    day: date
    rule: str
    kind: Kind
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """`alerts` of so many `patients`; both None where these are fewer than `FEWEST`.

    What is about nobody, such as our own machinery, is told as it is: then `patients` is 0.
    """

    cell: Cell
    alerts: int | None
    patients: int | None


def counts(alerts: Iterable[tuple[Cell, str | None]]) -> list[Count]:
    """The counts of alerts, each with the patient it is about or None, in order."""
    many: Counter[Cell] = Counter()
    whose: defaultdict[Cell, set[str]] = defaultdict(set)
    for cell, patient in alerts:
        many[cell] += 1
        whose[cell].update({patient} - {None, ""})  # type: ignore[arg-type] # without None it is texts alone
    return [_count(cell, many[cell], len(whose[cell])) for cell in sorted(many)]


def _count(cell: Cell, alerts: int, patients: int) -> Count:
    if 0 < patients < FEWEST:
        return Count(cell=cell, alerts=None, patients=None)
    return Count(cell=cell, alerts=alerts, patients=patients)
