"""SFLOAT and FLOAT, numbers of a decimal mantissa and exponent, and absolute times in BCD (11073-20601 Annex F and G).

Some mantissas are no numbers: there was none, it cannot be told at this resolution, it is beyond the range.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from chevet.errors import BadApdu, expected
from chevet.ieee11073.wire import Reader, refusal


class Special(StrEnum):
    """What a mantissa says that is no number."""

    NAN = "not a number"
    NRES = "not at this resolution"
    PLUS_INFINITY = "above the range"
    MINUS_INFINITY = "below the range"
    RESERVED = "reserved"


@dataclass(frozen=True, slots=True)
class Decimal:
    """mantissa × 10^exponent, as it was sent."""

    mantissa: int
    exponent: int = 0

    @property
    def value(self) -> float:
        """The nearest double, also of 10^127."""
        return float(f"{self.mantissa}e{self.exponent}")


Number = Decimal | Special


@dataclass(frozen=True, slots=True)
class DecimalWire:
    """A number in `size` bytes, of which the exponent has `exponent_bits`."""

    size: int
    exponent_bits: int

    @property
    def mantissa_bits(self) -> int:
        """The bits that are left for the mantissa."""
        return 8 * self.size - self.exponent_bits

    @property
    def specials(self) -> Mapping[int, Special]:
        """Mantissas around half of all that are no numbers, whatever the exponent."""
        half = 1 << self.mantissa_bits - 1
        return MappingProxyType(
            {
                half - 2: Special.PLUS_INFINITY,
                half - 1: Special.NAN,
                half: Special.NRES,
                half + 1: Special.RESERVED,
                half + 2: Special.MINUS_INFINITY,
            }
        )

    def read(self, reader: Reader, field: str, before: Mapping[str, Any]) -> Number:
        raw = reader.number(self.size, field)
        mantissa, exponent = raw & (1 << self.mantissa_bits) - 1, raw >> self.mantissa_bits
        if mantissa in self.specials:
            return self.specials[mantissa]
        return Decimal(_signed(mantissa, self.mantissa_bits), _signed(exponent, self.exponent_bits))

    def write(self, value: Any, field: str, whole: object) -> bytes:
        if isinstance(value, Special):
            return next(raw for raw, special in self.specials.items() if special is value).to_bytes(self.size, "big")
        most, furthest = (1 << self.mantissa_bits - 1) - 3, 1 << self.exponent_bits - 1
        fits = isinstance(value, Decimal) and abs(value.mantissa) <= most and -furthest <= value.exponent < furthest
        if not fits:
            raise BadApdu(expected(field, f"a number whose mantissa is at most {most}", value), field=field)
        exponent: int = value.exponent % (1 << self.exponent_bits)
        mantissa: int = value.mantissa % (1 << self.mantissa_bits)
        return (exponent << self.mantissa_bits | mantissa).to_bytes(self.size, "big")


def _signed(raw: int, bits: int) -> int:
    return raw - (1 << bits) if raw >> bits - 1 else raw


SFLOAT, FLOAT = DecimalWire(2, 4), DecimalWire(4, 8)


@dataclass(frozen=True, slots=True)
class AbsoluteTime:
    """Century, year, month, day, hour, minute, second and hundredths in BCD, as the agent's own clock has it.

    It names no zone and no segment, and a bedside device's clock is often wrong: it orders what was stored, and is
    never taken as the time of a reading by itself.
    """

    def read(self, reader: Reader, field: str, before: Mapping[str, Any]) -> datetime:
        at = reader.offset
        raw = reader.take(8, field)
        digits = raw.hex()
        try:
            return datetime.strptime(digits[:14], "%Y%m%d%H%M%S").replace(microsecond=int(digits[14:]) * 10_000)  # noqa: DTZ007  # it has no zone
        except ValueError:
            raise refusal(field, "a time of day in BCD", digits, at) from None

    def write(self, value: Any, field: str, whole: object) -> bytes:
        if not isinstance(value, datetime):
            raise BadApdu(expected(field, "a time", value), field=field)
        return bytes.fromhex(f"{value.year:04}{value:%m%d%H%M%S}{value.microsecond // 10_000:02}")


ABSOLUTE_TIME = AbsoluteTime()
