"""Glucose as the international consensus reads it: its levels, and as rows which share of the time is aimed at.

Values are compared in the unit in which they were measured, never across a conversion: 3.9 mmol/L is 70.3 mg/dL.
Source: Diabetes Care 2019;42:1593.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from chevet.errors import ChevetError, expected

MG_PER_DL, MMOL_PER_L = "mg/dL", "mmol/L"


class BadGlucose(ChevetError):
    """A unit that nobody measures glucose in, or a stretch of time that has no days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """One bound, as the consensus writes it in each unit."""

    mg_per_dl: int
    mmol_per_l: float

    def of(self, unit: str) -> float:
        """The bound in `unit`. Raises BadGlucose for another than the two."""
        if unit not in (MG_PER_DL, MMOL_PER_L):
            raise BadGlucose(expected("unit", f"{MG_PER_DL} or {MMOL_PER_L}", unit), field="unit")
        return self.mg_per_dl if unit == MG_PER_DL else self.mmol_per_l


VERY_LOW = Bound(mg_per_dl=54, mmol_per_l=3.0)
LOW = Bound(mg_per_dl=70, mmol_per_l=3.9)
HIGH = Bound(mg_per_dl=180, mmol_per_l=10.0)
VERY_HIGH = Bound(mg_per_dl=250, mmol_per_l=13.9)
LOW_IN_PREGNANCY = Bound(mg_per_dl=63, mmol_per_l=3.5)
HIGH_IN_PREGNANCY = Bound(mg_per_dl=140, mmol_per_l=7.8)


class Where(StrEnum):
    """Where of its bounds a value lies; on a bound it is within."""

    BELOW = "below"
    WITHIN = "within"
    ABOVE = "above"


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """Values up to `upper` that no level before this one has; `upper` itself where it is `inclusive`."""

    key: str
    title: Mapping[str, str]
    upper: Bound | None
    inclusive: bool


def _level(key: str, en: str, fr: str, upper: Bound | None, *, inclusive: bool) -> Level:
    return Level(key=key, title=MappingProxyType({"en": en, "fr": fr}), upper=upper, inclusive=inclusive)


LEVELS: tuple[Level, ...] = (
    _level("very_low", "very low", "très basse", VERY_LOW, inclusive=False),
    _level("low", "low", "basse", LOW, inclusive=False),
    _level("in_range", "in range", "dans la cible", HIGH, inclusive=True),
    _level("high", "high", "haute", VERY_HIGH, inclusive=True),
    _level("very_high", "very high", "très haute", None, inclusive=True),
)


def level(value: float, unit: str = MG_PER_DL) -> Level:
    """The level of one value: 70 and 180 mg/dL are in range."""
    return next(row for row in LEVELS if row.upper is None or _up_to(row, row.upper.of(unit), value))


def _up_to(row: Level, upper: float, value: float) -> bool:
    return value <= upper if row.inclusive else value < upper


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """Less than `share` per cent of the time below or above the bound, or more than `share` within both."""

    where: Where
    bounds: tuple[Bound, ...]
    share: int

    @property
    def key(self) -> str:
        """What it is called: «below_54»."""
        return "_".join([self.where, *(str(bound.mg_per_dl) for bound in self.bounds)])

    def holds(self, value: float, unit: str = MG_PER_DL) -> bool:
        """Whether a value lies where the goal says."""
        first, last = self.bounds[0].of(unit), self.bounds[-1].of(unit)
        if self.where is Where.WITHIN:
            return first <= value <= last
        return value < first if self.where is Where.BELOW else value > last

    def missed(self, share: float) -> bool:
        """Whether so many per cent of the time miss the goal; the goal's own share does already."""
        return share <= self.share if self.where is Where.WITHIN else share >= self.share


def _goal(where: Where, share: int, *bounds: Bound) -> Goal:
    return Goal(where=where, bounds=bounds, share=share)


BELOW_54, BELOW_70 = _goal(Where.BELOW, 1, VERY_LOW), _goal(Where.BELOW, 4, LOW)
ABOVE_180, ABOVE_250 = _goal(Where.ABOVE, 25, HIGH), _goal(Where.ABOVE, 5, VERY_HIGH)
ADULTS: tuple[Goal, ...] = (_goal(Where.WITHIN, 70, LOW, HIGH), BELOW_70, BELOW_54, ABOVE_180, ABOVE_250)
OLDER_OR_HIGH_RISK: tuple[Goal, ...] = (
    _goal(Where.WITHIN, 50, LOW, HIGH),
    _goal(Where.BELOW, 1, LOW),
    _goal(Where.ABOVE, 50, HIGH),
    _goal(Where.ABOVE, 10, VERY_HIGH),
)
PREGNANCY: tuple[Goal, ...] = (
    _goal(Where.WITHIN, 70, LOW_IN_PREGNANCY, HIGH_IN_PREGNANCY),
    _goal(Where.BELOW, 4, LOW_IN_PREGNANCY),
    _goal(Where.BELOW, 1, VERY_LOW),
    _goal(Where.ABOVE, 25, HIGH_IN_PREGNANCY),
)
"""With type 1 diabetes."""
