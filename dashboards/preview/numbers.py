"""Numbers as people read them: with their unit, and no more digits than say something."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from dashboards import units

_LENGTHS = ((86_400, "d"), (3600, "h"), (60, "min"))
_SIZES = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def _length(value: float, decimals: int | None) -> str:
    for seconds, name in _LENGTHS:
        if abs(value) >= 2 * seconds:
            return f"{value / seconds:.0f} {name}"
    return f"{_digits(value, decimals)} s"


def _size(value: float, decimals: int | None) -> str:
    for size, name in _SIZES:
        if abs(value) >= size:
            return f"{value / size:.1f} {name}"
    return f"{value:.0f} B"


_WRITTEN: Mapping[str, Callable[[float, int | None], str]] = MappingProxyType(
    {
        units.SECONDS: _length,
        units.DURATION: _length,
        units.BYTES: _size,
        units.PERCENT: lambda value, decimals: f"{_digits(value, decimals)} %",
        units.SHARE: lambda value, decimals: f"{_digits(100 * value, decimals)} %",
        units.PER_SECOND: lambda value, decimals: f"{_digits(value, decimals)} /s",
        units.OF_UCUM["Cel"]: lambda value, decimals: f"{_digits(value, decimals)} °C",
        units.OF_UCUM["g"]: lambda value, decimals: f"{value / 1000:.1f} kg",
        units.OF_UCUM["[g]"]: lambda value, decimals: f"{_digits(value, decimals)} g",
        "m": lambda value, decimals: f"{_digits(value, decimals)} min",
        "h": lambda value, decimals: f"{_digits(value, decimals)} h",
    }
)


def written(value: float, unit: str, decimals: int | None = None) -> str:
    """The value with its unit, Grafana's name of which is `unit`."""
    if unit in _WRITTEN:
        return _WRITTEN[unit](value, decimals)
    return _digits(value, decimals) + (unit.removeprefix("suffix:") if unit.startswith("suffix:") else "")


def _digits(value: float, decimals: int | None) -> str:
    if decimals is None:
        decimals = 0 if value == round(value) or abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{decimals}f}"


_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_OF_A_CLOCK = (
    *(_MINUTE * minutes for minutes in (1, 2, 5, 10, 15, 30)),
    *(_HOUR * hours for hours in (1, 2, 3, 4, 6, 12)),
    *(_DAY * days for days in (1, 2, 7, 14, 28)),
)
"""Steps of time that people count in."""


def ticks(low: float, high: float, about: int = 4, *, of_time: bool = False) -> list[float]:
    """Round numbers from `low` to `high`, some `about` of them; seconds `of_time` are round as people count them."""
    if high <= low:
        return [low]
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    if of_time and rough > _MINUTE / 2:
        step = next((length for length in _OF_A_CLOCK if length >= rough), step)
    first = -(-low // step)
    return [round((first + number) * step, 9) for number in range(int((high - first * step) / step + 1e-9) + 1)]
