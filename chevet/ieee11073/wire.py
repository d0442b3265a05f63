"""MDER, the encoding of ISO/IEEE 11073-20601 Annex F, as descriptions of fields that both read and write.

A description is a table; one reader and one writer walk it, so what is read can be written and the other way round.
Every length is held against what there is: work and memory are bounded by the bytes that came.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from chevet.errors import BadApdu, expected


class Reader:
    """`data` from `offset` to `end`."""

    def __init__(self, data: bytes, offset: int, end: int) -> None:
        self._data, self.offset, self._end = data, offset, end

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return self._end - self.offset

    def take(self, length: int, field: str) -> bytes:
        """The next bytes. Raises BadApdu."""
        if length > self.left:
            raise refusal(field, f"{length} bytes", f"{self.left}", self.offset)
        self.offset += length
        return self._data[self.offset - length : self.offset]

    def number(self, size: int, field: str) -> int:
        """The next bytes as a number. Raises BadApdu."""
        return int.from_bytes(self.take(size, field), "big")

    def inner(self, length: int, field: str) -> Reader:
        """A reader of the next bytes alone. Raises BadApdu."""
        start = self.offset
        self.take(length, field)
        return Reader(self._data, start, start + length)

    def require_end(self, field: str) -> None:
        """Raises BadApdu where bytes are left."""
        if self.left:
            raise refusal(field, "its end", f"{self.left} more bytes", self.offset)


def refusal(field: str, wanted: str, got: str, offset: int) -> BadApdu:
    """The error that names the field, what was expected and the offset."""
    return BadApdu(f"{field}: expected {wanted} at byte {offset}, got {got}", field=field, offset=offset)


class Wire(Protocol):
    """How one field stands in bytes. `before` are the fields of its structure that come first."""

    def read(self, reader: Reader, field: str, before: Mapping[str, Any]) -> Any:
        """The value. Raises BadApdu."""

    def write(self, value: Any, field: str, whole: object) -> bytes:
        """The bytes. Raises BadApdu for a value that has none."""


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A number of `size` bytes."""

    size: int

    def read(self, reader: Reader, field: str, before: Mapping[str, Any]) -> int:
        return reader.number(self.size, field)

    def write(self, value: Any, field: str, whole: object) -> bytes:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 8 * self.size:
            raise BadApdu(expected(field, f"a number of {self.size} bytes", value), field=field)
        return value.to_bytes(self.size, "big")


U8, U16, U32 = Unsigned(1), Unsigned(2), Unsigned(4)
_MOST = 0xFFFF


def with_length(content: bytes, field: str) -> bytes:
    """`content` behind its length. Raises BadApdu."""
    if len(content) > _MOST:
        raise BadApdu(expected(field, f"at most {_MOST} bytes", len(content)), field=field)
    return len(content).to_bytes(2, "big") + content


@dataclass(frozen=True, slots=True)
class Octets:
    """Bytes behind their length; `inside`, where there is one, says what they are."""

    inside: Wire | None = None

    def read(self, reader: Reader, field: str, before: Mapping[str, Any]) -> Any:
        content = reader.inner(reader.number(2, field), field)
        if self.inside is None:
            return content.take(content.left, field)
        value = self.inside.read(content, field, before)
        content.require_end(field)
        return value

    def write(self, value: Any, field: str, whole: object) -> bytes:
        if self.inside is not None:
            return with_length(self.inside.write(value, field, whole), field)
        if not isinstance(value, bytes):
            raise BadApdu(expected(field, "bytes", value), field=field)
        return with_length(value, field)


@dataclass(frozen=True, slots=True)
class Many:
    """A count, the length of all, and so many of `item`."""

    item: Wire

    def read(self, reader: Reader, field: str, before: Mapping[str, Any]) -> tuple[Any, ...]:
        at = reader.offset
        count = reader.number(2, field)
        content = reader.inner(reader.number(2, field), field)
        if count * 2 > content.left:  # nothing of which there may be many is shorter than two bytes
            raise refusal(field, f"{count} items", f"{content.left} bytes", at)
        values = tuple(self.item.read(content, field, before) for _ in range(count))
        content.require_end(field)
        return values

    def write(self, value: Any, field: str, whole: object) -> bytes:
        if not isinstance(value, tuple) or len(value) > _MOST:
            raise BadApdu(expected(field, "a tuple", value), field=field)
        content = b"".join(self.item.write(one, field, whole) for one in value)
        return len(value).to_bytes(2, "big") + with_length(content, field)


@dataclass(frozen=True, slots=True)
class Structure:
    """The fields of `build`, in order."""

    build: type
    fields: tuple[tuple[str, Wire], ...]

    def read(self, reader: Reader, field: str, before: Mapping[str, Any]) -> Any:
        values: dict[str, Any] = {}
        for name, wire in self.fields:
            values[name] = wire.read(reader, name, values)
        return self.build(**values)

    def write(self, value: Any, field: str, whole: object) -> bytes:
        if not isinstance(value, self.build):
            raise BadApdu(expected(field, f"a {self.build.__name__}", value), field=field)
        return b"".join(wire.write(getattr(value, name), name, value) for name, wire in self.fields)


@dataclass(frozen=True, slots=True)
class Rest:
    """All bytes that are left, as they are."""

    def read(self, reader: Reader, field: str, before: Mapping[str, Any]) -> bytes:
        return reader.take(reader.left, field)

    def write(self, value: Any, field: str, whole: object) -> bytes:
        if not isinstance(value, bytes):
            raise BadApdu(expected(field, "bytes", value), field=field)
        return value


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the field named `by` says is inside: one of `choices`, or bytes as they are."""

    by: str
    choices: Mapping[int, Wire]

    def read(self, reader: Reader, field: str, before: Mapping[str, Any]) -> Any:
        return self.choices.get(before[self.by], Rest()).read(reader, field, before)

    def write(self, value: Any, field: str, whole: object) -> bytes:
        return self.choices.get(getattr(whole, self.by), Rest()).write(value, field, whole)


def whole(wire: Wire, data: bytes, field: str) -> Any:
    """All of `data`, read as `wire`. Raises BadApdu."""
    reader = Reader(data, 0, len(data))
    value = wire.read(reader, field, {})
    reader.require_end(field)
    return value
