"""Scan reports to values of the catalogue's vitals, with what the agent says of their worth.

Missing is what an agent has no number for: NaN, not at this resolution, beyond its range, a zero of an oximeter, a
status that says invalid, not available, calibrating, a test or a demonstration, a probe that is off. Suspect is what it
calls questionable or early, what is not plausible, and what comes in a unit that we do not know.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from chevet.errors import BadApdu
from chevet.ieee11073 import nomenclature as codes
from chevet.ieee11073.configurations import Configuration, Field, Measure
from chevet.ieee11073.numbers import ABSOLUTE_TIME, FLOAT, SFLOAT, Decimal, Number
from chevet.ieee11073.structures import Attribute, Fixed, OfPerson, ScanReport, Variable
from chevet.ieee11073.wire import U16, U32, Many, Structure, Wire, refusal, whole
from chevet.readings import Quality
from chevet.units import convert
from chevet.vitals import BY_KEY

INVALID = 0x8000 | 0x2000 | 0x1000 | 0x0800 | 0x0400
"""Measurement status: invalid, not available, calibration under way, test data, demonstration data."""
QUESTIONABLE = 0x4000 | 0x0040 | 0x0020
"""Questionable, early indication, measurement under way."""

PROBE_OFF = 0x8000 | 0x4000 | 0x2000 | 0x1000 | 0x0800 | 0x0200 | 0x0080 | 0x0008 | 0x0002
"""Oximeter's status: disconnected, malfunction, displaced, unsupported, off; searching, no pulse, inadequate; fault."""
UNRELIABLE = 0x0400 | 0x0100 | 0x0040 | 0x0020 | 0x0010 | 0x0004
"""Interference, questionable pulse, erratic, low perfusion, poor signal, irregularity of processing."""

ZERO_IS_NONE = frozenset({"oxygen_saturation", "heart_rate", "systolic_pressure", "diastolic_pressure", "weight"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A value in the unit of the vital's row. `stamp` is the agent's own clock; `person` is 0 where it tells none."""

    vital: str
    value: float | None
    quality: Quality
    stamp: datetime | None = None
    person: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Observed:
    metric: int
    status: int
    unit: int
    value: Number


_OBSERVED = Structure(_Observed, (("metric", U16), ("status", U16), ("unit", U16), ("value", FLOAT)))
_VALUES: Mapping[int, Wire] = MappingProxyType(
    {
        codes.BASIC: SFLOAT,
        codes.SIMPLE: FLOAT,
        codes.VALUE: _OBSERVED,
        codes.BASICS: Many(SFLOAT),
        codes.SIMPLES: Many(FLOAT),
        codes.VALUES: Many(_OBSERVED),
    }
)
_BITS: Mapping[int, tuple[Wire, int]] = MappingProxyType({codes.BITS_16: (U16, 0), codes.BITS_32: (U32, 16)})
"""Bit strings, and what they have behind the sixteen bits that are read: the first bit is the highest."""
_STAMP = Field(code=codes.STAMP, length=8)

_Observation = tuple[Measure, dict[int, bytes]]


def measurements(report: ScanReport, configuration: Configuration) -> list[Measurement]:
    """What a report says of vitals of the catalogue. Objects that the agent never told of are passed over.

    Raises BadApdu where a value is not what its object's configuration says.
    """
    found: list[Measurement] = []
    for person, several in _by_person(report.observations):
        observed = [(configuration[one.handle], one) for one in several if one.handle in configuration]
        attributes = [(measure, _attributes(measure, one)) for measure, one in observed]
        worst = _probe(attributes)
        for observation in attributes:
            found += _measured(*observation, worst=worst, person=person)
    return found


def _by_person(observations: tuple[Any, ...]) -> Iterable[tuple[int, tuple[Any, ...]]]:
    if observations and isinstance(observations[0], OfPerson):
        return [(one.person, one.observations) for one in observations]
    return [(0, observations)]


def _attributes(measure: Measure, one: Fixed | Variable) -> dict[int, bytes]:
    if isinstance(one, Variable):
        return {attribute.code: attribute.value for attribute in one.attributes}
    return {attribute.code: attribute.value for attribute in _by_map(measure, one.data)}


def _by_map(measure: Measure, data: bytes) -> Iterator[Attribute]:
    """Many oximeters add a time to what the standard configuration says, as their own annex does in its examples."""
    fields, length = measure.fields, sum(field.length for field in measure.fields)
    if len(data) == length + _STAMP.length and _STAMP not in fields:
        fields, length = (*fields, _STAMP), len(data)
    if len(data) != length:
        raise refusal(f"object {measure.handle}", f"{length} bytes", str(len(data)), 0)
    at = 0
    for field in fields:
        yield Attribute(code=field.code, value=data[at : at + field.length])
        at += field.length


def _probe(observations: list[_Observation]) -> Quality:
    """What an oximeter's status object says of all values of its report."""
    bits = 0
    for measure, attributes in observations:
        if measure.type == codes.OXIMETER_STATUS:
            for code, (wire, behind) in _BITS.items():
                if code in attributes:
                    bits |= whole(wire, attributes[code], "status of the probe") >> behind
    return _quality(bits, PROBE_OFF, UNRELIABLE)


def _quality(bits: int, missing: int, suspect: int) -> Quality:
    if bits & missing:
        return Quality.MISSING
    return Quality.SUSPECT if bits & suspect else Quality.GOOD


def _measured(measure: Measure, attributes: dict[int, bytes], *, worst: Quality, person: int) -> Iterator[Measurement]:
    stamp = _stamp(attributes)
    status = whole(U16, attributes[codes.STATUS], "status") if codes.STATUS in attributes else 0
    unit = whole(U16, attributes[codes.UNIT], "unit") if codes.UNIT in attributes else measure.unit
    for code, wire in _VALUES.items():
        if code not in attributes:
            continue
        for one in _observed(measure, whole(wire, attributes[code], "value"), unit):
            if one.metric in codes.VITALS:
                quality = _worse(worst, _quality(status | one.status, INVALID, QUESTIONABLE))
                value, quality = _value(codes.VITALS[one.metric], one, quality)
                yield Measurement(
                    vital=codes.VITALS[one.metric], value=value, quality=quality, stamp=stamp, person=person
                )


def _stamp(attributes: dict[int, bytes]) -> datetime | None:
    """None also for a time that is none: the value is worth more than the agent's clock, and some do not write BCD."""
    try:
        found: datetime | None = None
        if codes.STAMP in attributes:
            found = whole(ABSOLUTE_TIME, attributes[codes.STAMP], "time stamp")
    except BadApdu:
        return None
    return found


def _observed(measure: Measure, values: Any, unit: int) -> list[_Observed]:
    several = values if isinstance(values, tuple) else (values,)
    kinds = measure.parts if isinstance(values, tuple) and measure.parts else (measure.type,) * len(several)
    return [
        one if isinstance(one, _Observed) else _Observed(metric=kind, status=0, unit=unit, value=one)
        for kind, one in zip(kinds, several, strict=False)
    ]


def _worse(one: Quality, other: Quality) -> Quality:
    return next(quality for quality in (Quality.MISSING, Quality.SUSPECT, Quality.GOOD) if quality in (one, other))


def _value(vital: str, one: _Observed, quality: Quality) -> tuple[float | None, Quality]:
    none = not isinstance(one.value, Decimal) or (one.value.mantissa == 0 and vital in ZERO_IS_NONE)
    if none or quality is Quality.MISSING or not isinstance(one.value, Decimal):
        return None, Quality.MISSING
    row = BY_KEY[vital]
    try:
        value = convert(one.value.value, sent=codes.UNITS[one.unit], kept=row.unit)
    except KeyError:
        return one.value.value, Quality.SUSPECT
    return value, quality if row.is_plausible(value) else Quality.SUSPECT
