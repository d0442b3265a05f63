"""Samples to the bytes of Prometheus remote write 1.0 (a WriteRequest) and back; snappy is put on at the edge."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chevet.errors import BadWrite, LongWrite

Label = tuple[str, str]
Sample = tuple[int, float]

_VARINT, _FIXED64, _DELIMITED, _FIXED32 = 0, 1, 2, 5
_WIDTHS = {_FIXED64: 8, _FIXED32: 4}


@dataclass(frozen=True, slots=True)
class Series:
    """`labels` sorted by name, `__name__` among them; `samples` as (milliseconds since 1970, value)."""

    labels: tuple[Label, ...]
    samples: tuple[Sample, ...]

    @property
    def name(self) -> str:
        """The metric's name, or an empty string where there is none."""
        return dict(self.labels).get("__name__", "")


def series(name: str, labels: dict[str, str], *samples: Sample) -> Series:
    """A series with its labels in the order that stores expect."""
    return Series(tuple(sorted((labels | {"__name__": name}).items())), samples)


def encode(many: Iterable[Series]) -> bytes:
    """The protobuf bytes of a WriteRequest, the same that protobuf itself makes."""
    return b"".join(_delimited(1, _encode_series(one)) for one in many)


class _Room:
    """How many more fields may be read: two bytes of a body can be a field, and each costs more than it looks."""

    def __init__(self, most: float) -> None:
        self._left = self._most = most

    def take(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise LongWrite(f"body: expected at most {self._most} protobuf fields, got more", field="body")


def decode(body: bytes, most_fields: float = math.inf) -> list[Series]:
    """The series of a WriteRequest; fields that we do not know are passed over. Raises BadWrite, or LongWrite."""
    room = _Room(most_fields)
    return [_decode_series(_bytes(value, "timeseries"), room) for field, value in _fields(body, room) if field == 1]


def encode_labels(labels: Iterable[Label]) -> bytes:
    """What a series begins with: its labels, before its samples."""
    return b"".join(_delimited(1, _string(1, name) + _string(2, value)) for name, value in labels)


def _encode_series(one: Series) -> bytes:
    return encode_labels(one.labels) + b"".join(_delimited(2, _encode_sample(at, value)) for at, value in one.samples)


def _encode_sample(at: int, value: float) -> bytes:
    """Fields that hold proto3's default (a double of eight zero bytes, a time of 0) are left out, as protobuf does."""
    double = struct.pack("<d", value)
    return (b"" if double == bytes(8) else b"\x09" + double) + (b"\x10" + _varint(at % 2**64) if at else b"")


def _string(field: int, text: str) -> bytes:
    return _delimited(field, text.encode()) if text else b""


def _delimited(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | _DELIMITED) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _decode_series(body: bytes, room: _Room) -> Series:
    labels: list[Label] = []
    samples: list[Sample] = []
    for field, value in _fields(body, room):
        if field == 1:
            labels.append(_decode_label(_bytes(value, "label"), room))
        elif field == 2:
            samples.append(_decode_sample(_bytes(value, "sample"), room))
    return Series(tuple(labels), tuple(samples))


def _decode_label(body: bytes, room: _Room) -> Label:
    texts = {1: "", 2: ""}
    for field, value in _fields(body, room):
        if field in texts:
            texts[field] = _text(_bytes(value, "label"))
    return texts[1], texts[2]


def _decode_sample(body: bytes, room: _Room) -> Sample:
    value, at = 0.0, 0
    for field, content in _fields(body, room):
        if field == 1:
            value = struct.unpack("<d", _bytes(content, "sample value"))[0]
        elif field == 2:
            if not isinstance(content, int):
                raise BadWrite("timestamp: expected a varint, got another wire type", field="timestamp")
            at = content - 2**64 if content >= 2**63 else content
    return at, value


def _fields(body: bytes, room: _Room) -> Iterator[tuple[int, bytes | int]]:
    """Field numbers with their raw content: an int for a varint, else bytes."""
    position = 0
    while position < len(body):
        room.take()
        tag, position = _read_varint(body, position)
        wire = tag & 7
        if wire == _VARINT:
            number, position = _read_varint(body, position)
            yield tag >> 3, number
            continue
        if wire == _DELIMITED:
            length, position = _read_varint(body, position)
        elif wire in _WIDTHS:
            length = _WIDTHS[wire]
        else:
            raise BadWrite(f"body: expected protobuf, got wire type {wire}", field="body")
        if position + length > len(body):
            raise BadWrite("body: expected a whole protobuf message, got one that is cut off", field="body")
        yield tag >> 3, body[position : position + length]
        position += length


def _read_varint(body: bytes, position: int) -> tuple[int, int]:
    number = 0
    for shift in range(0, 70, 7):
        if position >= len(body):
            raise BadWrite("body: expected a whole protobuf message, got one that is cut off", field="body")
        byte = body[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number % 2**64, position
    raise BadWrite("body: expected protobuf, got a varint of more than ten bytes", field="body")


def _bytes(value: bytes | int, what: str) -> bytes:
    if isinstance(value, int) or (what == "sample value" and len(value) != 8):
        raise BadWrite(f"{what}: expected another protobuf wire type", field=what)
    return value


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise BadWrite("label: expected UTF-8, got other bytes", field="label") from None
