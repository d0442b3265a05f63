"""UCUM units that Chevet speaks, and the conversions that stand at its doors."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

MG_PER_DL_IN_MMOL_PER_L = 18.016
"""Glucose: 1 mmol/L = 18.016 mg/dL (molar mass 180.16 g/mol)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A UCUM code, the ending of a metric's name, and how people write it."""

    ucum: str
    metric: str
    shown: str


UNITS = (
    Unit(ucum="/min", metric="per_minute", shown="/min"),
    Unit(ucum="%", metric="percent", shown="%"),
    Unit(ucum="Cel", metric="celsius", shown="°C"),
    Unit(ucum="mm[Hg]", metric="mmhg", shown="mmHg"),
    Unit(ucum="mg/dL", metric="mg_per_dl", shown="mg/dL"),
    Unit(ucum="g", metric="grams", shown="g"),
    Unit(ucum="m[g]", metric="milli_g", shown="mg"),
    Unit(ucum="[g]", metric="g", shown="g"),
    Unit(ucum="{code}", metric="code", shown=""),
)
BY_UCUM: Mapping[str, Unit] = MappingProxyType({unit.ucum: unit for unit in UNITS})


def round_half_up(value: float) -> float:
    """The nearest whole number, a half going up, as in CLINICAL: floor(x + 0.5) in doubles."""
    return math.floor(value + 0.5)


CONVERSIONS: Mapping[tuple[str, str], Callable[[float], float]] = MappingProxyType(
    {
        ("mmol/L", "mg/dL"): lambda value: round_half_up(value * MG_PER_DL_IN_MMOL_PER_L),
        ("[degF]", "Cel"): lambda value: (value - 32) * 5 / 9,
        ("kg", "g"): lambda value: value * 1000,
        ("[lb_av]", "g"): lambda value: value * 453.59237,
        ("kPa", "mm[Hg]"): lambda value: value * 7.500617,
        ("[g]", "m[g]"): lambda value: value * 1000,
    }
)
"""From a sender's unit to the unit that the catalogue keeps. Glucose in mmol/L becomes whole mg/dL."""


def convert(value: float, *, sent: str, kept: str) -> float:
    """`value` in `kept`. Raises KeyError where no conversion is known: a row of a device table is wrong then."""
    return value if sent == kept else CONVERSIONS[sent, kept](value)
