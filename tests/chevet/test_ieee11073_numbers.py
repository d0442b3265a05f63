"""SFLOAT, FLOAT and BCD times of IEEE 11073-20601, by bytes that stand in public documents and by round trips."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chevet.errors import BadApdu
from chevet.ieee11073.numbers import ABSOLUTE_TIME, FLOAT, SFLOAT, Decimal, DecimalWire, Number, Special
from chevet.ieee11073.wire import whole


def read(wire: DecimalWire, raw: bytes) -> Number:
    found: Number = whole(wire, raw, "value")
    return found


@pytest.mark.parametrize(
    ("raw", "mantissa", "exponent", "value"),
    [
        ("0062", 98, 0, 98),  # 11073-10404's example: 98 %
        ("f16e", 366, -1, 36.6),
        ("e1f4", 500, -2, 5.0),
        ("1005", 5, 1, 50),
        ("07fd", 2045, 0, 2045),
        ("0803", -2045, 0, -2045),
        ("0fff", -1, 0, -1),
        ("8001", 1, -8, 1e-8),
        ("7001", 1, 7, 1e7),
    ],
)
def test_an_sfloat_has_a_mantissa_of_12_bits_and_an_exponent_of_4(
    raw: str, mantissa: int, exponent: int, value: float
) -> None:
    found = read(SFLOAT, bytes.fromhex(raw))
    assert found == Decimal(mantissa, exponent)
    assert found.value == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("ff0002fa", 76.2),
        ("ff00016d", 36.5),
        ("00000048", 72),
        ("fe000e38", 36.4),
        ("02fffffe", -200),
        ("7f7ffffd", 8388605e127),
    ],
)
def test_a_float_has_a_mantissa_of_24_bits_and_an_exponent_of_8(raw: str, value: float) -> None:
    found = read(FLOAT, bytes.fromhex(raw))
    assert isinstance(found, Decimal)
    assert found.value == value  # 76.2 kg is 11073-10415's example


@pytest.mark.parametrize(
    ("sfloat", "float_", "special"),
    [
        ("07fe", "007ffffe", Special.PLUS_INFINITY),
        ("07ff", "007fffff", Special.NAN),
        ("0800", "00800000", Special.NRES),
        ("0801", "00800001", Special.RESERVED),
        ("0802", "00800002", Special.MINUS_INFINITY),
    ],
)
def test_five_mantissas_are_no_numbers(sfloat: str, float_: str, special: Special) -> None:
    for wire, raw in ((SFLOAT, sfloat), (FLOAT, float_)):
        assert read(wire, bytes.fromhex(raw)) is special
        assert wire.write(special, "value", None) == bytes.fromhex(raw)


def test_a_number_that_is_none_is_none_whatever_its_exponent() -> None:
    assert read(SFLOAT, bytes.fromhex("f7ff")) is Special.NAN


@pytest.mark.parametrize("wire", [SFLOAT, FLOAT])
@given(data=st.data())
def test_a_number_that_is_written_is_read_again(wire: DecimalWire, data: st.DataObject) -> None:
    most, furthest = 2 ** (wire.mantissa_bits - 1) - 3, 2 ** (wire.exponent_bits - 1)
    sent = data.draw(
        st.sampled_from(Special) | st.builds(Decimal, st.integers(-most, most), st.integers(-furthest, furthest - 1))
    )
    assert read(wire, wire.write(sent, "value", None)) == sent


@given(st.binary(min_size=2, max_size=2), st.binary(min_size=4, max_size=4))
def test_bytes_that_are_read_as_a_decimal_are_written_again_as_they_were(short: bytes, long: bytes) -> None:
    for wire, raw in ((SFLOAT, short), (FLOAT, long)):
        found = read(wire, raw)
        if isinstance(found, Decimal):
            assert wire.write(found, "value", None) == raw


@pytest.mark.parametrize("number", [Decimal(2046), Decimal(-2046), Decimal(1, 8), Decimal(1, -9), 3.5, None])
def test_a_number_that_does_not_fit_is_refused(number: object) -> None:
    with pytest.raises(BadApdu, match=r"^value: expected a number whose mantissa is at most 2045"):
        SFLOAT.write(number, "value", None)


def test_a_time_is_eight_bytes_of_decimal_digits() -> None:
    raw = bytes.fromhex("2007120612103456")  # 11073-10404's example, with a second and hundredths
    assert whole(ABSOLUTE_TIME, raw, "time stamp") == datetime.fromisoformat("2007-12-06T12:10:34.560000")
    assert ABSOLUTE_TIME.write(datetime.fromisoformat("2007-12-06T12:10:34.560000"), "time stamp", None) == raw


@pytest.mark.parametrize(
    "raw", ["200b09230a050000", "2007130612100000", "2007023012100000", "0000010100000000", "20071206251000aa"]
)
def test_a_time_that_is_none_is_refused_by_its_digits(raw: str) -> None:
    with pytest.raises(BadApdu, match=f"^time stamp: expected a time of day in BCD at byte 0, got {raw}"):
        whole(ABSOLUTE_TIME, bytes.fromhex(raw), "time stamp")


@given(st.datetimes(), st.integers(0, 99))
def test_a_time_that_is_written_is_read_again(at: datetime, hundredths: int) -> None:
    sent = at.replace(microsecond=hundredths * 10_000)
    assert whole(ABSOLUTE_TIME, ABSOLUTE_TIME.write(sent, "time stamp", None), "time stamp") == sent
