"""Which numbers stand in rows and constants of the rules, and by how much each is shifted: no rule is named here.

Found are all numbers of what the rules' modules assign, and of the catalogue and tables they are made from. A row is at
home where it is first assigned; what is derived from it later holds the same row and is no second one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from types import MappingProxyType
from typing import Any

from bench.rebuilt import Place, parts

MINUTE = 60
OF_RULES = "alert_rules."

UNSHIFTED: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("Group", "every"): "how often rules are looked at; when they fire is `lasting`",
        ("Vital", "plausible"): "what a device can truthfully say; gateways and the guard judge by it",
        ("Vital", "window"): "how wide a gateway's windows are, which is no limit; 0 would be none",
        ("Bypass", "value"): "the gateway's own: it sees single readings, rules see windows",
        ("Bypass", "lasting"): "the gateway's own, as its value",
        ("Bypass", "at_least"): "the gateway's own, as its value",
        ("Clears", "margin"): "how the gateway ends an alarm; a rule's ends with its expression",
        ("Clears", "at_least"): "the gateway's own, as its margin",
        ("ContactCheck", "at_most"): "the gateway's own: rules see no single reading",
        ("ContactCheck", "lasting"): "the gateway's own, as what it says",
        ("Bound", "mmol_per_l"): "how it is told in the other unit; sensors' series are in mg/dL",
        ("Response", "hours"): "told by the score's own library; alerts say the title",
        ("alert_rules.pipeline", "STEP"): "how finely the newest window is looked for, within a sample's five minutes",
        ("alert_rules.service", "LOOKED"): "how finely limits are looked for, within a sample's five minutes",
        ("alert_rules.early_warning", "STEPS"): "how finely the age of a part is known; no alert looks at it",
    }
)
"""Numbers that are not shifted, by class and field, a constant by its module and name; and why."""

UNITS: Mapping[str, str] = MappingProxyType(dict.fromkeys(("MINUTE", "HOUR", "DAY"), "a unit of time"))
"""Constants that are not shifted in whichever module they stand."""

TIMES = frozenset({"lasting", "seconds", "opening", "stale_after", "interval"})
"""Fields in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """`owner` is the class of its row, the module where it is a constant; `row` is what the row is called."""

    place: Place
    owner: str
    field: str
    row: str
    value: float
    step: float

    @property
    def is_row(self) -> bool:
        """Whether it stands in a row; else it is a constant, and its owner the module."""
        return self.owner != self.place.module

    def told(self, value: float) -> str:
        """«alert_rules.devices: ChevetSensorBatteryLow.bound 15 → 16»."""
        name = f"{self.row}.{self.field}" if self.is_row else self.row
        return f"{self.place.module}: {name} {self.value:g} → {value:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One number that is another."""

    number: Number
    value: float

    def __str__(self) -> str:
        return self.number.told(self.value)


def numbers(assigned: Sequence[tuple[str, str, Any]]) -> Iterator[Number]:
    """Every finite number of what was assigned, rows where they are at home."""
    seen: set[int] = set()
    for module, name, value in assigned:
        place = Place(module=module, name=name)
        yield from _within(place, value, (), seen)


def why_not(owner: str, field: str) -> str:
    """Why a number is not shifted; empty where it is."""
    return UNITS.get(field, "") or UNSHIFTED.get((owner, field), "")


def _within(place: Place, whole: Any, rows: tuple[Any, ...], seen: set[int]) -> Iterator[Number]:
    if is_dataclass(whole) and not isinstance(whole, type):
        if id(whole) in seen:
            return
        seen.add(id(whole))
        rows = (*rows, whole)
    if _is_number(whole):
        yield _number(place, whole, rows)
    for key, part in parts(whole):
        deeper = Place(module=place.module, name=place.name, path=(*place.path, key))
        yield from _within(deeper, part, rows, seen)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _number(place: Place, value: float, rows: tuple[Any, ...]) -> Number:
    owner = type(rows[-1]).__name__ if rows else place.module
    field = next((one for one in reversed(place.path) if isinstance(one, str)), place.name) if rows else place.name
    step = _step(value, field, rows[-1] if rows else None)
    return Number(place=place, owner=owner, field=field, row=_called(place, rows), value=value, step=step)


def _called(place: Place, rows: tuple[Any, ...]) -> str:
    """By the name of its row; where that has none by whose part it is, and which: «heart_rate limits 0»."""
    keys = [str(one) for one in (place.path[:-1] if rows else place.path)]
    for row in reversed(rows):
        if name := getattr(row, "name", None) or getattr(row, "key", None):
            return str(name) if row is rows[-1] else " ".join([str(name), *keys[1:]])
    return " ".join([place.name, *keys])


def _step(value: float, field: str, row: Any) -> float:
    """The smallest step in which it is measured: a time's is a minute where it is of whole minutes."""
    timed = field in TIMES or (
        field in ("bound", "until") and getattr(getattr(row, "unit", None), "name", "") == "DURATION"
    )
    if (timed or row is None) and value % MINUTE == 0 and value >= (0 if timed else MINUTE):
        return MINUTE
    if isinstance(value, int):
        return 1
    decimals = len(f"{value:f}".rstrip("0").partition(".")[2])
    return 10.0 ** -max(1, decimals)


def shifted(number: Number) -> tuple[Mutation, ...]:
    """One step down and one step up; none where it is not to be shifted."""
    if why_not(number.owner, number.field):
        return ()
    values = (round(number.value + sign * number.step, 6) for sign in (-1, 1))
    return tuple(Mutation(number=number, value=type(number.value)(value)) for value in values)
