"""Blood pressure as the societies class it: categories as rows, limits by place, and the rule that screens a stream.

Of systolic and diastolic the higher category counts. Sources: ESC 2024 (Eur Heart J 2024;45:3912), ESH 2023
(J Hypertens 2023;41:1874), ACC/AHA 2017 (Hypertension 2018;71:e13).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from chevet import home_pressure
from chevet.errors import ChevetError, expected


class BadPressure(ChevetError):
    """A pressure that is no number, or a table that nobody wrote."""


class Society(StrEnum):
    """Whose table it is."""

    ESC = "ESC 2024"
    ESH = "ESH 2023"
    ACC_AHA = "ACC/AHA 2017"


class Place(StrEnum):
    """Where and when pressure was measured; the last four are averages."""

    OFFICE = "office"
    HOME = "home"
    DAY = "day"
    NIGHT = "night"
    TWENTY_FOUR_HOURS = "24 h"


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """From `systolic` or from `diastolic` on, mmHg, unless a later row of its table holds too."""

    name: str
    title: Mapping[str, str]
    systolic: float
    diastolic: float


_NEVER = math.inf


def _category(name: str, fr: str, systolic: float, diastolic: float) -> Category:
    titles = MappingProxyType({"en": name, "fr": fr})
    return Category(name=name, title=titles, systolic=systolic, diastolic=diastolic)


_OFFICE, _HOME = (140, 90), (home_pressure.SYSTOLIC, home_pressure.DIASTOLIC)
TABLES: Mapping[tuple[Society, Place], tuple[Category, ...]] = MappingProxyType(
    {
        (Society.ESC, Place.OFFICE): (
            _category("non-elevated", "non élevée", 0, 0),
            _category("elevated", "élevée", 120, 70),
            _category("hypertension", "hypertension", *_OFFICE),
        ),
        (Society.ESC, Place.HOME): (
            _category("non-elevated", "non élevée", 0, 0),
            _category("elevated", "élevée", 120, 70),
            _category("hypertension", "hypertension", *_HOME),
        ),
        (Society.ESH, Place.OFFICE): (
            _category("optimal", "optimale", 0, 0),
            _category("normal", "normale", 120, 80),
            _category("high-normal", "normale haute", 130, 85),
            _category("grade 1", "grade 1", *_OFFICE),
            _category("grade 2", "grade 2", 160, 100),
            _category("grade 3", "grade 3", 180, 110),
        ),
        (Society.ESH, Place.HOME): (
            _category("no hypertension", "pas d'hypertension", 0, 0),
            _category("hypertension", "hypertension", *_HOME),
        ),
        (Society.ACC_AHA, Place.OFFICE): (
            _category("normal", "normale", 0, 0),
            _category("elevated", "élevée", 120, _NEVER),
            _category("stage 1", "stade 1", 130, 80),
            _category("stage 2", "stade 2", 140, 90),
        ),
        (Society.ACC_AHA, Place.HOME): (
            _category("normal", "normale", 0, 0),
            _category("elevated", "élevée", 120, _NEVER),
            _category("stage 1", "stade 1", 130, 80),
            _category("stage 2", "stade 2", *_HOME),
        ),
    }
)
"""Each from the lowest category to the highest."""

HYPERTENSION_FROM: Mapping[Place, tuple[int, int]] = MappingProxyType(
    {
        Place.OFFICE: _OFFICE,
        Place.HOME: _HOME,
        Place.DAY: (135, 85),
        Place.NIGHT: (120, 70),
        Place.TWENTY_FOUR_HOURS: (130, 80),
    }
)
"""Systolic and diastolic, mmHg: either is enough. ESC and ESH alike."""


def category(systolic: float, diastolic: float, society: Society, place: Place = Place.OFFICE) -> Category:
    """The higher of both. Raises BadPressure for what is no pressure, or where the society has no table."""
    _require_pressures(systolic, diastolic)
    if (society, place) not in TABLES:
        raise BadPressure(expected("place", f"one of which {society} has a table", place.value), field="place")
    rows = TABLES[society, place]
    return next(row for row in reversed(rows) if systolic >= row.systolic or diastolic >= row.diastolic)


def is_hypertension(systolic: float, diastolic: float, place: Place) -> bool:
    """Whether either is from the limit on that holds where it was measured."""
    _require_pressures(systolic, diastolic)
    from_systolic, from_diastolic = HYPERTENSION_FROM[place]
    return systolic >= from_systolic or diastolic >= from_diastolic


def is_isolated_systolic(systolic: float, diastolic: float) -> bool:
    """Whether only the systolic is that of hypertension, in the office (ESH 2023); its grade is told as well."""
    from_systolic, from_diastolic = HYPERTENSION_FROM[Place.OFFICE]
    return systolic >= from_systolic and diastolic < from_diastolic


class Anomaly(StrEnum):
    """What the screening rule finds in one reading."""

    HYPOTENSION = "hypotension"
    HYPERTENSION = "hypertension"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """A reading is an anomaly where either value lies beyond, strictly."""

    below_systolic: int = 90
    below_diastolic: int = 60
    above_systolic: int = 140
    above_diastolic: int = 90


SCREENING = Screening()


def screened(systolic: float, diastolic: float) -> Anomaly | None:
    """The anomaly of one reading, low and high at once being one; None where there is none. Raises BadPressure."""
    _require_pressures(systolic, diastolic)
    low = systolic < SCREENING.below_systolic or diastolic < SCREENING.below_diastolic
    high = systolic > SCREENING.above_systolic or diastolic > SCREENING.above_diastolic
    if low and high:
        return Anomaly.MIXED
    return Anomaly.HYPOTENSION if low else Anomaly.HYPERTENSION if high else None


def _require_pressures(systolic: float, diastolic: float) -> None:
    for name, value in (("systolic", systolic), ("diastolic", diastolic)):
        if not (math.isfinite(value) and value >= 0):
            raise BadPressure(expected(name, "mmHg, at least 0", value), field=name)
