"""A reading: one value of one vital from one device, true by construction or refused with a sentence."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from chevet.errors import BadReading, expected
from chevet.vitals import BY_KEY, Vital

VERSION = 1
MAX_NAME = 128
Identity = tuple[str, str, str, str, int]


class Quality(StrEnum):
    """`missing` is a sensor that says it has no value; `suspect` a value that is not believed. Neither is zero."""

    GOOD = "good"
    SUSPECT = "suspect"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`value` in the unit of the vital's row, None exactly where missing; `measured_at` in milliseconds since 1970.

    `segment` names the stretch of wall clock it was measured in, `run` and `sequence` when intake first saw it,
    `origin` the driver. Raises BadReading.
    """

    gateway: str
    device: str
    vital: str
    value: float | None
    measured_at: int
    segment: str
    run: str
    sequence: int
    quality: Quality
    origin: str

    def __post_init__(self) -> None:
        for name in ("gateway", "device", "segment", "run", "origin"):
            _require_name(name, getattr(self, name))
        if not isinstance(self.vital, str) or self.vital not in BY_KEY:
            raise _refusal("vital", "a key of the catalogue", self.vital)
        for name in ("measured_at", "sequence"):
            number = getattr(self, name)
            if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 2**53:
                raise _refusal(name, "a whole number of at least 0", number)
        if not isinstance(self.quality, Quality):
            raise _refusal("quality", "good, suspect or missing", self.quality)
        self._require_value()

    def _require_value(self) -> None:
        if self.quality is Quality.MISSING:
            if self.value is not None:
                raise _refusal("value", "none, for the quality is missing", self.value)
            return
        if self.value is None or not is_finite_number(self.value):
            raise _refusal("value", "a finite number", self.value)
        if self.quality is Quality.GOOD and not self.row.is_plausible(self.value):
            raise _refusal("value", f"{self.vital} within {self.row.plausible} or the quality suspect", self.value)

    @property
    def row(self) -> Vital:
        """The vital's row in the catalogue."""
        return BY_KEY[self.vital]

    @property
    def identity(self) -> Identity:
        """What makes two readings the same one. Never the time: clocks step back."""
        return (self.gateway, self.device, self.vital, self.run, self.sequence)

    def to_json(self) -> str:
        """One message of the bus, versioned."""
        return json.dumps({"v": VERSION} | asdict(self), separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Reading:
        """The reading in a message. Raises BadReading with the field that was wrong."""
        try:
            fields = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise BadReading(f"message: expected JSON, got {error}", field="message") from None
        if not isinstance(fields, dict):
            raise _refusal("message", "a JSON object", fields)
        for name, value in fields.items():
            if isinstance(value, dict | list):
                raise _refusal(name, "a single value", value)
        return cls._from_fields(fields)

    @classmethod
    def _from_fields(cls, fields: dict[str, Any]) -> Reading:
        version = fields.pop("v", None)
        if version != VERSION or not isinstance(version, int) or isinstance(version, bool):
            raise _refusal("v", f"{VERSION}", version)
        wanted = set(cls.__dataclass_fields__)
        if set(fields) != wanted:
            odd = sorted(wanted ^ set(fields))
            raise BadReading(f"{odd[0]}: expected exactly the fields {', '.join(sorted(wanted))}", field=odd[0])
        try:
            quality = Quality(fields["quality"])
        except ValueError:
            raise _refusal("quality", "good, suspect or missing", fields["quality"]) from None
        return cls(**fields | {"quality": quality})


def is_finite_number(value: object) -> bool:
    """Whether `value` is a number that a double can hold; a truth value is none."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _require_name(field: str, value: object) -> None:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME or not value.isprintable():
        raise _refusal(field, f"1 to {MAX_NAME} printable characters", value)


def _refusal(field: str, wanted: str, got: object) -> BadReading:
    return BadReading(expected(field, wanted, got), field=field)
