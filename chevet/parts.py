"""A folded part: readings of one series in one window that were too many to keep one by one. Extremes are kept.

It stands for exactly the readings of one run whose sequences it spans, so that what holds a reading already, or gets it
later by itself, can tell. Windows made of parts have the count, lowest and highest of the readings themselves, and
their mean but for the rounding of a sum.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from chevet.errors import BadReading, expected
from chevet.readings import VERSION, Quality, Reading, is_finite_number
from chevet.vitals import BY_KEY

BEGINNING = f'{{"v":{VERSION},"part":{{'.encode()
"""How each message with a part begins, and none with a reading."""

ENDS = ("low", "high")
_NAMES = ("gateway", "device", "segment", "run")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """`start` of the window in milliseconds; `first` and `last` sequence; `counts` of readings by quality.

    `sum`, `low` and `high` are of the good ones, None where none is. `gone` names those of low and high that no reading
    left in the part is known to have (see `without`); as bounds they stand. `offset` are milliseconds by which the
    clock was found to be off since, where that fits no window: then it travels alone. Raises BadReading.
    """

    gateway: str
    device: str
    vital: str
    segment: str
    start: int
    run: str
    first: int
    last: int
    counts: Mapping[Quality, int]
    sum: float
    low: float | None
    high: float | None
    gone: tuple[str, ...] = ()
    offset: int = 0

    def __post_init__(self) -> None:
        for name in _NAMES:
            if not isinstance(getattr(self, name), str) or not getattr(self, name):
                raise _refusal(name, "a name", getattr(self, name))
        if not isinstance(self.vital, str) or self.vital not in BY_KEY or not BY_KEY[self.vital].window:
            raise _refusal("vital", "a key of the catalogue with a window", self.vital)
        for name in ("start", "first", "last"):
            number = getattr(self, name)
            if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 2**53:
                raise _refusal(name, "a whole number of at least 0", number)
        if self.start % self.period:
            raise _refusal("start", f"the start of a window of {self.period} ms", self.start)
        self._require_counts()
        self._require_values()

    def _require_counts(self) -> None:
        for quality, count in self.counts.items():
            if not isinstance(count, int) or isinstance(count, bool) or count < 1:
                raise _refusal("counts", f"at least one reading that is {quality}", count)
        if not 0 < self.total <= self.last - self.first + 1:
            raise _refusal("counts", f"1 to {self.last - self.first + 1} readings", self.total)

    def _require_values(self) -> None:
        row = BY_KEY[self.vital]
        if not is_finite_number(self.sum):
            raise _refusal("sum", "a finite number", self.sum)
        for name in ENDS:
            value = getattr(self, name)
            if not self.good and value is not None:
                raise _refusal(name, "none, for no reading is good", value)
            if self.good and not (is_finite_number(value) and row.is_plausible(value)):
                raise _refusal(name, f"{self.vital} within {row.plausible}", value)
        if not set(self.gone) <= set(ENDS):
            raise _refusal("gone", "only low and high", self.gone)
        if not isinstance(self.offset, int) or isinstance(self.offset, bool) or self.begins < 0:
            raise _refusal("offset", "a whole number of milliseconds", self.offset)

    @property
    def period(self) -> int:
        """Milliseconds of its window."""
        return (BY_KEY[self.vital].window or 0) * 1000

    @property
    def key(self) -> tuple[str, str, str]:
        """Gateway, device and vital: its series."""
        return (self.gateway, self.device, self.vital)

    @property
    def total(self) -> int:
        """How many readings it holds."""
        return sum(self.counts.values())

    @property
    def good(self) -> int:
        """How many of them are good."""
        return self.counts.get(Quality.GOOD, 0)

    def without(self, readings: Sequence[tuple[Quality, float | None]]) -> Part | None:
        """What is left when these of its readings, by quality and value, count elsewhere; None where nothing is.

        A lowest or highest that went with them is not claimed for the rest.
        """
        left = Counter(self.counts)
        good: list[float] = []
        for said, value in readings:
            # Where the journal believes less than intake did, the reading was still good in here.
            quality = said if left[said] else Quality.GOOD
            left[quality] -= 1
            good += [value] if quality is Quality.GOOD and value is not None else []
        if not +left:
            return None
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        fields["counts"] = dict(sorted((+left).items()))
        fields["sum"] = math.fsum([self.sum, *(-value for value in good)]) if left[Quality.GOOD] else 0.0
        fields["gone"] = tuple(name for name in ENDS if name in self.gone or fields[name] in good)
        if not left[Quality.GOOD]:
            fields |= {"low": None, "high": None, "gone": ()}
        return Part(**fields)

    @property
    def begins(self) -> int:
        """When its stretch of one period begins, in milliseconds."""
        return self.start + self.offset

    def moved(self, by: int) -> Part:
        """The part in the server's time, which is `by` milliseconds ahead of the clock that stamped its readings."""
        begins = max(0, self.begins + by)
        whole = begins % self.period == 0
        return replace(self, start=begins if whole else self.start, offset=0 if whole else begins - self.start)

    def suspected(self) -> Part:
        """The part, none of it to be believed, for nobody knows when it was measured."""
        if not self.good:
            return self
        counts = Counter({quality: n for quality, n in self.counts.items() if quality is not Quality.GOOD})
        counts[Quality.SUSPECT] += self.good
        return replace(self, counts=dict(sorted(counts.items())), sum=0.0, low=None, high=None, gone=())

    def ends(self) -> list[float]:
        """The lowest and the highest, where readings of it are known to have them."""
        ends = [getattr(self, name) for name in ENDS if name not in self.gone]
        return [end for end in ends if end is not None]

    def values(self) -> list[float]:
        """As many values as it has good readings, with their sum, lowest and highest; those between are all alike."""
        ends = self.ends()[: self.good]
        between = self.good - len(ends)
        if not between or self.low is None or self.high is None:
            return ends
        alike = math.fsum([self.sum, *(-end for end in ends)]) / between
        return [*ends, *[min(max(alike, self.low), self.high)] * between]

    def to_json(self) -> str:
        """One message of the bus, versioned."""
        return json.dumps({"v": VERSION, "part": asdict(self)}, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Part:
        """The part in a message. Raises BadReading with the field that was wrong."""
        try:
            message = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise BadReading(f"message: expected JSON, got {error}", field="message") from None
        if not isinstance(message, dict) or message.get("v") != VERSION or set(message) != {"v", "part"}:
            raise _refusal("message", f"a JSON object with v {VERSION} and part", message)
        part = cls.from_fields(message["part"])
        if part.total != part.last - part.first + 1 or part.gone or part.offset:
            raise _refusal("counts", f"all {part.last - part.first + 1} readings from first to last", part.total)
        return part

    @classmethod
    def from_fields(cls, fields: Any) -> Part:
        """From what `asdict` gave, by way of JSON. Raises BadReading."""
        if not isinstance(fields, dict) or set(fields) != set(cls.__dataclass_fields__):
            raise _refusal("part", f"exactly the fields {', '.join(sorted(cls.__dataclass_fields__))}", fields)
        if not isinstance(fields["counts"], dict):
            raise _refusal("counts", "a JSON object of counts by quality", fields["counts"])
        try:
            counts = {Quality(quality): count for quality, count in fields["counts"].items()}
        except ValueError:
            raise _refusal("counts", "only the qualities good, suspect and missing", fields["counts"]) from None
        gone = fields["gone"] if isinstance(fields["gone"], list) else [fields["gone"]]
        return cls(**fields | {"counts": counts, "gone": tuple(map(str, gone))})


def fold(readings: Iterable[Reading]) -> Part:
    """The part of `readings`: all of one series, run, segment and window, without a gap in their sequences."""
    several = sorted(readings, key=lambda one: one.sequence)
    of, period = several[0], (several[0].row.window or 1) * 1000
    good = [float(one.value) for one in several if one.quality is Quality.GOOD and one.value is not None]
    return Part(
        gateway=of.gateway,
        device=of.device,
        vital=of.vital,
        segment=of.segment,
        start=of.measured_at // period * period,
        run=of.run,
        first=of.sequence,
        last=several[-1].sequence,
        counts=dict(sorted(Counter(one.quality for one in several).items())),
        sum=math.fsum(good),
        low=min(good, default=None),
        high=max(good, default=None),
    )


def from_message(body: bytes) -> Reading | Part:
    """What a message of the bus holds. Raises BadReading."""
    return Part.from_json(body) if body.startswith(BEGINNING) else Reading.from_json(body)


def _refusal(field: str, wanted: str, got: object) -> BadReading:
    return BadReading(expected(field, wanted, got), field=field)
