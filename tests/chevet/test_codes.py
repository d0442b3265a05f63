"""Codes: what is spelled can be read back however people type it, and wrong ones are slowed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chevet import codes
from chevet.errors import BadCode


def test_a_code_is_three_groups_of_four_signs_that_nobody_takes_for_others() -> None:
    assert codes.spelled(bytes(8)) == "0000-0000-0000"
    assert codes.spelled(b"\xff" * 8) == "ZZZZ-ZZZZ-ZZZZ"
    assert codes.spelled(bytes.fromhex("00123456789abcde")) == "04HM-ASW9-NF6Y", "as RFC 4648 in its letters"
    assert not set("ILOU") & set(codes.ALPHABET)


@given(st.binary(min_size=8, max_size=8))
def test_what_is_spelled_is_read_as_sixty_bits_of_the_chance(chance: bytes) -> None:
    signs = codes.read(codes.spelled(chance))
    number = 0
    for sign in signs:
        number = number * 32 + codes.ALPHABET.index(sign)
    assert number == int.from_bytes(chance, "big") % 2**60


@pytest.mark.parametrize(
    "typed", ["7K3M-9QXR-2H10", "7k3m9qxr2h1o", " 7K3M 9QXR 2HIO ", "7K3M–9QXR–2HLO".replace("–", "-")]
)
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert codes.read(typed) == "7K3M9QXR2H10"


@pytest.mark.parametrize(
    "typed", ["", "8K3M-9QXR-2HT", "8K3M-9QXR-2HTWX", "8K3M-9QXR-2HTU", "é" * 12, "0" * 12 + " " * 40]
)
def test_what_can_be_no_code_is_refused_and_not_repeated(typed: str) -> None:
    with pytest.raises(BadCode, match="expected twelve letters and digits") as refusal:
        codes.read(typed)
    assert not typed.strip() or typed not in str(refusal.value)


def test_five_wrong_codes_cost_nothing_and_then_each_costs_twice_as_much_up_to_an_hour() -> None:
    assert [codes.pause(wrong) for wrong in (0, 4, 5, 6, 7, 11, 12, 13, 10_000)] == [
        0,
        0,
        30,
        60,
        120,
        1920,
        3600,
        3600,
        3600,
    ]
