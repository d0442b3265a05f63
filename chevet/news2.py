"""NEWS2, the National Early Warning Score (Royal College of Physicians 2017, Charts 1 and 4): bands as rows, one loop.

Values are rounded first, half up, then looked up. What is not known, or is past its shelf-life, is a missing part: the
sum of the others is then a lower bound, and says so. Not for people under 16 or in pregnancy: refused, not scored.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from chevet.errors import ChevetError, expected

MINUTE, HOUR = 60, 3600
YOUNGEST = 16


class NotForNews2(ChevetError):
    """A person whom the score does not describe, or a value that it does not know."""


class Part(StrEnum):
    """The seven parameters of the chart."""

    RESPIRATION = "respiration"
    SATURATION = "saturation"
    OXYGEN = "oxygen"
    SYSTOLIC = "systolic"
    PULSE = "pulse"
    CONSCIOUSNESS = "consciousness"
    TEMPERATURE = "temperature"


class Scale(StrEnum):
    """Of SpO2. The second is for hypercapnic respiratory failure with a prescribed target of 88-92 %, and no other."""

    ONE = "1"
    TWO = "2"


SCALE_2_RESTS_ON = "oxygen_saturation"
"""The vital of which the patient has prescribed limits of their own: without one the second scale is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """`points` for a rounded value from `low` to `high`, both inside. `oxygen` where it holds on oxygen or air only."""

    low: float = -math.inf
    high: float = math.inf
    points: int
    oxygen: bool | None = None


def _band(low: float, high: float, points: int, oxygen: bool | None = None) -> Band:
    return Band(low=low, high=high, points=points, oxygen=oxygen)


_INF = math.inf
BANDS: Mapping[Part, tuple[Band, ...]] = MappingProxyType(
    {
        Part.RESPIRATION: (
            _band(-_INF, 8, 3),
            _band(9, 11, 1),
            _band(12, 20, 0),
            _band(21, 24, 2),
            _band(25, _INF, 3),
        ),
        Part.SATURATION: (
            _band(-_INF, 91, 3),
            _band(92, 93, 2),
            _band(94, 95, 1),
            _band(96, _INF, 0),
        ),
        Part.OXYGEN: (_band(0, 0, 0), _band(1, 1, 2)),
        Part.SYSTOLIC: (
            _band(-_INF, 90, 3),
            _band(91, 100, 2),
            _band(101, 110, 1),
            _band(111, 219, 0),
            _band(220, _INF, 3),
        ),
        Part.PULSE: (
            _band(-_INF, 40, 3),
            _band(41, 50, 1),
            _band(51, 90, 0),
            _band(91, 110, 1),
            _band(111, 130, 2),
            _band(131, _INF, 3),
        ),
        Part.CONSCIOUSNESS: (_band(0, 0, 0), _band(1, 4, 3)),
        Part.TEMPERATURE: (
            _band(-_INF, 35.0, 3),
            _band(35.1, 36.0, 1),
            _band(36.1, 38.0, 0),
            _band(38.1, 39.0, 1),
            _band(39.1, _INF, 2),
        ),
    }
)
SATURATION_ON_SCALE_2: tuple[Band, ...] = (
    _band(-_INF, 83, 3),
    _band(84, 85, 2),
    _band(86, 87, 1),
    _band(88, 92, 0),
    _band(93, _INF, 0, False),
    _band(93, 94, 1, True),
    _band(95, 96, 2, True),
    _band(97, _INF, 3, True),
)
AIR, OXYGEN = 0, 1
CONSCIOUSNESS = ("A", "C", "V", "P", "U")
"""Alert, new confusion, voice, pain, unresponsive: a code is its place here."""
CONSCIOUSNESS_TITLES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "A": MappingProxyType({"en": "alert", "fr": "éveillé"}),
        "C": MappingProxyType({"en": "newly confused", "fr": "confus depuis peu"}),
        "V": MappingProxyType({"en": "roused by voice", "fr": "réveillé par la voix"}),
        "P": MappingProxyType({"en": "roused by pain", "fr": "réveillé par la douleur"}),
        "U": MappingProxyType({"en": "unresponsive", "fr": "sans réponse"}),
    }
)

TITLES: Mapping[Part, Mapping[str, str]] = MappingProxyType(
    {
        Part.RESPIRATION: MappingProxyType({"en": "respiration", "fr": "respiration"}),
        Part.SATURATION: MappingProxyType({"en": "oxygen saturation", "fr": "saturation"}),
        Part.OXYGEN: MappingProxyType({"en": "air or oxygen", "fr": "air ou oxygène"}),
        Part.SYSTOLIC: MappingProxyType({"en": "systolic pressure", "fr": "pression systolique"}),
        Part.PULSE: MappingProxyType({"en": "pulse", "fr": "pouls"}),
        Part.CONSCIOUSNESS: MappingProxyType({"en": "consciousness", "fr": "conscience"}),
        Part.TEMPERATURE: MappingProxyType({"en": "temperature", "fr": "température"}),
    }
)

TENTHS = frozenset({Part.TEMPERATURE})
"""Rounded to 0.1; every other part to a whole number."""

SHELF_LIFE: Mapping[Part, int] = MappingProxyType(
    {
        Part.RESPIRATION: 30 * MINUTE,
        Part.SATURATION: 30 * MINUTE,
        Part.PULSE: 30 * MINUTE,
        Part.TEMPERATURE: HOUR,
        Part.SYSTOLIC: 12 * HOUR,
        Part.OXYGEN: 12 * HOUR,
        Part.CONSCIOUSNESS: 12 * HOUR,
    }
)
"""Seconds for which a value counts. Chevet's defaults, to be signed by a clinician."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """`value` in the unit of the chart, or its code; `at` in milliseconds."""

    value: float
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """`points` of the parts that are known. With parts missing, `total` is a lower bound. `oldest` in seconds."""

    points: Mapping[Part, int]
    oldest: float | None

    @property
    def total(self) -> int:
        """0 to 20."""
        return sum(self.points.values())

    @property
    def missing(self) -> tuple[Part, ...]:
        """The parts that are not known, in the order of the chart."""
        return tuple(part for part in Part if part not in self.points)

    @property
    def red(self) -> tuple[Part, ...]:
        """The parts that score 3 by themselves."""
        return tuple(part for part, points in self.points.items() if points == 3)

    def __str__(self) -> str:
        """«6 (5 of 7 parts, oldest 38 min)»."""
        age = "" if self.oldest is None else f", oldest {self.oldest // MINUTE:.0f} min"
        return f"{self.total} ({len(self.points)} of {len(Part)} parts{age})"


def require_eligible(age: float, *, pregnant: bool) -> None:
    """Raises NotForNews2 for whom the chart is not: `age` in years."""
    if age < YOUNGEST:
        raise NotForNews2(expected("age", f"at least {YOUNGEST} years for NEWS2", age), field="age")
    if pregnant:
        raise NotForNews2("pregnant: expected nobody in pregnancy, NEWS2 is not for them", field="pregnant")


def rounded(part: Part, value: float) -> float:
    """As the chart is read: floor(x + 0.5), temperature floor(10x + 0.5)/10, in doubles."""
    return math.floor(10 * value + 0.5) / 10 if part in TENTHS else math.floor(value + 0.5)


def points(part: Part, value: float, scale: Scale = Scale.ONE, oxygen: bool | None = None) -> int | None:
    """The points of one value; None where they hang on oxygen and nobody knows it. Raises NotForNews2."""
    if not math.isfinite(value):
        raise NotForNews2(expected(part, "a finite number", value), field=part)
    on_scale_2 = part is Part.SATURATION and scale is Scale.TWO
    exact = rounded(part, value)
    found = [band for band in (SATURATION_ON_SCALE_2 if on_scale_2 else BANDS[part]) if band.low <= exact <= band.high]
    if not found:
        raise NotForNews2(expected(part, "a code of the chart", value), field=part)
    known = [band.points for band in found if band.oxygen in (None, oxygen)]
    return known[0] if known else None


def score(observations: Mapping[Part, Observation], now: int, scale: Scale = Scale.ONE) -> Score:
    """The score at `now` (milliseconds) of what is within its shelf-life."""
    fresh = {part: one for part, one in observations.items() if 0 <= now - one.at <= SHELF_LIFE[part] * 1000}
    supplied = fresh.get(Part.OXYGEN)
    oxygen = None if supplied is None else bool(supplied.value)
    scored = {part: points(part, fresh[part].value, scale, oxygen) for part in Part if part in fresh}
    known = {part: one for part, one in scored.items() if one is not None}
    ages = [(now - fresh[part].at) / 1000 for part in known]
    return Score(points=MappingProxyType(known), oldest=max(ages, default=None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What Chart 4 asks for from `at_least` points; `hours` between two sets of observations, 0 is continuous."""

    at_least: int
    hours: float
    title: Mapping[str, str]


def _response(at_least: int, hours: float, en: str, fr: str) -> Response:
    return Response(at_least=at_least, hours=hours, title=MappingProxyType({"en": en, "fr": fr}))


RESPONSES: tuple[Response, ...] = (
    _response(7, 0, "emergency: continuous, critical-care team", "urgence vitale : continu, équipe de réanimation"),
    _response(5, 1, "urgent: hourly, medical team at once", "urgent : toutes les heures, équipe médicale aussitôt"),
    _response(1, 6, "every 4 to 6 hours, registered nurse", "toutes les 4 à 6 heures, infirmière"),
    _response(0, 12, "at least every 12 hours", "au moins toutes les 12 heures"),
)
RED: Response = _response(3, 1, "hourly, medical team told", "toutes les heures, équipe médicale prévenue")
"""For 3 points in one part, where the total alone asks for less."""


def response(of: Score) -> Response:
    """What Chart 4 asks for."""
    by_total = next(row for row in RESPONSES if of.total >= row.at_least)
    return RED if of.red and by_total.hours > RED.hours else by_total
