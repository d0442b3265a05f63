"""Cases of conditions' alerts from rows typed by hand: at the bound, a step inside it, and a minute too early."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.alert_rules.promtool import Case

Says = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """By hand: series at the bound and just inside it, from which minute on it holds, and for how many it must.

    `of` are the labels that say whose it is; `inside` may be several ways to be well.
    """

    alert: str
    rule: str
    severity: str
    minutes: int
    at: dict[str, str]
    inside: tuple[dict[str, str], ...]
    says: Says
    of: dict[str, str] = field(default_factory=dict)
    team: str = "ward"
    kind: str = "technical"
    since: int = 0


def cases(rows: Iterable[Row]) -> list[Case]:
    """Of each row those that its numbers ask for."""
    return [case for row in rows for case in _of(row)]


def _of(row: Row) -> Iterable[Case]:
    at = f"{row.since + row.minutes}m"
    yield _case(row, "at the bound for as long as it takes", row.at, at, row.says)
    for number, series in enumerate(row.inside, start=1):
        yield _case(row, f"inside the bound ({number})", series, at)
    if row.minutes:
        yield _case(row, "a minute too early", row.at, f"{row.since + row.minutes - 1}m")


def _case(row: Row, name: str, series: dict[str, str], at: str, says: Says | None = None) -> Case:
    labels = {"rule": row.rule, "kind": row.kind, "severity": row.severity, "team": row.team}
    name = f"{row.alert}: {name}"
    return Case(name=name, alert=row.alert, series=series, at=at, says=says, labels=labels | row.of, of=())
