"""How long law keeps a medical record: Code de la santé publique, R1112-7."""

from __future__ import annotations

from datetime import date

YEARS = 20
"""After the last stay, or the last care outside one."""
BIRTHDAY = 28
"""Of whoever was a child then: no record ends before it."""


def kept_until(last: date, born: date | None) -> date:
    """The day from which the record of who was cared for until `last` may be erased."""
    ends = _years_after(last, YEARS)
    return ends if born is None else max(ends, _years_after(born, BIRTHDAY))


def _years_after(day: date, years: int) -> date:
    """Of a 29 February, where that year has none, the day after."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
