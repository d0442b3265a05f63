"""What an agent's objects measure: the standard configurations by their number, and those that an agent reports.

A standard number says everything, so that no report is needed: 11073-10404 (pulse oximeter), -10407 (blood pressure),
-10408 (thermometer), -10415 (weighing scale) and -10417 (glucose meter). Of an extended one the agent tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from chevet.ieee11073 import nomenclature as codes
from chevet.ieee11073.structures import ConfigurationObject, ConfigurationReport
from chevet.ieee11073.wire import U16, Many, Structure, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """An attribute in an object's fixed report, and its bytes."""

    code: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Type:
    """What an object is: a code of a partition of the nomenclature."""

    partition: int
    code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One object: what it measures, by code, or in `parts` what each of its values is."""

    handle: int
    type: int
    unit: int = 0
    parts: tuple[int, ...] = ()
    fields: tuple[Field, ...] = ()


Configuration = Mapping[int, Measure]
"""Objects by their handle."""

_BASIC, _SIMPLE = Field(code=codes.BASIC, length=2), Field(code=codes.SIMPLE, length=4)
_STAMP = Field(code=codes.STAMP, length=8)
_THREE = Field(code=codes.BASICS, length=10)


def _configuration(*measures: Measure) -> Configuration:
    return MappingProxyType({measure.handle: measure for measure in measures})


_OXIMETER = _configuration(
    Measure(handle=1, type=0x4BB8, unit=0x0220, fields=(_BASIC,)),
    Measure(handle=10, type=0x481A, unit=0x0AA0, fields=(_BASIC,)),
)

STANDARD: Mapping[int, Configuration] = MappingProxyType(
    {
        0x0190: _OXIMETER,
        0x0191: _OXIMETER,
        0x02BC: _configuration(
            Measure(handle=1, type=0x4A04, unit=0x0F20, parts=(0x4A05, 0x4A06, 0x4A07), fields=(_THREE, _STAMP)),
            Measure(handle=2, type=0x482A, unit=0x0AA0, fields=(_BASIC, _STAMP)),
        ),
        0x0320: _configuration(Measure(handle=1, type=0x4B5C, unit=0x17A0, fields=(_SIMPLE, _STAMP))),
        0x05DC: _configuration(Measure(handle=1, type=0xE140, unit=0x06C3, fields=(_SIMPLE, _STAMP))),
        0x06A4: _configuration(Measure(handle=1, type=0x71B8, unit=0x0852, fields=(_BASIC, _STAMP))),
    }
)
FIRST_EXTENDED, LAST_EXTENDED = 0x4000, 0x7FFF

_TYPE = Structure(Type, (("partition", U16), ("code", U16)))
_PARTS = Many(U16)
_VALUE_MAP = Many(Structure(Field, (("code", U16), ("length", U16))))


def reported(report: ConfigurationReport) -> Configuration:
    """The objects that a report tells of. Raises BadApdu where an attribute is not what its code says.

    Where something is measured in more than one way (an oximeter's fast or slow response) the plain one is taken.
    """
    told = [one for one in map(_told, report.objects) if one is not None]
    plain = {measure.type for measure, is_plain in told if is_plain}
    return _configuration(*(measure for measure, is_plain in told if is_plain or measure.type not in plain))


def _told(one: ConfigurationObject) -> tuple[Measure, bool] | None:
    values = {attribute.code: attribute.value for attribute in one.attributes}
    if one.kind not in (codes.NUMERIC, codes.ENUMERATION) or codes.TYPE not in values:
        return None
    measure = Measure(
        handle=one.handle,
        type=whole(_TYPE, values[codes.TYPE], "type").code,
        unit=whole(U16, values[codes.UNIT], "unit") if codes.UNIT in values else 0,
        parts=whole(_PARTS, values[codes.PARTS], "parts") if codes.PARTS in values else (),
        fields=whole(_VALUE_MAP, values[codes.VALUE_MAP], "value map") if codes.VALUE_MAP in values else (),
    )
    return measure, codes.MODALITIES not in values
