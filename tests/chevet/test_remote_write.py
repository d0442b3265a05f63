"""Remote write: the bytes are protobuf's own, what is encoded comes back, and no bytes do more than be refused."""

from __future__ import annotations

import contextlib
import math
import struct
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from hypothesis import example, given
from hypothesis import strategies as st

from chevet.errors import BadWrite
from chevet.remote_write import Series, decode, encode, series

FIELD = descriptor_pb2.FieldDescriptorProto
# prometheus/prompb, remote.proto and types.proto, as far as remote write 1.0 goes: (field, number, type, of, repeated).
MESSAGES: dict[str, tuple[tuple[str, int, int, str, bool], ...]] = {
    "WriteRequest": (("timeseries", 1, FIELD.TYPE_MESSAGE, "TimeSeries", True),),
    "TimeSeries": (
        ("labels", 1, FIELD.TYPE_MESSAGE, "Label", True),
        ("samples", 2, FIELD.TYPE_MESSAGE, "Sample", True),
    ),
    "Label": (("name", 1, FIELD.TYPE_STRING, "", False), ("value", 2, FIELD.TYPE_STRING, "", False)),
    "Sample": (("value", 1, FIELD.TYPE_DOUBLE, "", False), ("timestamp", 2, FIELD.TYPE_INT64, "", False)),
}


def _write_request() -> type[Any]:
    file = descriptor_pb2.FileDescriptorProto(name="remote.proto", package="prometheus", syntax="proto3")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, kind, of, repeated in fields:
            label = FIELD.LABEL_REPEATED if repeated else FIELD.LABEL_OPTIONAL
            row = message.field.add(name=field, number=number, type=kind, label=label)
            if of:
                row.type_name = f".prometheus.{of}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("prometheus.WriteRequest"))


WriteRequest = _write_request()

text = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
times = st.integers(-(2**63), 2**63 - 1)
samples = st.tuples(times, st.floats(allow_nan=True, allow_infinity=True))
many_series = st.lists(
    st.builds(Series, st.lists(st.tuples(text, text), max_size=4).map(tuple), st.lists(samples, max_size=4).map(tuple)),
    max_size=4,
)


def _by_protobuf(many: list[Series]) -> bytes:
    request = WriteRequest()
    for one in many:
        row = request.timeseries.add()
        for name, value in one.labels:
            row.labels.add(name=name, value=value)
        for at, value in one.samples:
            row.samples.add(value=value, timestamp=at)
    return bytes(request.SerializeToString(deterministic=True))


def _exact(many: list[Series]) -> list[Any]:
    """Comparable though NaN is not itself and 0.0 is -0.0."""
    return [(one.labels, [(at, struct.pack("<d", value)) for at, value in one.samples]) for one in many]


CORNERS = [
    Series((("__name__", "up"), ("", "")), ((0, 0.0), (-1, -0.0), (1, math.inf), (2, -math.inf), (3, math.nan))),
    Series((), ((-(2**63), 5e-324), (2**63 - 1, 1.7976931348623157e308))),
    Series((("é", "☃\x00"),), ()),
    Series((), ()),
    Series((("long", "x" * 300),), ((1_700_000_000_000, 97.0),)),
]


@given(many_series)
@example(CORNERS)
@example([])
def test_the_bytes_are_those_that_protobuf_makes(many: list[Series]) -> None:
    assert encode(many) == _by_protobuf(many)


@given(many_series)
@example(CORNERS)
def test_what_is_encoded_comes_back(many: list[Series]) -> None:
    assert _exact(decode(encode(many))) == _exact(many)


@given(st.binary(max_size=80))
def test_random_bytes_are_read_or_refused_and_nothing_else(body: bytes) -> None:
    _read_or_refuse(body)


@given(many_series, st.data())
def test_a_body_that_is_cut_or_damaged_is_read_or_refused_and_nothing_else(
    many: list[Series], data: st.DataObject
) -> None:
    body = encode([*many, *CORNERS])
    place = data.draw(st.integers(0, len(body) - 1))
    _read_or_refuse(body[:place])
    _read_or_refuse(body[:place] + data.draw(st.binary(min_size=1, max_size=3)) + body[place + 1 :])


def test_every_cut_inside_a_series_is_refused() -> None:
    body = encode([CORNERS[0]])
    for place in range(1, len(body)):
        with pytest.raises(BadWrite, match="cut off"):
            decode(body[:place])


@given(st.integers(3, 2**29 - 1), st.binary(max_size=10), st.integers(0, 2**64 - 1))
def test_fields_that_we_do_not_know_are_passed_over(field: int, content: bytes, number: int) -> None:
    one = series("up", {"gateway": "g01"}, (1, 2.0))
    unknown = (
        _varint(field << 3 | 2)
        + _varint(len(content))
        + content
        + _varint(field << 3)
        + _varint(number)
        + _varint(field << 3 | 1)
        + bytes(8)
        + _varint(field << 3 | 5)
        + bytes(4)
    )
    inner = encode([one])[2:] + unknown
    assert decode(unknown + b"\x0a" + _varint(len(inner)) + inner + unknown) == [one]


def test_the_last_of_two_values_of_one_field_counts_as_protobuf_says() -> None:
    twice = b"\x10\x01\x10\x02"
    body = b"\x0a" + bytes([len(twice) + 2]) + b"\x12" + bytes([len(twice)]) + twice
    assert decode(body) == [Series((), ((2, 0.0),))]
    assert WriteRequest.FromString(body).timeseries[0].samples[0].timestamp == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"\x08\x01", "timeseries"),  # a varint where a message belongs
        (b"\x0a\x02\x08\x01", "label"),
        (b"\x0a\x02\x10\x01", "sample"),
        (b"\x0a\x04\x0a\x02\x08\x01", "label"),
        (b"\x0a\x04\x12\x02\x08\x01", "sample value"),
        (b"\x0a\x05\x12\x03\x0a\x01x", "sample value"),
        (b"\x0a\x05\x12\x03\x12\x01x", "timestamp"),
        (b"\x0a\x06\x0a\x04\x0a\x02\xff\xfe", "label"),  # not UTF-8
        (b"\x0b", "body"),  # a group
        (b"\xff" * 11, "body"),  # a varint without an end
        (b"\x0a\xff\xff\xff\xff\x0f", "body"),  # longer than the body
        (b"\x0a", "body"),
    ],
    ids=repr,
)
def test_each_refusal_names_its_field(body: bytes, field: str) -> None:
    with pytest.raises(BadWrite) as refused:
        decode(body)
    assert refused.value.field == field
    assert str(refused.value).startswith(f"{field}: expected ")


def test_labels_are_sorted_with_the_name_among_them() -> None:
    one = series("up", {"gateway": "g01", "Zone": "a"}, (1, 2.0), (2, 3.0))
    assert one.labels == (("Zone", "a"), ("__name__", "up"), ("gateway", "g01"))
    assert one.samples == ((1, 2.0), (2, 3.0))
    assert one.name == "up"
    assert Series((), ()).name == ""


def _read_or_refuse(body: bytes) -> None:
    with contextlib.suppress(BadWrite):
        decode(body)


def _varint(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])
